//! Gateway endpoints and the routes that they make.

use crate::world::World;

const S3: &str = "com.amazonaws.us-east-1.s3";
const LIST: &str = "pl-63a5400a";

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
    fn parameters<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut all = vec![("VpcId", self.vpc.as_str()), ("ServiceName", S3)];
        all.extend(more);
        all
    }

    fn create(&self, more: &[(&str, &str)]) -> String {
        self.world.ok("CreateVpcEndpoint", &self.parameters(more)).text("vpcEndpointId")
    }

    /// Destination, target and state of the table's routes.
    fn routes(&self) -> String {
        let shown = self.world.ok("DescribeRouteTables", &[("RouteTableId.1", &self.table)]);
        let lists = shown.texts("destinationPrefixListId").join(" ");
        format!("{lists}: {}", shown.texts("gatewayId").join(" "))
    }

    /// Whether the model leads an address of the list to the endpoint.
    fn target(&self) -> Option<vpc::Target> {
        let network = self.world.ec2.networks(&self.world.ec2.snapshot()).unwrap().remove(0);
        let found = network.route(&self.table.as_str().into(), std::net::Ipv4Addr::new(198, 18, 1, 1));
        found.map(|(_, target)| target)
    }
}

#[test]
fn an_endpoint_is_a_route_in_each_table() {
    let f = fixture();
    let made = f.world.ok("CreateVpcEndpoint", &f.parameters(&[("RouteTableId.1", &f.table)]));
    let id = made.text("vpcEndpointId");
    assert_eq!((made.text("vpcEndpointType"), made.text("state")), ("Gateway".into(), "available".into()));
    assert_eq!(made.text("privateDnsEnabled"), "false");
    assert!(made.texts("dnsName").is_empty() && made.texts("networkInterfaceId").is_empty());
    assert!(made.text("policyDocument").contains("\"Version\":\"2008-10-17\""));
    assert_eq!(f.routes(), format!("{LIST}: local {id}"));
    assert_eq!(f.target(), Some(vpc::Target::VpcEndpoint(id.as_str().into())));
    assert!(f.world.fails("DeleteVpc", &[("VpcId", &f.vpc)]).contains("DependencyViolation"));

    let other = f.world.ok("CreateRouteTable", &[("VpcId", &f.vpc)]).text("routeTableId");
    f.world.ok("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("AddRouteTableId.1", &other)]);
    let shown = || f.world.ok("DescribeVpcEndpoints", &[("VpcEndpointId.1", &id)]).0;
    assert!(shown().contains(&other) && shown().contains(&f.table));
    f.world.ok("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("RemoveRouteTableId.1", &f.table)]);
    assert!(shown().contains(&other) && !shown().contains(&f.table));
    assert_eq!(f.routes(), ": local");
    assert_eq!(f.target(), None);
    f.world.ok("DeleteRouteTable", &[("RouteTableId", &other)]);
    assert!(!shown().contains(&other), "a table that is gone is in no endpoint");
    f.world.ok("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("AddRouteTableId.1", &f.table)]);
    f.world.ok("DeleteVpcEndpoints", &[("VpcEndpointId.1", &id)]);
    assert_eq!(f.routes(), ": local");
}

#[test]
fn a_policy_is_kept_and_reset() {
    let f = fixture();
    let deny = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
    let id = f.create(&[("PolicyDocument", deny)]);
    let policy =
        || f.world.ec2.endpoint(&f.world.ec2.snapshot(), &id.as_str().into()).unwrap().unwrap().policy;
    assert!(policy().is_some());
    f.world.ok("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("ResetPolicy", "true")]);
    assert!(policy().is_none());
    f.world.ok("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("PolicyDocument", deny)]);
    assert!(policy().is_some());
    let wrong = [("VpcEndpointId", id.as_str()), ("PolicyDocument", "{")];
    assert!(f.world.fails("ModifyVpcEndpoint", &wrong).starts_with("400 InvalidPolicyDocument"));
}

#[test]
fn its_routes_are_its_own() {
    let f = fixture();
    let id = f.create(&[("RouteTableId.1", &f.table)]);
    let route = [("RouteTableId", f.table.as_str()), ("DestinationPrefixListId", LIST), ("GatewayId", &id)];
    let made_by_it =
        "400 InvalidParameterValue: Cannot create or replace a prefix list route targeting a VPC Endpoint.";
    for operation in ["CreateRoute", "ReplaceRoute"] {
        assert_eq!(f.world.fails(operation, &route), made_by_it, "{operation}");
    }
    assert_eq!(
        f.world.fails("DeleteRoute", &route[..2]),
        format!(
            "400 InvalidParameterValue: cannot remove VPC endpoint route {id} in route table {}",
            f.table
        )
    );
    let gateway = f.world.gateway(&f.vpc);
    let replace =
        [("RouteTableId", f.table.as_str()), ("DestinationPrefixListId", LIST), ("GatewayId", &gateway)];
    assert_eq!(f.world.fails("ReplaceRoute", &replace), made_by_it);
    let second = f.world.fails("CreateVpcEndpoint", &f.parameters(&[("RouteTableId.1", &f.table)]));
    assert_eq!(
        second,
        format!(
            "400 RouteAlreadyExists: route table {} already has a route with destination-prefix-list-id {LIST}",
            f.table
        )
    );
}

#[test]
fn what_a_gateway_endpoint_has_not_is_refused() {
    let f = fixture();
    let subnet = f.world.subnet(&f.vpc, "10.0.0.0/24");
    let fails = |more: &[(&str, &str)]| f.world.fails("CreateVpcEndpoint", &f.parameters(more));
    assert!(fails(&[("SubnetId.1", &subnet)]).starts_with("400 InvalidParameter: The parameter SubnetIds"));
    assert!(fails(&[("PrivateDnsEnabled", "true")]).starts_with("400 InvalidParameter"));
    assert!(fails(&[("VpcEndpointType", "Interface")]).starts_with("501 NotImplemented"));
    assert!(
        fails(&[("RouteTableId.1", "rtb-0123456789abcdef0")]).starts_with("400 InvalidRouteTableID.NotFound")
    );
    let secrets = [("VpcId", f.vpc.as_str()), ("ServiceName", "com.amazonaws.us-east-1.secretsmanager")];
    assert_eq!(
        f.world.fails("CreateVpcEndpoint", &secrets),
        "400 InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface])."
    );
    let id = f.create(&[]);
    let add = [("VpcEndpointId", id.as_str()), ("AddSubnetId.1", &subnet)];
    assert!(f.world.fails("ModifyVpcEndpoint", &add).starts_with("400 InvalidParameter"));
    let foreign = f.world.ok("CreateVpc", &[("CidrBlock", "10.9.0.0/16")]).text("vpcId");
    let foreign = f.world.ok("CreateRouteTable", &[("VpcId", &foreign)]).text("routeTableId");
    let add = [("VpcEndpointId", id.as_str()), ("AddRouteTableId.1", &foreign)];
    assert!(f.world.fails("ModifyVpcEndpoint", &add).contains("belong to different networks"));
}

#[test]
fn the_services_are_shown_with_their_type() {
    let f = fixture();
    let shown = f.world.ok("DescribeVpcEndpointServices", &[("ServiceName.1", S3)]);
    assert_eq!((shown.text("serviceType"), shown.text("serviceName")), ("Gateway".into(), S3.into()));
    let gateways = [("Filter.1.Name", "service-type"), ("Filter.1.Value.1", "Gateway")];
    let all = f.world.ok("DescribeVpcEndpointServices", &gateways);
    assert_eq!(all.texts("serviceName"), ["com.amazonaws.us-east-1.dynamodb", S3]);
}
