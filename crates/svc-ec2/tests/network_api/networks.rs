//! What the API was told is what the pure model says.

use crate::world::{NOW, World};
use expect_test::expect;
use std::collections::BTreeSet;
use svc_ec2::ManagedKind;

#[test]
fn stored_records_resolve_to_the_model() {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let gateway = world.gateway(&vpc);
    let group = world.group(&vpc, "web");
    for (port, cidr) in [("443", "10.0.0.0/8"), ("80", "0.0.0.0/0")] {
        let rule = [
            ("GroupId", group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", port),
            ("IpPermissions.1.ToPort", port),
            ("IpPermissions.1.IpRanges.1.CidrIp", cidr),
        ];
        world.ok("AuthorizeSecurityGroupIngress", &rule);
    }
    let ipv6 = [
        ("GroupId", group.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "::/0"),
    ];
    world.ok("AuthorizeSecurityGroupIngress", &ipv6);
    let table = world.ok("DescribeRouteTables", &[]).text("routeTableId");
    let route =
        [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("GatewayId", &gateway)];
    world.ok("CreateRoute", &route);
    let address = world.address();
    world.ok("CreateNatGateway", &[("SubnetId", &subnet), ("AllocationId", &address)]);
    let groups = BTreeSet::from([group.as_str().into()]);
    let kind = ManagedKind::Lambda { function: "f".into() };
    let id = subnet.as_str().into();
    world
        .block_on(world.ec2.create_managed_interface(&world.scope, NOW, "arn:f", &kind, &id, &groups))
        .unwrap();

    let network = world.ec2.network(&world.ec2.snapshot(), &vpc.as_str().into()).unwrap().unwrap();
    assert_eq!(network.internet_gateway.as_ref().map(ToString::to_string), Some(gateway.clone()));
    let own = &network.security_groups[&group.as_str().into()];
    let mut rules: Vec<String> =
        own.rules.iter().map(|r| r.to_string().split_once(' ').unwrap().1.to_owned()).collect();
    rules.sort();
    expect![[r#"
        in all from ::/0
        in tcp 443 from 10.0.0.0/8
        in tcp 80 from 0.0.0.0/0
        out all to 0.0.0.0/0"#]]
    .assert_eq(&rules.join("\n"));
    let resolved = &network.subnets[&subnet.as_str().into()];
    let acl = &network.network_acls[&resolved.network_acl];
    let entries: Vec<String> = acl.entries.iter().map(ToString::to_string).collect();
    expect!["100 allow out all to 0.0.0.0/0\n100 allow in all from 0.0.0.0/0"].assert_eq(&entries.join("\n"));
    let routes = &network.route_tables[&resolved.route_table].routes;
    assert_eq!(routes[0].target.to_string(), gateway);
    let kinds: Vec<String> = network
        .interfaces
        .values()
        .map(|i| format!("{:?} {:?}", i.kind, i.addresses))
        .map(|text| text.split(['(', ' ']).next().unwrap().to_owned())
        .collect();
    assert_eq!(
        kinds.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(["Hub", "NatGateway"])
    );
    let nat = network.interfaces.values().find(|i| i.is_nat_gateway()).unwrap();
    assert_eq!(nat.addresses[0].public.map(|ip| ip.to_string()), Some("198.19.1.0".to_owned()));
    assert!(nat.groups.is_empty() && !nat.source_dest_check);
    assert_eq!(world.ec2.networks(&world.ec2.snapshot()).unwrap(), [network]);
}

#[test]
fn a_route_without_its_target_is_a_blackhole() {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let private = [("SubnetId", subnet.as_str()), ("ConnectivityType", "private")];
    let nat = world.ok("CreateNatGateway", &private).text("natGatewayId");
    let table = world.ok("DescribeRouteTables", &[]).text("routeTableId");
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "192.168.0.0/16"),
        ("NatGatewayId", &nat),
    ];
    world.ok("CreateRoute", &route);
    let target = || {
        let network = world.ec2.network(&world.ec2.snapshot(), &vpc.as_str().into()).unwrap().unwrap();
        network.route_tables[&table.as_str().into()].routes[0].target.to_string()
    };
    assert_eq!(target(), nat);
    world.ok("DeleteNatGateway", &[("NatGatewayId", &nat)]);
    assert_eq!(target(), "blackhole");
}
