//! A VPC's further blocks of addresses.

use crate::world::World;

fn associate(world: &World, vpc: &str, block: &str) -> String {
    world.ok("AssociateVpcCidrBlock", &[("VpcId", vpc), ("CidrBlock", block)]).text("associationId")
}

#[test]
fn a_further_block_has_subnets_and_a_local_route() {
    let world = World::new();
    let vpc = world.vpc();
    let association = associate(&world, &vpc, "10.1.0.0/16");
    assert_eq!(world.ok("DescribeVpcs", &[]).texts("state"), ["associated", "associated", "available"]);
    let subnet = world.subnet(&vpc, "10.1.5.0/24");
    let routes = world.ok("DescribeRouteTables", &[]).texts("destinationCidrBlock");
    assert_eq!(routes, ["10.0.0.0/16", "10.1.0.0/16"]);
    let networks = world.ec2.networks(&world.ec2.snapshot()).unwrap();
    let blocks: Vec<String> = networks[0].cidrs.iter().map(ToString::to_string).collect();
    assert_eq!(blocks, ["10.0.0.0/16", "10.1.0.0/16"]);
    let error = world.fails("DisassociateVpcCidrBlock", &[("AssociationId", &association)]);
    assert!(error.starts_with("400 DependencyViolation: "), "{error}");
    world.ok("DeleteSubnet", &[("SubnetId", &subnet)]);
    let gone = world.ok("DisassociateVpcCidrBlock", &[("AssociationId", &association)]);
    assert_eq!(gone.text("state"), "disassociating");
    assert_eq!(world.ok("DescribeVpcs", &[]).texts("associationId").len(), 1);
    let error = world.fails("DisassociateVpcCidrBlock", &[("AssociationId", &association)]);
    assert!(error.starts_with("400 InvalidVpcCidrBlockAssociationID.NotFound: "), "{error}");
}

#[test]
fn the_primary_block_stays() {
    let world = World::new();
    let vpc = world.vpc();
    let primary = world.ok("DescribeVpcs", &[]).text("associationId");
    let error = world.fails("DisassociateVpcCidrBlock", &[("AssociationId", &primary)]);
    assert!(error.starts_with("400 OperationNotPermitted: "), "{error}");
    assert_eq!(world.ok("DescribeVpcs", &[]).text("vpcId"), vpc);
}

#[test]
fn blocks_that_overlap_or_mix_ranges_are_refused() {
    let world = World::new();
    let vpc = world.vpc();
    let table = world.ok("DescribeRouteTables", &[]).text("routeTableId");
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let interface = world.interface(&subnet);
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "10.9.1.0/24"),
        ("NetworkInterfaceId", &interface),
    ];
    world.ok("CreateRoute", &route);
    let fails = |block: &str| world.fails("AssociateVpcCidrBlock", &[("VpcId", &vpc), ("CidrBlock", block)]);
    for block in
        ["10.0.5.0/24", "172.16.0.0/16", "192.168.0.0/16", "198.19.0.0/24", "10.9.0.0/16", "10.2.0.0/8"]
    {
        assert!(fails(block).starts_with("400 InvalidVpc.Range: "), "{block}: {}", fails(block));
    }
    for n in 1..5 {
        associate(&world, &vpc, &format!("10.{n}.0.0/16"));
    }
    assert_eq!(
        fails("10.5.0.0/16"),
        format!("400 CidrLimitExceeded: This network '{vpc}' has met its maximum number of allowed CIDRs: 5")
    );
}
