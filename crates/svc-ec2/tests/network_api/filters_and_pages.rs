use crate::world::World;

fn six_subnets() -> World {
    let world = World::new();
    let vpc = world.vpc();
    for n in 0..6 {
        world.subnet(&vpc, &format!("10.0.{n}.0/24"));
    }
    world
}

#[test]
fn pages_follow_each_other() {
    let world = six_subnets();
    let first = world.ok("DescribeSubnets", &[("MaxResults", "5")]);
    let token = first.text("nextToken");
    let second = world.ok("DescribeSubnets", &[("MaxResults", "5"), ("NextToken", &token)]);
    assert!(!second.has("nextToken"));
    let mut all = first.texts("subnetId");
    all.extend(second.texts("subnetId"));
    assert_eq!(all, world.ok("DescribeSubnets", &[]).texts("subnetId"));
    assert_eq!(all.len(), 6);
}

#[test]
fn impossible_pages_are_refused() {
    let world = six_subnets();
    assert!(world.fails("DescribeSubnets", &[("MaxResults", "1")]).starts_with("400 InvalidParameterValue"));
    assert_eq!(
        world.fails("DescribeSubnets", &[("NextToken", "zz")]),
        "400 InvalidNextToken: The token 'zz' is invalid"
    );
    let id = world.ok("DescribeSubnets", &[]).text("subnetId");
    assert_eq!(
        world.fails("DescribeSubnets", &[("MaxResults", "5"), ("SubnetId.1", &id)]),
        "400 InvalidParameterCombination: The parameter subnetIdsSet cannot be used with the parameter maxResults"
    );
}

#[test]
fn filters_narrow() {
    let world = six_subnets();
    let count = |pairs: &[(&str, &str)]| world.ok("DescribeSubnets", pairs).texts("subnetId").len();
    assert_eq!(count(&[("Filter.1.Name", "cidr-block"), ("Filter.1.Value.1", "10.0.3.0/24")]), 1);
    assert_eq!(count(&[("Filter.1.Name", "cidr-block"), ("Filter.1.Value.1", "10.0.?.0/24")]), 6);
    assert_eq!(
        count(&[
            ("Filter.1.Name", "cidr-block"),
            ("Filter.1.Value.1", "10.0.1.0/24"),
            ("Filter.1.Value.2", "10.0.2.0/24"),
        ]),
        2
    );
    assert_eq!(
        count(&[
            ("Filter.1.Name", "availability-zone"),
            ("Filter.1.Value.1", "us-east-1a"),
            ("Filter.2.Name", "state"),
            ("Filter.2.Value.1", "pending"),
        ]),
        0
    );
}

#[test]
fn an_unknown_filter_is_refused_even_when_there_is_nothing() {
    let world = World::new();
    for operation in [
        "DescribeAddresses",
        "DescribeAvailabilityZones",
        "DescribeInternetGateways",
        "DescribeNatGateways",
        "DescribeNetworkAcls",
        "DescribeNetworkInterfaces",
        "DescribePrefixLists",
        "DescribeRegions",
        "DescribeRouteTables",
        "DescribeSecurityGroupRules",
        "DescribeSecurityGroups",
        "DescribeSubnets",
        "DescribeTags",
        "DescribeVpcEndpointServices",
        "DescribeVpcEndpoints",
        "DescribeVpcs",
    ] {
        assert_eq!(
            world.fails(operation, &[("Filter.1.Name", "nonsense"), ("Filter.1.Value.1", "x")]),
            "400 InvalidParameterValue: The filter 'nonsense' is invalid",
            "{operation}"
        );
    }
}

/// Each filter of an interface finds the interface by its own value, and not by another.
#[test]
fn interfaces_are_found_by_what_they_are() {
    let world = World::new();
    let vpc = world.vpc();
    world.gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let address = world.address();
    world.ok("CreateNatGateway", &[("SubnetId", &subnet), ("AllocationId", &address)]);
    world.interface(&subnet);
    for (filter, value) in [
        ("interface-type", "nat_gateway"),
        ("requester-managed", "true"),
        ("status", "in-use"),
        ("description", "Interface for NAT Gateway *"),
        ("association.public-ip", "198.19.1.0"),
        ("addresses.association.public-ip", "198.19.1.0"),
        ("association.allocation-id", address.as_str()),
        ("private-ip-address", "10.0.0.4"),
        ("addresses.private-ip-address", "10.0.0.4"),
        ("attachment.instance-owner-id", "amazon-aws"),
        ("attachment.status", "attached"),
        ("source-dest-check", "false"),
    ] {
        let found =
            world.ok("DescribeNetworkInterfaces", &[("Filter.1.Name", filter), ("Filter.1.Value.1", value)]);
        assert_eq!(found.texts("interfaceType"), ["nat_gateway"], "{filter}");
        let other =
            world.ok("DescribeNetworkInterfaces", &[("Filter.1.Name", filter), ("Filter.1.Value.1", "x")]);
        assert!(other.texts("interfaceType").is_empty(), "{filter}");
    }
}
