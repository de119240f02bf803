use crate::world::World;

#[test]
fn a_subnet_has_five_addresses_less_than_its_size() {
    let world = World::new();
    let vpc = world.vpc();
    let made = world.ok("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", "10.0.1.0/24")]);
    assert_eq!(made.text("availableIpAddressCount"), "251");
    assert_eq!(made.text("availabilityZone"), "us-east-1a");
    assert_eq!(made.text("availabilityZoneId"), "use1-az1");
    assert_eq!(made.text("mapPublicIpOnLaunch"), "false");
    let id = made.text("subnetId");
    assert_eq!(made.text("subnetArn"), format!("arn:aws:ec2:us-east-1:000000000000:subnet/{id}"));
    world.interface(&id);
    let shown = world.ok("DescribeSubnets", &[("SubnetId.1", &id)]);
    assert_eq!(shown.text("availableIpAddressCount"), "250");
}

#[test]
fn a_subnet_fits_into_its_vpc_beside_its_siblings() {
    let world = World::new();
    let vpc = world.vpc();
    world.subnet(&vpc, "10.0.1.0/24");
    let fails = |cidr: &str| world.fails("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", cidr)]);
    assert_eq!(
        fails("10.0.1.128/25"),
        "400 InvalidSubnet.Conflict: The CIDR '10.0.1.128/25' conflicts with another subnet"
    );
    assert_eq!(
        fails("10.0.0.0/16"),
        "400 InvalidSubnet.Conflict: The CIDR '10.0.0.0/16' conflicts with another subnet"
    );
    assert_eq!(fails("10.1.0.0/24"), "400 InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.");
    assert_eq!(fails("10.0.2.0/29"), "400 InvalidSubnet.Range: The CIDR '10.0.2.0/29' is invalid.");
    assert_eq!(
        world.fails("CreateSubnet", &[("VpcId", "vpc-0123456789abcdef0"), ("CidrBlock", "10.0.2.0/24")]),
        "400 InvalidVpcID.NotFound: The vpc ID 'vpc-0123456789abcdef0' does not exist"
    );
    assert_eq!(
        world.fails("CreateSubnet", &[("CidrBlock", "10.0.2.0/24")]),
        "400 MissingParameter: The request must contain the parameter VpcId"
    );
}

#[test]
fn zones_are_named_or_numbered() {
    let world = World::new();
    let vpc = world.vpc();
    let with = |cidr: &str, key: &str, value: &str| {
        world
            .ok("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", cidr), (key, value)])
            .text("availabilityZone")
    };
    assert_eq!(with("10.0.0.0/24", "AvailabilityZone", "us-east-1c"), "us-east-1c");
    assert_eq!(with("10.0.1.0/24", "AvailabilityZoneId", "use1-az2"), "us-east-1b");
    let wrong = [("VpcId", vpc.as_str()), ("CidrBlock", "10.0.2.0/24"), ("AvailabilityZone", "us-east-1z")];
    assert!(world.fails("CreateSubnet", &wrong).starts_with(
        "400 InvalidParameterValue: Value (us-east-1z) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: us-east-1a, us-east-1b"
    ));
    let zones = world.ok("DescribeAvailabilityZones", &[("ZoneName.1", "us-east-1b")]);
    assert_eq!((zones.text("zoneId"), zones.text("zoneState")), ("use1-az2".into(), "available".into()));
    assert_eq!(world.ok("DescribeAvailabilityZones", &[]).texts("zoneName").len(), 6);
    assert!(world.ok("DescribeRegions", &[]).texts("regionName").contains(&"eu-west-1".to_owned()));
    assert!(
        world.ok("DescribeAccountAttributes", &[]).texts("attributeName").contains(&"default-vpc".to_owned())
    );
}

#[test]
fn attributes_of_a_subnet_are_kept() {
    let world = World::new();
    let id = world.subnet(&world.vpc(), "10.0.1.0/24");
    world.ok("ModifySubnetAttribute", &[("SubnetId", &id), ("MapPublicIpOnLaunch.Value", "true")]);
    let kind = [("SubnetId", id.as_str()), ("PrivateDnsHostnameTypeOnLaunch", "resource-name")];
    world.ok("ModifySubnetAttribute", &kind);
    let shown = world.ok("DescribeSubnets", &[]);
    assert_eq!(shown.text("mapPublicIpOnLaunch"), "true");
    assert_eq!(shown.text("hostnameType"), "resource-name");
}

#[test]
fn a_subnet_in_use_is_not_deleted() {
    let world = World::new();
    let id = world.subnet(&world.vpc(), "10.0.1.0/24");
    let interface = world.interface(&id);
    assert_eq!(
        world.fails("DeleteSubnet", &[("SubnetId", &id)]),
        format!("400 DependencyViolation: The subnet '{id}' has dependencies and cannot be deleted.")
    );
    world.ok("DeleteNetworkInterface", &[("NetworkInterfaceId", &interface)]);
    world.ok("DeleteSubnet", &[("SubnetId", &id)]);
    assert_eq!(
        world.fails("DescribeSubnets", &[("SubnetId.1", &id)]),
        format!("400 InvalidSubnetID.NotFound: The subnet ID '{id}' does not exist")
    );
    assert!(world.ok("DescribeNetworkAcls", &[]).texts("subnetId").is_empty());
}
