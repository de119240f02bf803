use crate::world::World;

#[test]
fn a_vpc_comes_with_a_table_an_acl_and_a_group() {
    let world = World::new();
    let made = world.ok("CreateVpc", &[("CidrBlock", "10.0.7.9/16")]);
    assert_eq!(made.text("cidrBlock"), "10.0.0.0/16");
    assert_eq!(made.text("isDefault"), "false");
    assert_eq!(made.texts("state"), ["associated", "available"]);
    assert_eq!(made.text("ownerId"), "000000000000");
    let vpc = made.text("vpcId");
    let of = |filter: &str, value: &str| {
        vec![
            ("Filter.1.Name".to_owned(), filter.to_owned()),
            ("Filter.1.Value.1".to_owned(), value.to_owned()),
        ]
    };
    let in_vpc = of("vpc-id", &vpc);
    let in_vpc: Vec<(&str, &str)> = in_vpc.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let table = world.ok("DescribeRouteTables", &in_vpc);
    assert_eq!(table.text("main"), "true");
    assert_eq!(table.text("gatewayId"), "local");
    let acl = world.ok("DescribeNetworkAcls", &in_vpc);
    assert_eq!(acl.text("default"), "true");
    assert_eq!(acl.texts("ruleNumber"), ["100", "32767", "100", "32767"]);
    assert_eq!(acl.texts("ruleAction"), ["allow", "deny", "allow", "deny"]);
    let group = world.ok("DescribeSecurityGroups", &in_vpc);
    assert_eq!(group.text("groupName"), "default");
    assert_eq!(group.text("groupDescription"), "default VPC security group");
    assert_eq!(group.texts("cidrIp"), ["0.0.0.0/0"]);
}

#[test]
fn blocks_that_are_none_are_refused() {
    let world = World::new();
    let fails = |cidr: &str| world.fails("CreateVpc", &[("CidrBlock", cidr)]);
    assert_eq!(fails("10.0.0.0/8"), "400 InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.");
    assert_eq!(fails("10.0.0.0/29"), "400 InvalidVpc.Range: The CIDR '10.0.0.0/29' is invalid.");
    assert_eq!(
        fails("10.0.0/16"),
        "400 InvalidParameterValue: Value (10.0.0/16) for parameter cidrBlock is invalid. This is not a valid CIDR block."
    );
    assert_eq!(
        world.fails("CreateVpc", &[]),
        "400 MissingParameter: The request must contain the parameter cidrBlock"
    );
    assert_eq!(world.ok("DescribeVpcs", &[]).texts("vpcId"), Vec::<String>::new());
}

#[test]
fn the_quota_is_five() {
    let world = World::new();
    for _ in 0..5 {
        world.vpc();
    }
    assert_eq!(
        world.fails("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]),
        "400 VpcLimitExceeded: The maximum number of VPCs has been reached."
    );
}

#[test]
fn a_dry_run_checks_and_keeps_nothing() {
    let world = World::new();
    assert_eq!(
        world.fails("CreateVpc", &[("CidrBlock", "10.0.0.0/16"), ("DryRun", "true")]),
        "412 DryRunOperation: Request would have succeeded, but DryRun flag is set."
    );
    assert!(
        world
            .fails("CreateVpc", &[("CidrBlock", "10.0.0.0/9"), ("DryRun", "true")])
            .contains("InvalidVpc.Range")
    );
    assert!(world.fails("DescribeVpcs", &[("DryRun", "true")]).starts_with("412 DryRunOperation"));
    assert!(world.ok("DescribeVpcs", &[]).texts("vpcId").is_empty());
}

#[test]
fn attributes_are_changed_one_at_a_time() {
    let world = World::new();
    let vpc = world.vpc();
    let shown = |attribute: &str| {
        let answer = world.ok("DescribeVpcAttribute", &[("VpcId", &vpc), ("Attribute", attribute)]);
        answer.text("value")
    };
    assert_eq!(shown("enableDnsSupport"), "true");
    assert_eq!(shown("enableDnsHostnames"), "false");
    assert_eq!(shown("enableNetworkAddressUsageMetrics"), "false");
    world.ok("ModifyVpcAttribute", &[("VpcId", &vpc), ("EnableDnsHostnames.Value", "true")]);
    world.ok("ModifyVpcAttribute", &[("VpcId", &vpc), ("EnableDnsSupport.Value", "false")]);
    assert_eq!((shown("enableDnsSupport"), shown("enableDnsHostnames")), ("false".into(), "true".into()));
    let both =
        [("VpcId", vpc.as_str()), ("EnableDnsHostnames.Value", "true"), ("EnableDnsSupport.Value", "true")];
    assert!(world.fails("ModifyVpcAttribute", &both).starts_with("400 InvalidParameterCombination"));
    assert!(world.fails("ModifyVpcAttribute", &[("VpcId", &vpc)]).starts_with("400 MissingParameter"));
    let attributes = world.ec2.dns_attributes(&world.ec2.snapshot(), &vpc.as_str().into()).unwrap().unwrap();
    assert_eq!((attributes.support, attributes.hostnames), (false, true));
}

#[test]
fn a_used_vpc_is_not_deleted() {
    let world = World::new();
    let vpc = world.vpc();
    let refused = format!("400 DependencyViolation: The vpc '{vpc}' has dependencies and cannot be deleted.");
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    assert_eq!(world.fails("DeleteVpc", &[("VpcId", &vpc)]), refused);
    world.ok("DeleteSubnet", &[("SubnetId", &subnet)]);
    let group = world.group(&vpc, "web");
    assert_eq!(world.fails("DeleteVpc", &[("VpcId", &vpc)]), refused);
    world.ok("DeleteSecurityGroup", &[("GroupId", &group)]);
    let gateway = world.gateway(&vpc);
    assert_eq!(world.fails("DeleteVpc", &[("VpcId", &vpc)]), refused);
    world.ok("DetachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]);
    world.ok("DeleteVpc", &[("VpcId", &vpc)]);
    for operation in ["DescribeVpcs", "DescribeRouteTables", "DescribeNetworkAcls", "DescribeSecurityGroups"]
    {
        assert!(world.ok(operation, &[]).texts("vpcId").is_empty(), "{operation}");
    }
    assert!(world.ok("DescribeSecurityGroupRules", &[]).texts("securityGroupRuleId").is_empty());
}

#[test]
fn scopes_do_not_see_each_other() {
    let mut world = World::new();
    let vpc = world.vpc();
    world.scope.region = "eu-west-1".parse().unwrap();
    assert!(!world.ok("DescribeVpcs", &[]).texts("vpcId").contains(&vpc));
    assert_eq!(
        world.fails("DeleteVpc", &[("VpcId", &vpc)]),
        format!("400 InvalidVpcID.NotFound: The vpc ID '{vpc}' does not exist")
    );
}
