use crate::world::World;

const SECRETS: &str = "com.amazonaws.us-east-1.secretsmanager";

struct Fixture {
    world: World,
    vpc: String,
    subnet: String,
    group: String,
}

fn fixture() -> Fixture {
    let world = World::new();
    let vpc = world.vpc();
    world.ok("ModifyVpcAttribute", &[("VpcId", &vpc), ("EnableDnsHostnames.Value", "true")]);
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let group = world.group(&vpc, "endpoint");
    Fixture { world, vpc, subnet, group }
}

impl Fixture {
    fn parameters<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut all = vec![
            ("VpcId", self.vpc.as_str()),
            ("VpcEndpointType", "Interface"),
            ("ServiceName", SECRETS),
            ("SubnetId.1", &self.subnet),
            ("SecurityGroupId.1", &self.group),
        ];
        all.extend(more);
        all
    }

    fn create(&self) -> String {
        self.world.ok("CreateVpcEndpoint", &self.parameters(&[])).text("vpcEndpointId")
    }
}

#[test]
fn an_endpoint_is_an_interface_in_each_subnet() {
    let f = fixture();
    let made = f.world.ok("CreateVpcEndpoint", &f.parameters(&[]));
    let id = made.text("vpcEndpointId");
    assert_eq!((made.text("state"), made.text("vpcEndpointType")), ("available".into(), "Interface".into()));
    assert_eq!(made.text("privateDnsEnabled"), "true");
    let names = made.texts("dnsName");
    assert!(names[0].starts_with(&id) && names[0].ends_with(".secretsmanager.us-east-1.vpce.amazonaws.com"));
    assert!(names[1].contains("-us-east-1a.secretsmanager."));
    assert_eq!(names[2], "secretsmanager.us-east-1.amazonaws.com");
    assert!(made.text("policyDocument").contains("\"Effect\": \"Allow\""));
    let interface = f.world.ok("DescribeNetworkInterfaces", &[]);
    assert_eq!(interface.text("interfaceType"), "vpc_endpoint");
    assert_eq!(interface.text("description"), format!("VPC Endpoint Interface {id}"));
    assert_eq!(interface.text("groupId"), f.group);
    assert!(f.world.fails("DeleteSecurityGroup", &[("GroupId", &f.group)]).contains("DependencyViolation"));
    assert!(f.world.fails("DeleteVpc", &[("VpcId", &f.vpc)]).contains("DependencyViolation"));
    let view = f.world.ec2.endpoint(&f.world.ec2.snapshot(), &id.as_str().into()).unwrap().unwrap();
    assert_eq!(view.service_name, SECRETS);
    assert_eq!(view.addresses[0].address.to_string(), "10.0.0.4");
    assert_eq!(view.private_dns_names, ["secretsmanager.us-east-1.amazonaws.com"]);
    assert!(view.policy.is_none());
    let deleted = f
        .world
        .ok("DeleteVpcEndpoints", &[("VpcEndpointId.1", &id), ("VpcEndpointId.2", "vpce-0123456789abcdef0")]);
    assert_eq!(deleted.text("code"), "InvalidVpcEndpointId.NotFound");
    assert_eq!(
        f.world.fails("DescribeVpcEndpoints", &[("VpcEndpointId.1", &id)]),
        format!("400 InvalidVpcEndpointId.NotFound: The Vpc Endpoint Id '{id}' does not exist")
    );
    assert!(f.world.ok("DescribeNetworkInterfaces", &[]).texts("networkInterfaceId").is_empty());
}

