//! Whatever is called in whatever order, the network that results is whole.

use crate::world::World;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use svc_ec2::Quotas;

const STEPS: std::ops::Range<usize> = 1..40;

/// One call with targets chosen among what exists; many are refused, which must change nothing.
fn step(world: &World, kind: u8, pick: usize) {
    let any = |operation: &str, element: &str| {
        let all = world.ok(operation, &[]).texts(element);
        if all.is_empty() { "none-0".to_owned() } else { all[pick % all.len()].clone() }
    };
    let (vpc, subnet) = (any("DescribeVpcs", "vpcId"), any("DescribeSubnets", "subnetId"));
    let table = any("DescribeRouteTables", "routeTableId");
    let acl = any("DescribeNetworkAcls", "networkAclId");
    let cidr = format!("10.0.{}.0/{}", pick % 8 * 16, 24 + pick % 4);
    match kind % 14 {
        0 => world.call("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]),
        1 | 2 => world.call("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", &cidr)]),
        3 => world.call("CreateRouteTable", &[("VpcId", &vpc)]),
        4 => world.call("AssociateRouteTable", &[("RouteTableId", &table), ("SubnetId", &subnet)]),
        5 => {
            let association = any("DescribeRouteTables", "routeTableAssociationId");
            let replace = [("AssociationId", association.as_str()), ("RouteTableId", &table)];
            world.call("ReplaceRouteTableAssociation", &replace)
        }
        6 => world.call("CreateNetworkAcl", &[("VpcId", &vpc)]),
        7 => {
            let association = any("DescribeNetworkAcls", "networkAclAssociationId");
            let replace = [("AssociationId", association.as_str()), ("NetworkAclId", &acl)];
            world.call("ReplaceNetworkAclAssociation", &replace)
        }
        8 => world.call("CreateNetworkInterface", &[("SubnetId", &subnet)]),
        9 => world.call("DeleteSubnet", &[("SubnetId", &subnet)]),
        10 => world.call("DeleteRouteTable", &[("RouteTableId", &table)]),
        11 => world.call("DeleteNetworkAcl", &[("NetworkAclId", &acl)]),
        12 => world.call("DeleteVpc", &[("VpcId", &vpc)]),
        _ => {
            let association = any("DescribeRouteTables", "routeTableAssociationId");
            world.call("DisassociateRouteTable", &[("AssociationId", &association)])
        }
    };
}

fn check_whole(world: &World) {
    let networks = world.ec2.networks(&world.ec2.snapshot()).unwrap();
    let subnets: usize = networks.iter().map(|network| network.subnets.len()).sum();
    assert_eq!(
        subnets,
        world.ok("DescribeSubnets", &[]).texts("subnetId").len(),
        "none is lost in resolving"
    );
    for network in &networks {
        for subnet in network.subnets.values() {
            assert!(network.route_tables.contains_key(&subnet.route_table));
            assert!(network.network_acls.contains_key(&subnet.network_acl));
        }
        let mut taken = BTreeSet::<Ipv4Addr>::new();
        for interface in network.interfaces.values() {
            let cidr = network.subnets[&interface.subnet].cidr;
            for address in &interface.addresses {
                assert!(cidr.contains(&address.private));
                assert!(taken.insert(address.private), "two interfaces have {}", address.private);
            }
        }
    }
    let mains = world.ok("DescribeRouteTables", &[]).texts("main").iter().filter(|m| *m == "true").count();
    assert_eq!(mains, networks.len(), "one main table for each VPC");
    let associations = world.ok("DescribeNetworkAcls", &[]).texts("networkAclAssociationId").len();
    assert_eq!(associations, subnets, "one network ACL for each subnet");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_calls_leaves_a_whole_network(steps in prop::collection::vec((any::<u8>(), 0usize..64), STEPS)) {
        let world = World::with(Quotas { vpcs_per_region: 3, ..Quotas::default() });
        world.vpc();
        for (kind, pick) in steps {
            step(&world, kind, pick);
        }
        check_whole(&world);
    }
}
