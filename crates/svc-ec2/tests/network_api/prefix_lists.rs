//! Managed prefix lists, their versions, and what naming one costs.

use crate::world::World;
use svc_ec2::Quotas;

fn list(world: &World, max_entries: &str) -> String {
    let parameters = [
        ("PrefixListName", "offices"),
        ("AddressFamily", "IPv4"),
        ("MaxEntries", max_entries),
        ("Entry.1.Cidr", "203.0.113.0/24"),
        ("Entry.1.Description", "one"),
        ("Entry.2.Cidr", "198.51.100.0/24"),
    ];
    let made = world.ok("CreateManagedPrefixList", &parameters);
    assert_eq!(made.text("state"), "create-in-progress");
    made.text("prefixListId")
}

fn entries(world: &World, id: &str, version: Option<&str>) -> Vec<String> {
    let mut parameters = vec![("PrefixListId", id)];
    parameters.extend(version.map(|version| ("TargetVersion", version)));
    world.ok("GetManagedPrefixListEntries", &parameters).texts("cidr")
}

#[test]
fn other_entries_make_a_new_version() {
    let world = World::new();
    let id = list(&world, "5");
    let modify = |version: &str| {
        let parameters = [
            ("PrefixListId", id.as_str()),
            ("CurrentVersion", version),
            ("AddEntry.1.Cidr", "192.0.2.0/24"),
            ("RemoveEntry.1.Cidr", "198.51.100.0/24"),
        ];
        world.call("ModifyManagedPrefixList", &parameters)
    };
    assert_eq!(modify("1").0, 200);
    assert!(modify("1").1.contains("PrefixListVersionMismatch"));
    assert!(modify("2").1.contains("does not exist in the prefix list"));
    assert_eq!(entries(&world, &id, None), ["192.0.2.0/24", "203.0.113.0/24"]);
    assert_eq!(entries(&world, &id, Some("1")), ["198.51.100.0/24", "203.0.113.0/24"]);
    let restore = [("PrefixListId", id.as_str()), ("PreviousVersion", "1"), ("CurrentVersion", "2")];
    assert_eq!(world.ok("RestoreManagedPrefixListVersion", &restore).text("version"), "3");
    assert_eq!(entries(&world, &id, None), entries(&world, &id, Some("1")));
    let own = [("Filter.1.Name", "owner-id"), ("Filter.1.Value.1", "000000000000")];
    let shown = world.ok("DescribeManagedPrefixLists", &own);
    assert_eq!((shown.text("state"), shown.text("maxEntries")), ("restore-complete".into(), "5".into()));
}

#[test]
fn lists_that_cannot_be_are_refused() {
    let world = World::new();
    let fails = |name: &str, max: &str, cidr: &str| {
        let family = if cidr.contains(':') { "IPv6" } else { "IPv4" };
        world.fails(
            "CreateManagedPrefixList",
            &[
                ("PrefixListName", name),
                ("AddressFamily", family),
                ("MaxEntries", max),
                ("Entry.1.Cidr", cidr),
                ("Entry.2.Cidr", "10.9.0.0/16"),
            ],
        )
    };
    for (name, max, cidr, code) in [
        ("com.amazonaws.mine", "2", "10.0.0.0/8", "400 InvalidParameterValue"),
        ("a", "0", "10.0.0.0/8", "400 InvalidParameterValue"),
        ("a", "1001", "10.0.0.0/8", "400 InvalidParameterValue"),
        ("a", "1", "10.0.0.0/8", "400 PrefixListMaxEntriesExceeded"),
        ("a", "2", "10.9.0.1/16", "400 InvalidParameterValue"),
        ("a", "2", "here", "400 InvalidParameterValue"),
        ("a", "2", "2001:db8::/32", "501 NotImplemented"),
    ] {
        let error = fails(name, max, cidr);
        assert!(error.starts_with(code), "{name} {max} {cidr}: {error}");
    }
}

