use crate::world::World;

#[test]
fn an_address_is_allocated_associated_and_released() {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let interface = world.interface(&subnet);
    let made = world.ok("AllocateAddress", &[("Domain", "vpc")]);
    assert_eq!((made.text("publicIp"), made.text("domain")), ("198.19.1.0".into(), "vpc".into()));
    let id = made.text("allocationId");
    let associate = [("AllocationId", id.as_str()), ("NetworkInterfaceId", interface.as_str())];
    assert_eq!(
        world.fails("AssociateAddress", &associate),
        format!("400 Gateway.NotAttached: Network {vpc} is not attached to any internet gateway")
    );
    let gateway = world.gateway(&vpc);
    let association = world.ok("AssociateAddress", &associate).text("associationId");
    let shown = world.ok("DescribeAddresses", &[("AllocationId.1", &id)]);
    assert_eq!(shown.text("associationId"), association);
    assert_eq!(shown.text("privateIpAddress"), "10.0.0.4");
    assert_eq!(world.ok("DescribeNetworkInterfaces", &[]).text("publicIp"), "198.19.1.0");
    assert_eq!(
        world.fails("ReleaseAddress", &[("AllocationId", &id)]),
        "400 InvalidIPAddress.InUse: Address 198.19.1.0 is in use."
    );
    assert!(
        world
            .fails("DetachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)])
            .starts_with(&format!(
                "400 DependencyViolation: Network {vpc} has some mapped public address(es)."
            ))
    );
    world.ok("DisassociateAddress", &[("AssociationId", &association)]);
    world.ok("ReleaseAddress", &[("AllocationId", &id)]);
    assert_eq!(
        world.fails("ReleaseAddress", &[("AllocationId", &id)]),
        format!("400 InvalidAllocationID.NotFound: The allocation ID '{id}' does not exist")
    );
}

#[test]
fn an_address_moves_unless_told_not_to() {
    let world = World::new();
    let vpc = world.vpc();
    world.gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let (first, second) = (world.interface(&subnet), world.interface(&subnet));
    let id = world.address();
    world.ok("AssociateAddress", &[("AllocationId", &id), ("NetworkInterfaceId", &first)]);
    let stay =
        [("AllocationId", id.as_str()), ("NetworkInterfaceId", &second), ("AllowReassociation", "false")];
    assert!(world.fails("AssociateAddress", &stay).starts_with("400 Resource.AlreadyAssociated"));
    world.ok("AssociateAddress", &[("AllocationId", &id), ("NetworkInterfaceId", &second)]);
    assert_eq!(world.ok("DescribeAddresses", &[]).text("networkInterfaceId"), second);
    let attributes =
        world.ok("DescribeAddressesAttribute", &[("AllocationId.1", &id), ("Attribute", "domain-name")]);
    assert_eq!(attributes.text("allocationId"), id);
}

#[test]
fn addresses_are_few() {
    let world = World::new();
    for _ in 0..5 {
        world.address();
    }
    assert_eq!(
        world.fails("AllocateAddress", &[]),
        "400 AddressLimitExceeded: The maximum number of addresses has been reached."
    );
    assert_eq!(
        world.fails("DescribeAddresses", &[("PublicIp.1", "1.2.3.4")]),
        "400 InvalidAddress.NotFound: Address '1.2.3.4' not found."
    );
    let shown = world.ok("DescribeAddresses", &[("PublicIp.1", "198.19.1.3")]);
    assert_eq!(shown.texts("publicIp"), ["198.19.1.3"]);
}

#[test]
fn a_nat_gateway_is_an_interface_with_an_address() {
    let world = World::new();
    let vpc = world.vpc();
    let gateway = world.gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let address = world.address();
    let made = world.ok("CreateNatGateway", &[("SubnetId", &subnet), ("AllocationId", &address)]);
    let nat = made.text("natGatewayId");
    assert_eq!((made.text("state"), made.text("connectivityType")), ("available".into(), "public".into()));
    assert_eq!((made.text("publicIp"), made.text("privateIp")), ("198.19.1.0".into(), "10.0.0.4".into()));
    let interface = world.ok("DescribeNetworkInterfaces", &[]);
    assert_eq!(interface.text("interfaceType"), "nat_gateway");
    assert_eq!(interface.text("description"), format!("Interface for NAT Gateway {nat}"));
    assert_eq!(interface.text("requesterManaged"), "true");
    assert_eq!(interface.text("sourceDestCheck"), "false");
    let association = world.ok("DescribeAddresses", &[]).text("associationId");
    assert!(
        world.fails("DisassociateAddress", &[("AssociationId", &association)]).starts_with("403 AuthFailure")
    );
    assert!(world.fails("DeleteSubnet", &[("SubnetId", &subnet)]).contains("DependencyViolation"));
    let table = world.ok("DescribeRouteTables", &[]).text("routeTableId");
    let route =
        [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("NatGatewayId", &nat)];
    world.ok("CreateRoute", &route);
    world.ok("DeleteNatGateway", &[("NatGatewayId", &nat)]);
    let gone = world.ok("DescribeNatGateways", &[("NatGatewayId.1", &nat)]);
    assert_eq!(gone.text("state"), "deleted");
    assert!(gone.has("deleteTime"));
    assert!(world.ok("DescribeRouteTables", &[]).texts("state").contains(&"blackhole".to_owned()));
    assert_eq!(
        world.fails("DeleteNatGateway", &[("NatGatewayId", &nat)]),
        format!("400 NatGatewayNotFound: NAT gateway {nat} was not found")
    );
    world.ok("ReleaseAddress", &[("AllocationId", &address)]);
    world.ok("DetachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &vpc)]);
    world.ok("DeleteSubnet", &[("SubnetId", &subnet)]);
}

#[test]
fn a_deleted_nat_gateway_is_forgotten_after_an_hour() {
    let mut world = World::new();
    let subnet = world.subnet(&world.vpc(), "10.0.0.0/24");
    let private = [("SubnetId", subnet.as_str()), ("ConnectivityType", "private")];
    let nat = world.ok("CreateNatGateway", &private).text("natGatewayId");
    assert!(world.ok("DescribeNatGateways", &[]).texts("publicIp").is_empty());
    world.ok("DeleteNatGateway", &[("NatGatewayId", &nat)]);
    world.now = world.now.plus_ms(61 * 60 * 1000);
    assert!(world.ok("DescribeNatGateways", &[]).texts("natGatewayId").is_empty());
    assert_eq!(
        world.fails("DescribeNatGateways", &[("NatGatewayId.1", &nat)]),
        format!("400 NatGatewayNotFound: NAT gateway {nat} was not found")
    );
}

#[test]
fn a_public_nat_gateway_needs_an_address_and_a_gateway() {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    assert_eq!(
        world.fails("CreateNatGateway", &[("SubnetId", &subnet)]),
        "400 MissingParameter: The request must include the AllocationId parameter. Add the required parameter and retry the request."
    );
    let address = world.address();
    let create = [("SubnetId", subnet.as_str()), ("AllocationId", &address)];
    assert!(world.fails("CreateNatGateway", &create).starts_with("400 Gateway.NotAttached"));
    world.gateway(&vpc);
    world.ok("CreateNatGateway", &create);
    assert!(world.fails("CreateNatGateway", &create).starts_with("400 Resource.AlreadyAssociated"));
    let interfaces = world.ok("DescribeNetworkInterfaces", &[]).texts("networkInterfaceId");
    assert_eq!(interfaces.len(), 1, "nothing is left of the failed call");
}