#[test]
fn private_dns_needs_both_attributes_and_a_free_name() {
    let f = fixture();
    f.create();
    assert_eq!(
        f.world.fails("CreateVpcEndpoint", &f.parameters(&[])),
        format!(
            "400 InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for secretsmanager.us-east-1.amazonaws.com in the VPC {}",
            f.vpc
        )
    );
    f.world.ok("CreateVpcEndpoint", &f.parameters(&[("PrivateDnsEnabled", "false")]));
    f.world.ok("ModifyVpcAttribute", &[("VpcId", &f.vpc), ("EnableDnsHostnames.Value", "false")]);
    let mut logs = f.parameters(&[]);
    logs[2].1 = "com.amazonaws.us-east-1.logs";
    assert_eq!(
        f.world.fails("CreateVpcEndpoint", &logs),
        format!(
            "400 InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {}",
            f.vpc
        )
    );
    for view in f.world.ec2.endpoints(&f.world.ec2.snapshot()).unwrap() {
        assert!(view.private_dns_names.is_empty(), "names resolve only while the VPC gives host names");
    }
}

#[test]
fn endpoints_lead_to_services_that_exist() {
    let f = fixture();
    let mut unknown = f.parameters(&[]);
    unknown[2].1 = "com.amazonaws.us-east-1.nonsense";
    assert_eq!(
        f.world.fails("CreateVpcEndpoint", &unknown),
        "400 InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.nonsense' does not exist"
    );
    let mut gateway = f.parameters(&[]);
    gateway[1].1 = "Gateway";
    assert!(f.world.fails("CreateVpcEndpoint", &gateway).contains("is not supported for Gateway endpoints"));
    let services = f.world.ok("DescribeVpcEndpointServices", &[("ServiceName.1", SECRETS)]);
    assert_eq!(services.text("privateDnsName"), "secretsmanager.us-east-1.amazonaws.com");
}

#[test]
fn an_endpoint_has_one_subnet_in_a_zone() {
    let f = fixture();
    let same = f.world.subnet(&f.vpc, "10.0.1.0/24");
    assert_eq!(
        f.world.fails("CreateVpcEndpoint", &f.parameters(&[("SubnetId.2", &same)])),
        format!(
            "400 DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone of {same}"
        )
    );
    assert!(
        f.world.ok("DescribeNetworkInterfaces", &[]).texts("networkInterfaceId").is_empty(),
        "nothing half made"
    );
    let other = [("VpcId", f.vpc.as_str()), ("CidrBlock", "10.0.2.0/24"), ("AvailabilityZone", "us-east-1b")];
    let other = f.world.ok("CreateSubnet", &other).text("subnetId");
    let id = f.create();
    f.world.ok("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("AddSubnetId.1", &other)]);
    let shown = f.world.ok("DescribeVpcEndpoints", &[]);
    assert_eq!(shown.text("networkInterfaceIdSet").matches("eni-").count(), 2);
    f.world.ok("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("RemoveSubnetId.1", &f.subnet)]);
    assert_eq!(f.world.ok("DescribeNetworkInterfaces", &[]).texts("subnetId"), [other]);
}

#[test]
fn policies_and_groups_are_modified() {
    let f = fixture();
    let id = f.create();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;
    f.world.ok("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("PolicyDocument", policy)]);
    assert_eq!(f.world.ok("DescribeVpcEndpoints", &[]).text("policyDocument"), policy);
    let view = f.world.ec2.endpoint(&f.world.ec2.snapshot(), &id.as_str().into()).unwrap().unwrap();
    assert_eq!(view.policy.unwrap().text(), policy);
    f.world.ok("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("ResetPolicy", "true")]);
    assert!(f.world.ok("DescribeVpcEndpoints", &[]).text("policyDocument").contains("\"Effect\": \"Allow\""));
    assert!(
        f.world
            .fails("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("PolicyDocument", "{")])
            .starts_with("400 InvalidPolicyDocument")
    );
    let group = f.world.group(&f.vpc, "second");
    let regroup = [
        ("VpcEndpointId", id.as_str()),
        ("AddSecurityGroupId.1", &group),
        ("RemoveSecurityGroupId.1", &f.group),
    ];
    f.world.ok("ModifyVpcEndpoint", &regroup);
    assert_eq!(f.world.ok("DescribeNetworkInterfaces", &[]).texts("groupName"), ["second"]);
    assert_eq!(f.world.ok("DescribeVpcEndpoints", &[]).texts("groupName"), ["second"]);
    f.world.ok("DeleteSecurityGroup", &[("GroupId", &f.group)]);
}
