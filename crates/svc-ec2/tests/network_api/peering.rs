//! VPC peering connections between VPCs of one account, of two, and of two regions.

use crate::world::World;
use base::Scope;

fn vpc(world: &World, cidr: &str) -> String {
    world.ok("CreateVpc", &[("CidrBlock", cidr)]).text("vpcId")
}

/// Two VPCs with an active connection.
fn peered(world: &World) -> (String, String, String) {
    let (one, other) = (vpc(world, "10.0.0.0/16"), vpc(world, "10.1.0.0/16"));
    let made = world.ok("CreateVpcPeeringConnection", &[("VpcId", &one), ("PeerVpcId", &other)]);
    assert_eq!(made.text("code"), "initiating-request");
    let id = made.text("vpcPeeringConnectionId");
    let accepted = world.ok("AcceptVpcPeeringConnection", &[("VpcPeeringConnectionId", &id)]);
    assert_eq!(accepted.text("code"), "provisioning");
    (one, other, id)
}

fn code(world: &World) -> String {
    world.ok("DescribeVpcPeeringConnections", &[]).text("code")
}

fn table_of(world: &World, vpc: &str) -> String {
    let of = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc)];
    world.ok("DescribeRouteTables", &of).text("routeTableId")
}

#[test]
fn a_connection_lives_from_request_to_deletion() {
    let world = World::new();
    let (one, other, id) = peered(&world);
    assert_eq!(code(&world), "active");
    let (from, to) = (table_of(&world, &one), table_of(&world, &other));
    for (table, cidr) in [(&from, "10.1.0.0/16"), (&to, "10.0.0.0/16")] {
        let route = [
            ("RouteTableId", table.as_str()),
            ("DestinationCidrBlock", cidr),
            ("VpcPeeringConnectionId", &id),
        ];
        world.ok("CreateRoute", &route);
    }
    let network = world.ec2.network(&world.ec2.snapshot(), &one.clone().into()).unwrap().unwrap();
    assert_eq!(network.peerings[&id.clone().into()].vpc.as_str(), other);
    assert!(world.fails("DeleteVpc", &[("VpcId", &one)]).starts_with("400 DependencyViolation"));
    let again = world.fails("CreateVpcPeeringConnection", &[("VpcId", &other), ("PeerVpcId", &one)]);
    assert!(again.starts_with("400 VpcPeeringConnectionAlreadyExists"), "{again}");
    world.ok("DeleteVpcPeeringConnection", &[("VpcPeeringConnectionId", &id)]);
    assert_eq!(code(&world), "deleted");
    let routes = world.ok("DescribeRouteTables", &[("RouteTableId.1", &from)]);
    assert_eq!(routes.texts("state"), ["associated", "active", "blackhole"]);
    let network = world.ec2.network(&world.ec2.snapshot(), &one.clone().into()).unwrap().unwrap();
    assert!(network.peerings.is_empty());
    assert_eq!(
        world.fails("DeleteVpcPeeringConnection", &[("VpcPeeringConnectionId", &id)]),
        format!(
            "400 InvalidStateTransition: Invalid state transition for {id}, attempted to transition from deleted to deleting"
        )
    );
    world.ok("DeleteVpc", &[("VpcId", &one)]);
}

#[test]
fn what_cannot_be_peered_fails() {
    let world = World::new();
    let (one, same) = (vpc(&world, "10.0.0.0/16"), vpc(&world, "10.0.128.0/24"));
    world.ok("CreateVpcPeeringConnection", &[("VpcId", &one), ("PeerVpcId", &same)]);
    assert_eq!(code(&world), "failed");
    let itself = world.fails("CreateVpcPeeringConnection", &[("VpcId", &one), ("PeerVpcId", &one)]);
    assert!(itself.starts_with("400 InvalidParameterValue"), "{itself}");
    assert_eq!(
        world.fails("CreateVpcPeeringConnection", &[("VpcId", &one), ("PeerVpcId", "vpc-0")]),
        "400 InvalidVpcID.NotFound: The vpc ID 'vpc-0' does not exist"
    );
    assert_eq!(
        world.fails("AcceptVpcPeeringConnection", &[("VpcPeeringConnectionId", "pcx-0")]),
        "400 InvalidVpcPeeringConnectionID.NotFound: The vpcPeeringConnection ID 'pcx-0' does not exist"
    );
}

