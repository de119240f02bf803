//! IPv6: blocks of VPCs and subnets, addresses of interfaces, outward gateways, and what opens for it by itself.

use crate::world::World;

/// A VPC with a block, and the block's first part as AWS writes it.
fn vpc(world: &World) -> (String, String) {
    let given = [("CidrBlock", "10.0.0.0/16"), ("AmazonProvidedIpv6CidrBlock", "true")];
    let made = world.ok("CreateVpc", &given);
    let block = made.text("ipv6CidrBlock");
    assert!(block.starts_with("2001:db8:") && block.ends_with("00::/56"), "{block}");
    (made.text("vpcId"), block.trim_end_matches("00::/56").to_owned())
}

fn subnet(world: &World, vpc: &str, block: &str) -> String {
    let given = [("VpcId", vpc), ("CidrBlock", "10.0.1.0/24"), ("Ipv6CidrBlock", block)];
    world.ok("CreateSubnet", &given).text("subnetId")
}

#[test]
fn a_vpc_gets_its_block_at_once_or_later() {
    let world = World::new();
    let (at_once, block) = vpc(&world);
    let later = world.vpc();
    let given = [("VpcId", later.as_str()), ("AmazonProvidedIpv6CidrBlock", "true")];
    let associated = world.ok("AssociateVpcCidrBlock", &given);
    assert_eq!(
        (associated.text("state"), associated.text("ipv6Pool")),
        ("associating".into(), "Amazon".into())
    );
    assert_ne!(associated.text("ipv6CidrBlock"), format!("{block}00::/56"));
    let filter = [
        ("Filter.1.Name", "ipv6-cidr-block-association.ipv6-cidr-block"),
        ("Filter.1.Value.1", &format!("{block}00::/56")),
    ];
    assert_eq!(world.ok("DescribeVpcs", &filter).texts("vpcId"), [at_once]);
    let gone = world.ok("DisassociateVpcCidrBlock", &[("AssociationId", &associated.text("associationId"))]);
    assert_eq!(gone.text("state"), "disassociating");
    let error =
        world.fails("DisassociateVpcCidrBlock", &[("AssociationId", &associated.text("associationId"))]);
    assert!(error.starts_with("400 InvalidVpcCidrBlockAssociationID.NotFound: "), "{error}");
}

