use crate::world::World;

#[test]
fn tags_are_given_changed_and_taken() {
    let world = World::new();
    let tagged = [
        ("CidrBlock", "10.0.0.0/16"),
        ("TagSpecification.1.ResourceType", "vpc"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "main"),
    ];
    let made = world.ok("CreateVpc", &tagged);
    assert_eq!((made.text("key"), made.text("value")), ("Name".into(), "main".into()));
    let vpc = made.text("vpcId");
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let more = [
        ("ResourceId.1", vpc.as_str()),
        ("ResourceId.2", &subnet),
        ("Tag.1.Key", "team"),
        ("Tag.1.Value", "a"),
    ];
    world.ok("CreateTags", &more);
    let shown = world.ok("DescribeTags", &[("Filter.1.Name", "key"), ("Filter.1.Value.1", "team")]);
    assert_eq!(shown.texts("resourceType"), ["subnet", "vpc"]);
    // A value that differs protects the tag; without a value it goes.
    world.ok("DeleteTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", "team"), ("Tag.1.Value", "b")]);
    assert!(world.ok("DescribeVpcs", &[]).texts("key").contains(&"team".to_owned()));
    world.ok("DeleteTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", "team")]);
    assert_eq!(world.ok("DescribeVpcs", &[]).texts("key"), ["Name"]);
    world.ok("DeleteTags", &[("ResourceId.1", &vpc)]);
    assert!(world.ok("DescribeVpcs", &[]).texts("key").is_empty());
}

#[test]
fn impossible_tags_are_refused() {
    let world = World::new();
    let vpc = world.vpc();
    let tag = |key: &str, value: &str| {
        world.fails("CreateTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", key), ("Tag.1.Value", value)])
    };
    assert_eq!(
        tag("aws:x", ""),
        "400 InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use"
    );
    assert!(tag(&"k".repeat(129), "").starts_with("400 InvalidParameterValue"));
    assert!(tag("k", &"v".repeat(257)).starts_with("400 InvalidParameterValue"));
    let wrong = [
        ("CidrBlock", "10.0.0.0/16"),
        ("TagSpecification.1.ResourceType", "subnet"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
    ];
    assert_eq!(
        world.fails("CreateVpc", &wrong),
        "400 InvalidParameterValue: 'subnet' is not a valid taggable resource type for this operation."
    );
    assert_eq!(
        world.fails("CreateTags", &[("ResourceId.1", "nonsense"), ("Tag.1.Key", "k")]),
        "400 InvalidID: The ID 'nonsense' is not valid"
    );
    assert_eq!(
        world.fails("CreateTags", &[("ResourceId.1", "subnet-0123456789abcdef0"), ("Tag.1.Key", "k")]),
        "400 InvalidSubnetID.NotFound: The subnet ID 'subnet-0123456789abcdef0' does not exist"
    );
}

#[test]
fn a_resource_has_at_most_fifty_tags() {
    let world = World::new();
    let vpc = world.vpc();
    for n in 0..50 {
        world.ok("CreateTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", &format!("k{n}"))]);
    }
    assert_eq!(
        world.fails("CreateTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", "one more")]),
        "400 TagLimitExceeded: The maximum number of Tags for a resource has been reached."
    );
    world.ok("CreateTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", "k0"), ("Tag.1.Value", "again")]);
}

#[test]
fn every_kind_of_resource_takes_tags() {
    let world = World::new();
    let vpc = world.vpc();
    world.gateway(&vpc);
    world.ok("ModifyVpcAttribute", &[("VpcId", &vpc), ("EnableDnsHostnames.Value", "true")]);
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let address = world.address();
    world.ok("CreateNatGateway", &[("SubnetId", &subnet), ("AllocationId", &address)]);
    world.ok(
        "CreateVpcEndpoint",
        &[("VpcId", &vpc), ("VpcEndpointType", "Interface"), ("ServiceName", "com.amazonaws.us-east-1.sts")],
    );
    world.interface(&subnet);
    for (operation, id) in [
        ("DescribeVpcs", "vpcId"),
        ("DescribeSubnets", "subnetId"),
        ("DescribeRouteTables", "routeTableId"),
        ("DescribeInternetGateways", "internetGatewayId"),
        ("DescribeAddresses", "allocationId"),
        ("DescribeNatGateways", "natGatewayId"),
        ("DescribeSecurityGroups", "groupId"),
        ("DescribeSecurityGroupRules", "securityGroupRuleId"),
        ("DescribeNetworkAcls", "networkAclId"),
        ("DescribeNetworkInterfaces", "networkInterfaceId"),
        ("DescribeVpcEndpoints", "vpcEndpointId"),
    ] {
        let id = world.ok(operation, &[]).text(id);
        world.ok("CreateTags", &[("ResourceId.1", &id), ("Tag.1.Key", "found"), ("Tag.1.Value", &id)]);
        let by_tag = [("Filter.1.Name", "tag:found"), ("Filter.1.Value.1", id.as_str())];
        assert!(world.ok(operation, &by_tag).0.contains(&id), "{operation}");
        let by_other = [("Filter.1.Name", "tag-key"), ("Filter.1.Value.1", "lost")];
        assert!(!world.ok(operation, &by_other).0.contains(&id), "{operation}");
    }
    assert_eq!(world.ok("DescribeTags", &[]).texts("resourceId").len(), 11);
}
