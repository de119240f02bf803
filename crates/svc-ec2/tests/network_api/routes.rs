use crate::world::World;

struct Fixture {
    world: World,
    vpc: String,
    table: String,
}

fn fixture() -> Fixture {
    let world = World::new();
    let vpc = world.vpc();
    let table = world.ok("CreateRouteTable", &[("VpcId", &vpc)]).text("routeTableId");
    Fixture { world, vpc, table }
}

impl Fixture {
    fn route(&self, destination: &str, key: &str, target: &str) -> Vec<(String, String)> {
        [("RouteTableId", self.table.as_str()), ("DestinationCidrBlock", destination), (key, target)]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .to_vec()
    }

    fn create(&self, destination: &str, key: &str, target: &str) {
        let route = self.route(destination, key, target);
        self.world.ok("CreateRoute", &pairs(&route));
    }

    fn refused(&self, operation: &str, destination: &str, key: &str, target: &str) -> String {
        let route = self.route(destination, key, target);
        self.world.fails(operation, &pairs(&route))
    }

    fn states(&self) -> Vec<String> {
        let shown = self.world.ok("DescribeRouteTables", &[("RouteTableId.1", &self.table)]);
        shown
            .text("routeSet")
            .split("<state>")
            .skip(1)
            .filter_map(|s| Some(s.split_once('<')?.0.to_owned()))
            .collect()
    }
}

fn pairs(owned: &[(String, String)]) -> Vec<(&str, &str)> {
    owned.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect()
}