#[test]
fn rules_and_routes_that_name_one_follow_it() {
    let world = World::new();
    let vpc = world.vpc();
    let id = list(&world, "10");
    let group = world.group(&vpc, "web");
    let rule = [
        ("GroupId", group.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "443"),
        ("IpPermissions.1.ToPort", "443"),
        ("IpPermissions.1.PrefixListIds.1.PrefixListId", &id),
    ];
    let authorized = world.ok("AuthorizeSecurityGroupIngress", &rule);
    assert_eq!(authorized.text("prefixListId"), id);
    let gateway = world.gateway(&vpc);
    let table = world.ok("DescribeRouteTables", &[]).text("routeTableId");
    let route = [("RouteTableId", table.as_str()), ("DestinationPrefixListId", &id), ("GatewayId", &gateway)];
    world.ok("CreateRoute", &route);
    assert_eq!(world.ok("DescribeRouteTables", &[]).text("destinationPrefixListId"), id);
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    world.interface(&subnet);
    let network = world.ec2.networks(&world.ec2.snapshot()).unwrap().remove(0);
    let routes = &network.route_tables[&table.clone().into()].routes;
    assert_eq!(routes.len(), 2);
    assert!(routes.iter().all(|route| route.prefix_list.as_ref().is_some_and(|list| list.as_str() == id)));
    assert_eq!(network.prefix_lists[&id.clone().into()].len(), 2);
    let users = world.ok("GetManagedPrefixListAssociations", &[("PrefixListId", &id)]).texts("resourceId");
    assert_eq!(users, [table.clone(), group.clone()]);
    assert!(
        world
            .fails("DeleteManagedPrefixList", &[("PrefixListId", &id)])
            .starts_with("400 DependencyViolation")
    );
    world.ok("DeleteRoute", &[("RouteTableId", &table), ("DestinationPrefixListId", &id)]);
    world.ok("RevokeSecurityGroupIngress", &rule);
    assert_eq!(
        world.ok("DeleteManagedPrefixList", &[("PrefixListId", &id)]).text("state"),
        "delete-in-progress"
    );
    assert!(world.fails("CreateRoute", &route).starts_with("400 InvalidPrefixListID.NotFound"));
}

#[test]
fn a_list_counts_as_its_maximum() {
    let world =
        World::with(Quotas { rules_per_security_group: 12, routes_per_table: 12, ..Quotas::default() });
    let vpc = world.vpc();
    let (first, second) = (list(&world, "8"), list(&world, "8"));
    let group = world.group(&vpc, "web");
    let rule = |list: &str| {
        world.call(
            "AuthorizeSecurityGroupIngress",
            &[
                ("GroupId", &group),
                ("IpPermissions.1.IpProtocol", "-1"),
                ("IpPermissions.1.PrefixListIds.1.PrefixListId", list),
            ],
        )
    };
    assert_eq!(rule(&first).0, 200);
    assert!(rule(&second).1.contains("RulesPerSecurityGroupLimitExceeded"));
    let gateway = world.gateway(&vpc);
    let table = world.ok("DescribeRouteTables", &[]).text("routeTableId");
    let route = |list: &str| {
        let route =
            [("RouteTableId", table.as_str()), ("DestinationPrefixListId", list), ("GatewayId", &gateway)];
        world.call("CreateRoute", &route)
    };
    assert_eq!(route(&first).0, 200);
    assert!(route(&second).1.contains("RouteLimitExceeded"));
    let grow = [("PrefixListId", first.as_str()), ("MaxEntries", "20")];
    assert!(world.fails("ModifyManagedPrefixList", &grow).contains("LimitExceeded"));
    world.ok("ModifyManagedPrefixList", &[("PrefixListId", first.as_str()), ("MaxEntries", "10")]);
}

#[test]
fn aws_has_lists_of_its_own() {
    let world = World::new();
    let lists = world.ok("DescribeManagedPrefixLists", &[]);
    assert_eq!(
        lists.texts("prefixListName"),
        ["com.amazonaws.us-east-1.dynamodb", "com.amazonaws.us-east-1.s3"]
    );
    assert_eq!(lists.texts("ownerId"), ["AWS", "AWS"]);
    let s3 = lists.texts("prefixListId").remove(1);
    assert_eq!(entries(&world, &s3, None).len(), 1);
    assert_eq!(world.ok("DescribePrefixLists", &[("PrefixListId.1", &s3)]).text("prefixListId"), s3);
    let error = world.fails("DeleteManagedPrefixList", &[("PrefixListId", &s3)]);
    assert!(error.starts_with("403 UnauthorizedOperation"), "{error}");
}
