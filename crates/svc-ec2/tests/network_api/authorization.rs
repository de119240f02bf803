use crate::world::World;
use service::testing::Asking;

const ARN: &str = "arn:aws:ec2:us-east-1:000000000000";

#[test]
fn creating_asks_for_the_new_and_for_what_it_is_made_in() {
    let world = World::new();
    let vpc = world.vpc();
    world.asked();
    let tagged = [
        ("VpcId", vpc.as_str()),
        ("CidrBlock", "10.0.0.0/24"),
        ("TagSpecification.1.ResourceType", "subnet"),
        ("TagSpecification.1.Tag.1.Key", "team"),
        ("TagSpecification.1.Tag.1.Value", "a"),
    ];
    world.ok("CreateSubnet", &tagged);
    assert_eq!(
        world.asked(),
        [
            format!("ec2:CreateSubnet {ARN}:subnet/* aws:RequestTag/team=a aws:TagKeys=team"),
            format!(
                "ec2:CreateTags {ARN}:subnet/* aws:RequestTag/team=a aws:TagKeys=team ec2:CreateAction=CreateSubnet"
            ),
            format!("ec2:CreateSubnet {ARN}:vpc/{vpc} ec2:VpcID={vpc} ec2:Tenancy=default"),
        ]
    );
}

#[test]
fn changing_asks_with_the_tags_of_what_is_changed() {
    let world = World::new();
    let vpc = world.vpc();
    world.ok("CreateTags", &[("ResourceId.1", &vpc), ("Tag.1.Key", "team"), ("Tag.1.Value", "a")]);
    assert!(
        world
            .asked()
            .contains(&format!("ec2:CreateTags {ARN}:vpc/{vpc} aws:RequestTag/team=a aws:TagKeys=team"))
    );
    world.ok("DeleteVpc", &[("VpcId", &vpc)]);
    assert_eq!(
        world.asked(),
        [format!(
            "ec2:DeleteVpc {ARN}:vpc/{vpc} aws:ResourceTag/team=a ec2:ResourceTag/team=a ec2:VpcID={vpc} ec2:Tenancy=default"
        )]
    );
    world.ok("DescribeVpcs", &[]);
    assert_eq!(world.asked(), ["ec2:DescribeVpcs *"]);
}

#[test]
fn a_denied_call_changes_nothing() {
    let world = World::new();
    world.deny("ec2:CreateVpc");
    assert_eq!(
        world.fails("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]),
        "403 UnauthorizedOperation: You are not authorized to perform this operation. denied"
    );
    assert!(world.ok("DescribeVpcs", &[]).texts("vpcId").is_empty());
    // Denial comes before DryRun's answer.
    let dry = [("CidrBlock", "10.0.0.0/16"), ("DryRun", "true")];
    assert!(world.fails("CreateVpc", &dry).starts_with("403 UnauthorizedOperation"));
}

#[test]
fn rules_with_tags_need_the_permission_to_tag() {
    let world = World::new();
    let group = world.group(&world.vpc(), "web");
    world.deny("ec2:CreateTags");
    let mut rule = vec![
        ("GroupId", group.as_str()),
        ("IpProtocol", "-1"),
        ("CidrIp", "0.0.0.0/0"),
        ("TagSpecification.1.ResourceType", "security-group-rule"),
        ("TagSpecification.1.Tag.1.Key", "team"),
    ];
    assert!(world.fails("AuthorizeSecurityGroupIngress", &rule).starts_with("403 UnauthorizedOperation"));
    rule.truncate(3);
    world.ok("AuthorizeSecurityGroupIngress", &rule);
}

/// Whoever may not ask does not learn whether the thing exists.
#[test]
fn denial_comes_before_what_is_not_there() {
    let world = World::new();
    for (operation, parameters) in [
        ("DeleteVpc", vec![("VpcId", "vpc-0")]),
        ("CreateNatGateway", vec![]),
        ("DisassociateRouteTable", vec![("AssociationId", "rtbassoc-0")]),
        ("ReplaceRouteTableAssociation", vec![("AssociationId", "rtbassoc-0"), ("RouteTableId", "rtb-0")]),
        ("DisassociateAddress", vec![("AssociationId", "eipassoc-0")]),
        ("CreateTags", vec![("ResourceId.1", "vpc-0"), ("Tag.1.Key", "k")]),
        ("DeleteTags", vec![("ResourceId.1", "nonsense")]),
        ("ReleaseAddress", vec![("AllocationId", "eipalloc-0")]),
        ("DescribeVpcAttribute", vec![("VpcId", "vpc-0"), ("Attribute", "enableDnsSupport")]),
    ] {
        world.deny(&format!("ec2:{operation}"));
        let error = world.fails(operation, &parameters);
        assert!(error.starts_with("403 UnauthorizedOperation"), "{operation}: {error}");
    }
}

#[test]
fn operations_ask_as_the_reference_says() {
    let world = World::new();
    let registry = svc_ec2::ops::registry(world.ec2.clone());
    // Where none is named, RunInstances takes the default ones.
    let samples = [
        ("CidrBlock", "10.0.0.0/16"),
        ("RunInstances.ImageId", "ami-1"),
        ("RunInstances.SubnetId", "subnet-1"),
        ("RunInstances.SecurityGroupIds", "sg-1"),
    ];
    let asking = Asking { registry: &registry, call: &world.frame(), samples: &samples, free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}

/// Where something is, and what it is made in, can be asked of in a condition.
#[test]
fn keys_tell_the_place() {
    let world = World::new();
    let vpc = world.vpc();
    let (subnet, group) = (world.subnet(&vpc, "10.0.1.0/24"), world.group(&vpc, "g"));
    world.asked();
    world.interface(&subnet);
    assert_eq!(
        world.asked(),
        [
            format!("ec2:CreateNetworkInterface {ARN}:network-interface/*"),
            format!(
                "ec2:CreateNetworkInterface {ARN}:subnet/{subnet} ec2:SubnetID={subnet} ec2:AvailabilityZone=us-east-1a ec2:Vpc={ARN}:vpc/{vpc}"
            ),
        ]
    );
    world.ok("DeleteSecurityGroup", &[("GroupId", &group)]);
    assert_eq!(
        world.asked(),
        [format!(
            "ec2:DeleteSecurityGroup {ARN}:security-group/{group} ec2:SecurityGroupID={group} ec2:Vpc={ARN}:vpc/{vpc}"
        )]
    );
}
