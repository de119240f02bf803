use crate::world::World;

#[test]
fn an_interface_gets_the_lowest_free_address_and_the_default_group() {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let made = world.ok("CreateNetworkInterface", &[("SubnetId", &subnet), ("Description", "mine")]);
    assert_eq!(made.text("privateIpAddress"), "10.0.0.4");
    assert_eq!(made.text("groupName"), "default");
    assert_eq!((made.text("status"), made.text("interfaceType")), ("available".into(), "interface".into()));
    assert_eq!(
        (made.text("sourceDestCheck"), made.text("requesterManaged")),
        ("true".into(), "false".into())
    );
    assert_eq!(made.text("description"), "mine");
    assert!(!made.has("privateDnsName"), "the VPC gives no host names yet");
    world.ok("ModifyVpcAttribute", &[("VpcId", &vpc), ("EnableDnsHostnames.Value", "true")]);
    assert_eq!(world.ok("DescribeNetworkInterfaces", &[]).text("privateDnsName"), "ip-10-0-0-4.ec2.internal");
}

#[test]
fn addresses_are_chosen() {
    let world = World::new();
    let subnet = world.subnet(&world.vpc(), "10.0.0.0/28");
    let at =
        |ip: &str| world.call("CreateNetworkInterface", &[("SubnetId", &subnet), ("PrivateIpAddress", ip)]);
    assert_eq!(at("10.0.0.9").0, 200);
    for (ip, code) in [
        ("10.0.0.9", "InvalidIPAddress.InUse"),
        ("10.0.0.3", "InvalidParameterValue"),
        ("10.0.0.15", "InvalidParameterValue"),
        ("10.0.1.5", "InvalidParameterValue"),
        ("x", "InvalidParameterValue"),
    ] {
        let (status, body) = at(ip);
        assert!(status == 400 && body.contains(code), "{ip}: {body}");
    }
    let several = [
        ("SubnetId", subnet.as_str()),
        ("PrivateIpAddresses.1.PrivateIpAddress", "10.0.0.10"),
        ("PrivateIpAddresses.1.Primary", "true"),
        ("PrivateIpAddresses.2.PrivateIpAddress", "10.0.0.11"),
        ("PrivateIpAddresses.2.Primary", "false"),
    ];
    let made = world.ok("CreateNetworkInterface", &several);
    assert_eq!(made.texts("primary"), ["true", "false"]);
    // Eleven addresses, of which three are taken: eight more, then none.
    for _ in 0..8 {
        world.interface(&subnet);
    }
    assert!(
        world
            .fails("CreateNetworkInterface", &[("SubnetId", &subnet)])
            .starts_with("400 InsufficientFreeAddressesInSubnet")
    );
}

#[test]
fn attributes_are_modified() {
    let world = World::new();
    let vpc = world.vpc();
    let id = world.interface(&world.subnet(&vpc, "10.0.0.0/24"));
    let group = world.group(&vpc, "web");
    let modify = |key: &str, value: &str| {
        world.ok("ModifyNetworkInterfaceAttribute", &[("NetworkInterfaceId", &id), (key, value)]);
    };
    modify("SecurityGroupId.1", &group);
    modify("Description.Value", "new");
    modify("SourceDestCheck.Value", "false");
    let shown = |attribute: &str| {
        world
            .ok("DescribeNetworkInterfaceAttribute", &[("NetworkInterfaceId", &id), ("Attribute", attribute)])
    };
    assert_eq!(shown("groupSet").text("groupId"), group);
    assert!(shown("description").0.contains("<value>new</value>"));
    assert!(shown("sourceDestCheck").0.contains("<value>false</value>"));
    let both =
        [("NetworkInterfaceId", id.as_str()), ("Description.Value", "x"), ("SourceDestCheck.Value", "true")];
    assert!(
        world.fails("ModifyNetworkInterfaceAttribute", &both).starts_with("400 InvalidParameterCombination")
    );
    assert_eq!(
        world.fails("DeleteSecurityGroup", &[("GroupId", &group)]),
        format!("400 DependencyViolation: resource {group} has a dependent object")
    );
    let foreign = world.group(&world.vpc(), "far");
    let far = [("NetworkInterfaceId", id.as_str()), ("SecurityGroupId.1", &foreign)];
    assert!(world.fails("ModifyNetworkInterfaceAttribute", &far).contains("belong to different networks"));
}

