//! What moat does not have is said, never ignored.

use crate::world::World;

#[test]
fn parameters_that_ask_for_more_are_refused() {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let table = world.ok("DescribeRouteTables", &[]).text("routeTableId");
    let cases: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("CreateVpc", vec![("CidrBlock", "10.0.0.0/16"), ("Ipv6Pool", "ipv6pool-ec2-1")]),
        ("CreateVpc", vec![("CidrBlock", "10.0.0.0/16"), ("InstanceTenancy", "dedicated")]),
        ("CreateVpc", vec![("Ipv4IpamPoolId", "ipam-pool-1")]),
        ("CreateSubnet", vec![("VpcId", &vpc), ("Ipv6Native", "true")]),
        ("ModifySubnetAttribute", vec![("SubnetId", &subnet), ("EnableDns64.Value", "true")]),
        (
            "ModifySubnetAttribute",
            vec![("SubnetId", &subnet), ("EnableResourceNameDnsAAAARecordOnLaunch.Value", "true")],
        ),
        (
            "CreateRoute",
            vec![
                ("RouteTableId", &table),
                ("DestinationCidrBlock", "0.0.0.0/0"),
                ("TransitGatewayId", "tgw-1"),
            ],
        ),
        ("CreateNetworkInterface", vec![("SubnetId", &subnet), ("Ipv6PrefixCount", "1")]),
        ("CreateNetworkInterface", vec![("SubnetId", &subnet), ("InterfaceType", "efa")]),
        ("AllocateAddress", vec![("Address", "1.2.3.4")]),
        ("ModifyVpcAttribute", vec![("VpcId", &vpc), ("EnableNetworkAddressUsageMetrics.Value", "true")]),
        ("AssociateRouteTable", vec![("RouteTableId", &table), ("GatewayId", "igw-1")]),
    ];
    for (operation, parameters) in cases {
        let error = world.fails(operation, &parameters);
        assert!(
            error.starts_with("501 NotImplemented: ") && error.contains("not implemented by moat"),
            "{error}"
        );
    }
    assert_eq!(world.ok("DescribeVpcs", &[]).texts("vpcId"), [vpc]);
}

#[test]
fn required_parameters_are_required() {
    let world = World::new();
    for (operation, parameter) in [
        ("DeleteVpc", "VpcId"),
        ("DeleteSubnet", "SubnetId"),
        ("DeleteRouteTable", "RouteTableId"),
        ("DeleteInternetGateway", "InternetGatewayId"),
        ("DeleteNatGateway", "NatGatewayId"),
        ("DeleteNetworkAcl", "NetworkAclId"),
        ("DeleteNetworkInterface", "NetworkInterfaceId"),
        ("CreateNetworkAcl", "VpcId"),
        ("CreateRouteTable", "VpcId"),
        ("CreateVpcEndpoint", "VpcId"),
        ("DeleteSecurityGroup", "GroupId"),
        ("ReleaseAddress", "AllocationId"),
        ("CreateNatGateway", "SubnetId"),
    ] {
        assert_eq!(
            world.fails(operation, &[]),
            format!("400 MissingParameter: The request must contain the parameter {parameter}"),
            "{operation}"
        );
    }
}

#[test]
fn unknown_ids_have_aws_errors() {
    let world = World::new();
    for (operation, parameter, id, expected) in [
        ("DescribeVpcs", "VpcId.1", "vpc-0", "InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"),
        (
            "DescribeRouteTables",
            "RouteTableId.1",
            "rtb-0",
            "InvalidRouteTableID.NotFound: The routeTable ID 'rtb-0' does not exist",
        ),
        (
            "DescribeInternetGateways",
            "InternetGatewayId.1",
            "igw-0",
            "InvalidInternetGatewayID.NotFound: The internetGateway ID 'igw-0' does not exist",
        ),
        (
            "DescribeNatGateways",
            "NatGatewayId.1",
            "nat-0",
            "NatGatewayNotFound: NAT gateway nat-0 was not found",
        ),
        (
            "DescribeNetworkAcls",
            "NetworkAclId.1",
            "acl-0",
            "InvalidNetworkAclID.NotFound: The networkAcl ID 'acl-0' does not exist",
        ),
        (
            "DescribeSecurityGroups",
            "GroupId.1",
            "sg-0",
            "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
        ),
        (
            "DescribeAddresses",
            "AllocationId.1",
            "eipalloc-0",
            "InvalidAllocationID.NotFound: The allocation ID 'eipalloc-0' does not exist",
        ),
        ("DescribeRegions", "RegionName.1", "mars-1", "InvalidParameterValue: Invalid region: mars-1"),
        (
            "DescribeAvailabilityZones",
            "ZoneName.1",
            "mars-1a",
            "InvalidParameterValue: Invalid availability zone: [mars-1a]",
        ),
    ] {
        assert_eq!(world.fails(operation, &[(parameter, id)]), format!("400 {expected}"));
    }
}