#[test]
fn requests_are_rejected_or_expire() {
    let mut world = World::new();
    let (one, other) = (vpc(&world, "10.0.0.0/16"), vpc(&world, "10.1.0.0/16"));
    let ask = |world: &World| {
        let made = world.ok("CreateVpcPeeringConnection", &[("VpcId", &one), ("PeerVpcId", &other)]);
        made.text("vpcPeeringConnectionId")
    };
    let id = ask(&world);
    world.ok("RejectVpcPeeringConnection", &[("VpcPeeringConnectionId", &id)]);
    assert_eq!(code(&world), "rejected");
    let id = ask(&world);
    world.now = base::Timestamp(world.now.millis() + 8 * 24 * 60 * 60 * 1000);
    let filter = [("Filter.1.Name", "status-code"), ("Filter.1.Value.1", "expired")];
    assert_eq!(world.ok("DescribeVpcPeeringConnections", &filter).text("vpcPeeringConnectionId"), id);
    let late = world.fails("AcceptVpcPeeringConnection", &[("VpcPeeringConnectionId", &id)]);
    assert!(late.contains("from expired to provisioning"), "{late}");
}

#[test]
fn only_the_accepter_accepts() {
    let mut world = World::new();
    let home = world.scope.clone();
    let one = vpc(&world, "10.0.0.0/16");
    let away = Scope { account: "111122223333".parse().unwrap(), region: "eu-west-1".parse().unwrap() };
    world.scope = away.clone();
    let other = vpc(&world, "10.1.0.0/16");
    world.scope = home.clone();
    let parameters = [
        ("VpcId", one.as_str()),
        ("PeerVpcId", &other),
        ("PeerOwnerId", "111122223333"),
        ("PeerRegion", "eu-west-1"),
    ];
    let made = world.ok("CreateVpcPeeringConnection", &parameters);
    let id = made.text("vpcPeeringConnectionId");
    let accept = [("VpcPeeringConnectionId", id.as_str())];
    assert_eq!(
        world.fails("AcceptVpcPeeringConnection", &accept),
        format!("400 OperationNotPermitted: User (000000000000) cannot accept peering {id}")
    );
    world.scope = away;
    world.ok("CreateTags", &[("ResourceId.1", &id), ("Tag.1.Key", "side"), ("Tag.1.Value", "accepter")]);
    world.ok("AcceptVpcPeeringConnection", &accept);
    assert_eq!(world.ok("DescribeVpcPeeringConnections", &[]).text("value"), "accepter");
    world.scope = home;
    let seen = world.ok("DescribeVpcPeeringConnections", &[]);
    assert_eq!(seen.text("code"), "active");
    assert!(seen.texts("value").is_empty(), "tags are each end's own");
    let network = world.ec2.network(&world.ec2.snapshot(), &one.clone().into()).unwrap().unwrap();
    assert_eq!(network.peerings[&id.into()].vpc.as_str(), other);
}

#[test]
fn rules_name_groups_of_a_peered_vpc() {
    let world = World::new();
    let (one, other, id) = peered(&world);
    let (mine, theirs) = (world.group(&one, "db"), world.group(&other, "app"));
    let rule = [
        ("GroupId", mine.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "5432"),
        ("IpPermissions.1.ToPort", "5432"),
        ("IpPermissions.1.Groups.1.GroupId", &theirs),
    ];
    world.ok("AuthorizeSecurityGroupIngress", &rule);
    let shown = world.ok("DescribeSecurityGroups", &[("GroupId.1", &mine)]);
    assert_eq!(shown.text("vpcPeeringConnectionId"), id);
    assert_eq!(shown.text("peeringStatus"), "active");
    let references = world.ok("DescribeSecurityGroupReferences", &[("GroupId.1", &theirs)]);
    assert_eq!(references.text("referencingVpcId"), one);
    let stale = || world.ok("DescribeStaleSecurityGroups", &[("VpcId", &one)]).texts("groupName");
    assert!(stale().is_empty());
    world.ok("DeleteVpcPeeringConnection", &[("VpcPeeringConnectionId", &id)]);
    assert_eq!(stale(), ["db"]);
    assert!(!world.ok("DescribeSecurityGroupReferences", &[("GroupId.1", &theirs)]).has("referencingVpcId"));
    world.ok("DeleteSecurityGroup", &[("GroupId", &theirs)]);
    world.ok("RevokeSecurityGroupIngress", &rule);
    assert!(stale().is_empty());
    let error = world.fails("AuthorizeSecurityGroupIngress", &rule);
    assert!(error.starts_with("400 InvalidGroup.NotFound"), "{error}");
}

#[test]
fn a_further_block_must_not_meet_the_peers() {
    let world = World::new();
    let (one, ..) = peered(&world);
    let error = world.fails("AssociateVpcCidrBlock", &[("VpcId", &one), ("CidrBlock", "10.1.0.0/20")]);
    assert!(error.starts_with("400 InvalidVpc.Range"), "{error}");
}