#[test]
fn an_interface_has_at_most_five_groups() {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let groups: Vec<String> = (0..6).map(|n| world.group(&vpc, &format!("g{n}"))).collect();
    let names: Vec<String> = (1..=6).map(|n| format!("SecurityGroupId.{n}")).collect();
    let mut all = vec![("SubnetId", subnet.as_str())];
    all.extend(names.iter().map(String::as_str).zip(groups.iter().map(String::as_str)));
    assert!(
        world
            .fails("CreateNetworkInterface", &all)
            .starts_with("400 SecurityGroupsPerInterfaceLimitExceeded")
    );
    all.pop();
    assert_eq!(world.ok("CreateNetworkInterface", &all).texts("groupId").len(), 5);
}

#[test]
fn unknown_interfaces_have_aws_errors() {
    let world = World::new();
    let missing = [("NetworkInterfaceId", "eni-0123456789abcdef0")];
    assert_eq!(
        world.fails("DeleteNetworkInterface", &missing),
        "400 InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-0123456789abcdef0' does not exist"
    );
    assert_eq!(
        world.fails("DeleteNetworkInterface", &[("NetworkInterfaceId", "x")]),
        "400 InvalidNetworkInterfaceId.Malformed: Invalid id: \"x\" (expecting \"eni-...\")"
    );
}

#[test]
fn secondary_addresses_come_move_and_go() {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let (one, other) = (world.interface(&subnet), world.interface(&subnet));
    let assign = |interface: &str, more: (&str, &str)| {
        world.call("AssignPrivateIpAddresses", &[("NetworkInterfaceId", interface), more])
    };
    assert_eq!(assign(&one, ("SecondaryPrivateIpAddressCount", "2")).0, 200);
    assert_eq!(assign(&one, ("PrivateIpAddress.1", "10.0.0.99")).0, 200);
    assert!(assign(&other, ("PrivateIpAddress.1", "10.0.0.99")).1.contains("InvalidIPAddress.InUse"));
    assert!(assign(&other, ("PrivateIpAddress.1", "10.0.9.9")).1.contains("InvalidParameterValue"));
    assert!(
        assign(&other, ("SecondaryPrivateIpAddressCount", "50")).1.contains("PrivateIpAddressLimitExceeded")
    );
    let moved = [
        ("NetworkInterfaceId", other.as_str()),
        ("PrivateIpAddress.1", "10.0.0.99"),
        ("AllowReassignment", "true"),
    ];
    assert_eq!(world.ok("AssignPrivateIpAddresses", &moved).text("privateIpAddress"), "10.0.0.99");
    let network = world.ec2.networks(&world.ec2.snapshot()).unwrap().remove(0);
    assert_eq!(network.interfaces[&one.clone().into()].addresses.len(), 3);
    assert_eq!(network.interfaces[&other.clone().into()].addresses.len(), 2);
    let drop = [("NetworkInterfaceId", other.as_str()), ("PrivateIpAddress.1", "10.0.0.99")];
    world.ok("UnassignPrivateIpAddresses", &drop);
    assert!(world.fails("UnassignPrivateIpAddresses", &drop).starts_with("400 InvalidParameterValue"));
}

#[test]
fn the_source_check_is_reset_to_on() {
    let world = World::new();
    let vpc = world.vpc();
    let interface = world.interface(&world.subnet(&vpc, "10.0.0.0/24"));
    world.ok(
        "ModifyNetworkInterfaceAttribute",
        &[("NetworkInterfaceId", &interface), ("SourceDestCheck.Value", "false")],
    );
    world.ok(
        "ResetNetworkInterfaceAttribute",
        &[("NetworkInterfaceId", &interface), ("SourceDestCheck", "sourceDestCheck")],
    );
    assert_eq!(world.ok("DescribeNetworkInterfaces", &[]).text("sourceDestCheck"), "true");
}
