//! The default VPC that every region begins with.

use crate::world::World;
use svc_ec2::Quotas;

const DEFAULT: [(&str, &str); 2] = [("Filter.1.Name", "is-default"), ("Filter.1.Value.1", "true")];

#[test]
fn a_region_begins_with_one_as_on_aws() {
    let world = World::untouched(Quotas::default());
    let vpc = world.ok("DescribeVpcs", &DEFAULT);
    assert_eq!(vpc.texts("cidrBlock"), ["172.31.0.0/16", "172.31.0.0/16"]);
    let id = vpc.text("vpcId");
    let subnets =
        world.ok("DescribeSubnets", &[("Filter.1.Name", "default-for-az"), ("Filter.1.Value.1", "true")]);
    assert_eq!(subnets.texts("cidrBlock").len(), 6);
    assert!(subnets.texts("cidrBlock").contains(&"172.31.0.0/20".to_owned()));
    assert!(subnets.texts("mapPublicIpOnLaunch").iter().all(|on| on == "true"));
    let routes = world.ok("DescribeRouteTables", &[]);
    assert_eq!(routes.texts("destinationCidrBlock"), ["172.31.0.0/16", "0.0.0.0/0"]);
    assert_eq!(routes.text("main"), "true");
    assert_eq!(world.ok("DescribeInternetGateways", &[]).text("vpcId"), id);
    assert_eq!(world.ok("DescribeNetworkAcls", &[]).texts("subnetId").len(), 6);
    let named = [("GroupName.1", "default")];
    assert_eq!(world.ok("DescribeSecurityGroups", &named).text("vpcId"), id);
    let attribute = [("AttributeName.1", "default-vpc")];
    assert_eq!(world.ok("DescribeAccountAttributes", &attribute).text("attributeValue"), id);
    let names = world.ok("DescribeVpcAttribute", &[("VpcId", &id), ("Attribute", "enableDnsHostnames")]);
    assert_eq!(names.text("value"), "true");
    assert_eq!(world.ok("DescribeVpcs", &[]).texts("vpcId"), [id], "looking again makes no other");
}

#[test]
fn it_costs_the_data_plane_nothing_until_something_is_in_it() {
    let world = World::untouched(Quotas::default());
    let subnet = world.ok("DescribeSubnets", &[]).text("subnetId");
    assert_eq!(world.ec2.networks(&world.ec2.snapshot()).unwrap().len(), 0);
    world.interface(&subnet);
    assert_eq!(world.ec2.networks(&world.ec2.snapshot()).unwrap().len(), 1);
}

#[test]
fn it_counts_against_the_quota() {
    let world = World::untouched(Quotas::default());
    for _ in 0..4 {
        world.vpc();
    }
    let error = world.fails("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]);
    assert_eq!(error, "400 VpcLimitExceeded: The maximum number of VPCs has been reached.");
}

#[test]
fn a_refused_or_dry_call_leaves_nothing() {
    let world = World::untouched(Quotas::default());
    world.fails("CreateVpc", &[("CidrBlock", "10.0.0.0/16"), ("DryRun", "true")]);
    world.fails("DeleteVpc", &[("VpcId", "vpc-0")]);
    assert!(world.ec2.snapshot().scan::<svc_ec2::state::Vpc>("").unwrap().is_empty());
}

#[test]
fn groups_go_there_when_no_vpc_is_named() {
    let world = World::untouched(Quotas::default());
    let vpc = world.ok("DescribeVpcs", &DEFAULT).text("vpcId");
    let made = [("GroupName", "web"), ("GroupDescription", "d")];
    world.ok("CreateSecurityGroup", &made);
    assert_eq!(world.ok("DescribeSecurityGroups", &[("GroupName.1", "web")]).text("vpcId"), vpc);
    let rule = [
        ("GroupName", "web"),
        ("IpProtocol", "tcp"),
        ("FromPort", "80"),
        ("ToPort", "80"),
        ("CidrIp", "10.0.0.0/8"),
    ];
    world.ok("AuthorizeSecurityGroupIngress", &rule);
    world.ok("DeleteSecurityGroup", &[("GroupName", "web")]);
    let error = world.fails("DeleteSecurityGroup", &[("GroupName", "web")]);
    assert_eq!(
        error,
        format!("400 InvalidGroup.NotFound: The security group 'web' does not exist in default VPC '{vpc}'")
    );
    let elsewhere = World::new();
    let error = elsewhere.fails("CreateSecurityGroup", &made);
    assert_eq!(error, "400 VPCIdNotSpecified: No default VPC for this user");
}

#[test]
fn deleted_it_comes_back_only_when_asked_for() {
    let world = World::untouched(Quotas::default());
    let vpc = world.ok("DescribeVpcs", &[]).text("vpcId");
    assert!(world.fails("CreateDefaultVpc", &[]).starts_with("400 DefaultVpcAlreadyExists: "));
    let first = world
        .ok("DescribeSubnets", &[("Filter.1.Name", "cidr-block"), ("Filter.1.Value.1", "172.31.0.0/20")]);
    world.ok("DeleteSubnet", &[("SubnetId", &first.text("subnetId"))]);
    let again = world.ok("CreateDefaultSubnet", &[("AvailabilityZone", "us-east-1a")]);
    assert_eq!(again.text("cidrBlock"), "172.31.0.0/20");
    let id = again.text("subnetId");
    assert_eq!(
        world.fails("CreateDefaultSubnet", &[("AvailabilityZone", "us-east-1a")]),
        format!(
            "400 DefaultSubnetAlreadyExistsInAvailabilityZone: '{id}' is already the default subnet in us-east-1a."
        )
    );
    for subnet in world.ok("DescribeSubnets", &[]).texts("subnetId") {
        world.ok("DeleteSubnet", &[("SubnetId", &subnet)]);
    }
    let gateway = world.ok("DescribeInternetGateways", &[]).text("internetGatewayId");
    world.ok("DetachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]);
    world.ok("DeleteInternetGateway", &[("InternetGatewayId", &gateway)]);
    world.ok("DeleteVpc", &[("VpcId", &vpc)]);
    assert_eq!(world.ok("DescribeVpcs", &[]).texts("vpcId"), Vec::<String>::new());
    assert!(
        world
            .fails("CreateDefaultSubnet", &[("AvailabilityZone", "us-east-1a")])
            .starts_with("400 DefaultVpcDoesNotExist: ")
    );
    assert_eq!(world.ok("CreateDefaultVpc", &[]).text("isDefault"), "true");
    assert_eq!(world.ok("DescribeSubnets", &[]).texts("subnetId").len(), 6);
}