#[test]
fn a_route_to_a_gateway_is_active_until_the_gateway_is_gone() {
    let f = fixture();
    let gateway = f.world.gateway(&f.vpc);
    f.create("0.0.0.0/0", "GatewayId", &gateway);
    assert_eq!(f.states(), ["active", "active"]);
    f.world.ok("DetachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &f.vpc)]);
    assert_eq!(f.states(), ["active", "blackhole"]);
    f.world.ok("DeleteRoute", &[("RouteTableId", &f.table), ("DestinationCidrBlock", "0.0.0.0/0")]);
    assert_eq!(f.states(), ["active"]);
}

#[test]
fn routes_are_unique_and_local_ones_stay() {
    let f = fixture();
    let gateway = f.world.gateway(&f.vpc);
    f.create("0.0.0.0/0", "GatewayId", &gateway);
    assert_eq!(
        f.refused("CreateRoute", "0.0.0.0/0", "GatewayId", &gateway),
        "400 RouteAlreadyExists: The route identified by 0.0.0.0/0 already exists."
    );
    assert_eq!(
        f.refused("CreateRoute", "10.0.0.0/16", "GatewayId", &gateway),
        "400 RouteAlreadyExists: The route identified by 10.0.0.0/16 already exists."
    );
    assert!(f.refused("CreateRoute", "10.0.1.0/24", "GatewayId", &gateway).starts_with(
        "400 InvalidParameterValue: The destination CIDR block 10.0.1.0/24 is equal to or more specific"
    ));
    assert_eq!(
        f.refused("DeleteRoute", "10.0.0.0/16", "DryRun", "false"),
        format!(
            "400 InvalidParameterValue: cannot remove local route 10.0.0.0/16 in route table {}",
            f.table
        )
    );
    assert_eq!(
        f.refused("DeleteRoute", "9.0.0.0/8", "DryRun", "false"),
        format!(
            "400 InvalidRoute.NotFound: no route with destination-cidr-block 9.0.0.0/8 in route table {}",
            f.table
        )
    );
    assert_eq!(
        f.refused("ReplaceRoute", "9.0.0.0/8", "GatewayId", &gateway),
        "400 InvalidParameterValue: There is no route defined for '9.0.0.0/8' in the route table. Use CreateRoute instead."
    );
}

#[test]
fn targets_exist_in_the_same_network() {
    let f = fixture();
    let loose = f.world.ok("CreateInternetGateway", &[]).text("internetGatewayId");
    assert_eq!(
        f.refused("CreateRoute", "0.0.0.0/0", "GatewayId", &loose),
        format!(
            "400 InvalidParameterValue: route table {} and network gateway {loose} belong to different networks",
            f.table
        )
    );
    for (key, id, code) in [
        ("GatewayId", "igw-0123456789abcdef0", "InvalidGatewayID.NotFound"),
        ("GatewayId", "vgw-0123456789abcdef0", "InvalidVpnGatewayID.NotFound"),
        ("NatGatewayId", "nat-0123456789abcdef0", "InvalidNatGatewayID.NotFound"),
        ("NetworkInterfaceId", "eni-0123456789abcdef0", "InvalidNetworkInterfaceID.NotFound"),
        ("InstanceId", "i-0123456789abcdef0", "InvalidInstanceID.NotFound"),
        ("VpcPeeringConnectionId", "pcx-0123456789abcdef0", "InvalidVpcPeeringConnectionID.NotFound"),
    ] {
        let error = f.refused("CreateRoute", "0.0.0.0/0", key, id);
        assert!(error.starts_with(&format!("400 {code}: ")), "{error}");
    }
    assert_eq!(
        f.refused("CreateRoute", "nonsense", "GatewayId", &loose),
        "400 InvalidParameterValue: Value (nonsense) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block."
    );
    assert_eq!(
        f.world.fails("CreateRoute", &[("RouteTableId", &f.table), ("GatewayId", &loose)]),
        "400 MissingParameter: The request must contain the parameter destinationCidrBlock"
    );
}

#[test]
fn a_route_is_replaced() {
    let f = fixture();
    let gateway = f.world.gateway(&f.vpc);
    f.create("0.0.0.0/0", "GatewayId", &gateway);
    let interface = f.world.interface(&f.world.subnet(&f.vpc, "10.0.0.0/24"));
    let route = f.route("0.0.0.0/0", "NetworkInterfaceId", &interface);
    f.world.ok("ReplaceRoute", &pairs(&route));
    let shown = f.world.ok("DescribeRouteTables", &[("RouteTableId.1", &f.table)]);
    assert_eq!(shown.text("networkInterfaceId"), interface);
    // Nothing is behind an interface that is not attached.
    assert_eq!(f.states(), ["active", "blackhole"]);
}

#[test]
fn a_subnet_has_one_table() {
    let f = fixture();
    let subnet = f.world.subnet(&f.vpc, "10.0.0.0/24");
    let associate = |table: &str| {
        vec![("RouteTableId".to_owned(), table.to_owned()), ("SubnetId".to_owned(), subnet.clone())]
    };
    let first = f.world.ok("AssociateRouteTable", &pairs(&associate(&f.table)));
    assert_eq!(first.text("state"), "associated");
    let association = first.text("associationId");
    assert_eq!(
        f.world.ok("AssociateRouteTable", &pairs(&associate(&f.table))).text("associationId"),
        association
    );
    let other = f.world.ok("CreateRouteTable", &[("VpcId", &f.vpc)]).text("routeTableId");
    assert_eq!(
        f.world.fails("AssociateRouteTable", &pairs(&associate(&other))),
        format!(
            "400 Resource.AlreadyAssociated: the specified association for route table {other} conflicts with an existing association"
        )
    );
    assert_eq!(
        f.world.fails("DeleteRouteTable", &[("RouteTableId", &f.table)]),
        format!(
            "400 DependencyViolation: The routeTable '{}' has dependencies and cannot be deleted.",
            f.table
        )
    );
    let moved = f
        .world
        .ok("ReplaceRouteTableAssociation", &[("AssociationId", &association), ("RouteTableId", &other)])
        .text("newAssociationId");
    assert_ne!(moved, association);
    f.world.ok("DeleteRouteTable", &[("RouteTableId", &f.table)]);
    f.world.ok("DisassociateRouteTable", &[("AssociationId", &moved)]);
    assert_eq!(
        f.world.fails("DisassociateRouteTable", &[("AssociationId", &moved)]),
        format!("400 InvalidAssociationID.NotFound: The association ID '{moved}' does not exist")
    );
}

#[test]
fn the_main_association_moves_but_stays() {
    let f = fixture();
    let filter = [("Filter.1.Name", "association.main"), ("Filter.1.Value.1", "true")];
    let main = f.world.ok("DescribeRouteTables", &filter).text("routeTableAssociationId");
    assert_eq!(
        f.world.fails("DisassociateRouteTable", &[("AssociationId", &main)]),
        format!("400 InvalidParameterValue: cannot disassociate the main route table association {main}")
    );
    f.world.ok("ReplaceRouteTableAssociation", &[("AssociationId", &main), ("RouteTableId", &f.table)]);
    assert_eq!(f.world.ok("DescribeRouteTables", &filter).text("routeTableId"), f.table);
}

#[test]
fn a_repeated_token_makes_one_table() {
    let f = fixture();
    let once = [("VpcId", f.vpc.as_str()), ("ClientToken", "abc")];
    let first = f.world.ok("CreateRouteTable", &once).text("routeTableId");
    assert_eq!(f.world.ok("CreateRouteTable", &once).text("routeTableId"), first);
}

#[test]
fn gateways_are_attached_once() {
    let f = fixture();
    let gateway = f.world.gateway(&f.vpc);
    let attach = [("InternetGatewayId", gateway.as_str()), ("VpcId", f.vpc.as_str())];
    assert_eq!(
        f.world.fails("AttachInternetGateway", &attach),
        format!(
            "400 Resource.AlreadyAssociated: resource {gateway} is already attached to network {}",
            f.vpc
        )
    );
    let other = f.world.ok("CreateInternetGateway", &[]).text("internetGatewayId");
    let second = [("InternetGatewayId", other.as_str()), ("VpcId", f.vpc.as_str())];
    assert!(
        f.world.fails("AttachInternetGateway", &second).contains("already has an internet gateway attached")
    );
    assert_eq!(
        f.world.fails("DetachInternetGateway", &second),
        format!("400 Gateway.NotAttached: resource {other} is not attached to network {}", f.vpc)
    );
    assert_eq!(
        f.world.fails("DeleteInternetGateway", &[("InternetGatewayId", &gateway)]),
        format!(
            "400 DependencyViolation: The internetGateway '{gateway}' has dependencies and cannot be deleted."
        )
    );
    f.world.ok("DeleteInternetGateway", &[("InternetGatewayId", &other)]);
    assert_eq!(f.world.ok("DescribeInternetGateways", &[]).texts("internetGatewayId"), [gateway]);
}
