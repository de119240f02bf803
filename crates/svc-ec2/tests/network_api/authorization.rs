use crate::world::World;

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
            format!("ec2:CreateSubnet {ARN}:vpc/{vpc}"),
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
        [format!("ec2:DeleteVpc {ARN}:vpc/{vpc} aws:ResourceTag/team=a ec2:ResourceTag/team=a")]
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