#[test]
fn a_subnets_block_is_of_its_vpc_and_of_a_size() {
    let world = World::new();
    let (vpc, block) = vpc(&world);
    for (wrong, code) in [
        ("2001:db8:ffff:ff00::/64".to_owned(), "InvalidSubnet.Range"),
        (format!("{block}00::/62"), "InvalidSubnet.Range"),
        ("nonsense".to_owned(), "InvalidParameterValue"),
    ] {
        let given = [("VpcId", vpc.as_str()), ("CidrBlock", "10.0.1.0/24"), ("Ipv6CidrBlock", &wrong)];
        let error = world.fails("CreateSubnet", &given);
        assert!(error.starts_with(&format!("400 {code}: ")), "{wrong}: {error}");
    }
    let first = subnet(&world, &vpc, &format!("{block}01::/64"));
    let second = world.subnet(&vpc, "10.0.2.0/24");
    let associate = |block: &str| vec![("SubnetId", second.clone()), ("Ipv6CidrBlock", block.to_owned())];
    let as_given = |given: &[(&'static str, String)]| -> Vec<(&'static str, String)> { given.to_vec() };
    let given = as_given(&associate(&format!("{block}00::/60")));
    let given: Vec<(&str, &str)> = given.iter().map(|(k, v)| (*k, v.as_str())).collect();
    assert!(world.fails("AssociateSubnetCidrBlock", &given).starts_with("400 InvalidSubnet.Conflict: "));
    let given = associate(&format!("{block}02::/64"));
    let given: Vec<(&str, &str)> = given.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let association = world.ok("AssociateSubnetCidrBlock", &given).text("associationId");
    assert!(association.starts_with("subnet-cidr-assoc-"), "{association}");
    assert!(world.fails("AssociateSubnetCidrBlock", &given).starts_with("400 CidrLimitExceeded: "));
    // What a subnet has, its VPC keeps.
    let of_vpc = world.ok("DescribeVpcs", &[("VpcId.1", &vpc)]);
    let of_vpc = of_vpc.texts("associationId").pop().unwrap();
    let error = world.fails("DisassociateVpcCidrBlock", &[("AssociationId", &of_vpc)]);
    assert!(error.starts_with("400 DependencyViolation: "), "{error}");
    world.ok("DisassociateSubnetCidrBlock", &[("AssociationId", &association)]);
    let error = world.fails("DisassociateSubnetCidrBlock", &[("AssociationId", &association)]);
    assert!(error.starts_with("400 InvalidSubnetCidrBlockAssociationID.NotFound: "), "{error}");
    world.ok("DeleteSubnet", &[("SubnetId", &first)]);
    world.ok("DisassociateVpcCidrBlock", &[("AssociationId", &of_vpc)]);
}

#[test]
fn interfaces_get_addresses_asked_for_or_by_themselves() {
    let world = World::new();
    let (vpc, block) = vpc(&world);
    let subnet = subnet(&world, &vpc, &format!("{block}01::/64"));
    let named = format!("{block}01::77");
    let given = [("SubnetId", subnet.as_str()), ("Ipv6Addresses.1.Ipv6Address", &named)];
    let made = world.ok("CreateNetworkInterface", &given);
    let (eni, prefix) = (made.text("networkInterfaceId"), format!("{block}01:"));
    assert_eq!(made.texts("ipv6Address").first(), Some(&named));
    let error = world.fails("CreateNetworkInterface", &given);
    assert!(error.starts_with("400 InvalidIPAddress.InUse: "), "{error}");
    let reserved = [("SubnetId", subnet.as_str()), ("Ipv6Addresses.1.Ipv6Address", &format!("{block}01::1"))];
    assert!(world.fails("CreateNetworkInterface", &reserved).contains("reserved address range"));
    let more = world.ok("AssignIpv6Addresses", &[("NetworkInterfaceId", &eni), ("Ipv6AddressCount", "2")]);
    let assigned = more.texts("item");
    assert_eq!(assigned.len(), 2, "{assigned:?}");
    assert!(assigned.iter().all(|address| address.starts_with(&prefix)), "{assigned:?}");
    let gone = [("NetworkInterfaceId", eni.as_str()), ("Ipv6Addresses.1", &assigned[0])];
    assert_eq!(world.ok("UnassignIpv6Addresses", &gone).texts("item"), [assigned[0].clone()]);
    assert!(world.fails("UnassignIpv6Addresses", &gone).starts_with("400 InvalidParameterValue: "));
    let by_address = [("Filter.1.Name", "ipv6-addresses.ipv6-address"), ("Filter.1.Value.1", &assigned[1])];
    assert_eq!(world.ok("DescribeNetworkInterfaces", &by_address).text("networkInterfaceId"), eni);
    // The model of the network has them too.
    let network = world.ec2.networks(&world.ec2.snapshot()).unwrap().remove(0);
    let addresses: Vec<String> =
        network.interfaces[&eni.as_str().into()].ipv6_addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, [named, assigned[1].clone()]);
    let by_itself = [("SubnetId", subnet.as_str()), ("AssignIpv6AddressOnCreation.Value", "true")];
    world.ok("ModifySubnetAttribute", &by_itself);
    let made = world.ok("CreateNetworkInterface", &[("SubnetId", &subnet)]);
    assert!(made.text("ipv6Address").starts_with(&prefix));
}

#[test]
fn a_subnet_without_a_block_gives_no_address() {
    let world = World::new();
    let (vpc, _) = vpc(&world);
    let subnet = world.subnet(&vpc, "10.0.1.0/24");
    let given = [("SubnetId", subnet.as_str()), ("Ipv6AddressCount", "1")];
    assert!(world.fails("CreateNetworkInterface", &given).starts_with("400 InvalidParameterValue: "));
    let given = [("SubnetId", subnet.as_str()), ("AssignIpv6AddressOnCreation.Value", "true")];
    assert!(world.fails("ModifySubnetAttribute", &given).starts_with("400 InvalidParameterValue: "));
}

#[test]
fn what_nobody_changed_opens_for_ipv6() {
    let world = World::new();
    let plain = world.vpc();
    let entries = |vpc: &str| {
        let given = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc)];
        world.ok("DescribeNetworkAcls", &given).texts("ruleNumber")
    };
    assert_eq!(entries(&plain), ["100", "32767", "100", "32767"]);
    world.ok("AssociateVpcCidrBlock", &[("VpcId", &plain), ("AmazonProvidedIpv6CidrBlock", "true")]);
    assert_eq!(entries(&plain), ["100", "101", "32767", "32768", "100", "101", "32767", "32768"]);
    let group = [("VpcId", plain.as_str()), ("GroupName", "g"), ("GroupDescription", "g")];
    let group = world.ok("CreateSecurityGroup", &group).text("groupId");
    let given = [("GroupId.1", group.as_str())];
    assert_eq!(world.ok("DescribeSecurityGroups", &given).texts("cidrIpv6"), ["::/0"]);
    let default = [
        ("Filter.1.Name", "group-name"),
        ("Filter.1.Value.1", "default"),
        ("Filter.2.Name", "vpc-id"),
        ("Filter.2.Value.1", plain.as_str()),
    ];
    assert_eq!(world.ok("DescribeSecurityGroups", &default).texts("cidrIpv6"), ["::/0"]);
}

#[test]
fn an_egress_only_gateway_is_a_target_of_ipv6_alone() {
    let world = World::new();
    let (vpc, block) = vpc(&world);
    let tagged = [
        ("VpcId", vpc.as_str()),
        ("TagSpecification.1.ResourceType", "egress-only-internet-gateway"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "out"),
    ];
    let made = world.ok("CreateEgressOnlyInternetGateway", &tagged);
    let gateway = made.text("egressOnlyInternetGatewayId");
    assert_eq!((made.text("state"), made.text("value")), ("attached".into(), "out".into()));
    let error = world.fails("CreateEgressOnlyInternetGateway", &[("VpcId", &vpc)]);
    assert!(error.starts_with("400 EgressOnlyInternetGatewayLimitExceeded: "), "{error}");
    let table = world.ok("DescribeRouteTables", &[]);
    assert_eq!(table.texts("destinationIpv6CidrBlock"), [format!("{block}00::/56")]);
    let table = table.text("routeTableId");
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationIpv6CidrBlock", "::/0"),
        ("EgressOnlyInternetGatewayId", &gateway),
    ];
    world.ok("CreateRoute", &route);
    assert!(world.fails("CreateRoute", &route).starts_with("400 RouteAlreadyExists: "));
    let of_ipv4 = [route[0], ("DestinationCidrBlock", "0.0.0.0/0"), route[2]];
    assert!(world.fails("CreateRoute", &of_ipv4).starts_with("400 InvalidParameterValue: "));
    let local = [route[0], ("DestinationIpv6CidrBlock", &format!("{block}00::/56"))];
    assert!(world.fails("DeleteRoute", &local).contains("cannot remove local route"));
    assert_eq!(world.ok("DescribeRouteTables", &[]).texts("state").last().unwrap(), "active");
    let error = world.fails("DeleteVpc", &[("VpcId", &vpc)]);
    assert!(error.starts_with("400 DependencyViolation: "), "{error}");
    world.ok("DeleteEgressOnlyInternetGateway", &[("EgressOnlyInternetGatewayId", &gateway)]);
    assert!(world.ok("DescribeRouteTables", &[]).texts("state").contains(&"blackhole".to_owned()));
    let error = world.fails("DeleteEgressOnlyInternetGateway", &[("EgressOnlyInternetGatewayId", &gateway)]);
    assert!(error.starts_with("400 InvalidGatewayID.NotFound: "), "{error}");
    world.ok("DeleteRoute", &route[..2]);
    world.ok("DeleteVpc", &[("VpcId", &vpc)]);
}
