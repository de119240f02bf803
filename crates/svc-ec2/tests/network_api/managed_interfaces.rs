use crate::world::{NOW, World};
use base::{SecurityGroupId, SubnetId};
use std::collections::BTreeSet;
use svc_ec2::{Managed, ManagedError, ManagedKind, Placement};

const FIRST: &str = "arn:aws:lambda:us-east-1:000000000000:function:first";
const SECOND: &str = "arn:aws:lambda:us-east-1:000000000000:function:second";

struct Fixture {
    world: World,
    vpc: String,
    subnet: SubnetId,
    group: String,
}

fn fixture() -> Fixture {
    let world = World::new();
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24").into();
    let group = world.group(&vpc, "fn");
    Fixture { world, vpc, subnet, group }
}

impl Fixture {
    fn wanted(&self) -> Placement {
        Placement { subnets: vec![self.subnet.clone()], groups: groups(&[&self.group]) }
    }

    fn attach(&self, user: &str, wanted: &Placement) -> Result<Vec<Managed>, ManagedError> {
        let kind = ManagedKind::Lambda { function: user.rsplit(':').next().unwrap().to_owned() };
        self.world.block_on(self.world.ec2.attach_managed(&self.world.scope, NOW, user, &kind, wanted))
    }

    fn release(&self, user: &str) {
        self.world.block_on(self.world.ec2.release_managed(&self.world.scope, NOW, user, None)).unwrap();
    }

    fn interfaces(&self) -> Vec<String> {
        self.world.ok("DescribeNetworkInterfaces", &[]).texts("networkInterfaceId")
    }
}

fn groups(ids: &[&str]) -> BTreeSet<SecurityGroupId> {
    ids.iter().map(|id| SecurityGroupId::from(*id)).collect()
}

#[test]
fn functions_with_the_same_subnet_and_groups_share_an_interface() {
    let f = fixture();
    let first = f.attach(FIRST, &f.wanted()).unwrap();
    assert_eq!(f.attach(SECOND, &f.wanted()).unwrap(), first);
    assert_eq!(f.attach(FIRST, &f.wanted()).unwrap(), first, "asking again is harmless");
    let shown = f.world.ok("DescribeNetworkInterfaces", &[]);
    assert_eq!(shown.text("interfaceType"), "lambda");
    assert!(shown.text("description").starts_with("AWS Lambda VPC ENI-first-"));
    assert_eq!(shown.text("requesterManaged"), "true");
    assert_eq!(shown.texts("status"), ["attached", "in-use"]);
    f.release(FIRST);
    assert_eq!(f.interfaces().len(), 1);
    f.release(SECOND);
    assert!(f.interfaces().is_empty());
}

#[test]
fn what_a_service_holds_is_not_the_users_to_change() {
    let f = fixture();
    let made = f.attach(FIRST, &f.wanted()).unwrap();
    let id = made[0].interface.to_string();
    assert_eq!(
        f.world.fails("DeleteNetworkInterface", &[("NetworkInterfaceId", &id)]),
        format!("400 InvalidParameterValue: Network interface '{id}' is currently in use.")
    );
    let modify = [("NetworkInterfaceId", id.as_str()), ("Description.Value", "x")];
    assert!(f.world.fails("ModifyNetworkInterfaceAttribute", &modify).starts_with("403 AuthFailure"));
    f.world.gateway(&f.vpc);
    let address = f.world.address();
    let associate = [("AllocationId", address.as_str()), ("NetworkInterfaceId", &id)];
    assert!(f.world.fails("AssociateAddress", &associate).starts_with("403 AuthFailure"));
    assert!(
        f.world.fails("DeleteSubnet", &[("SubnetId", f.subnet.as_str())]).contains("DependencyViolation")
    );
    assert!(f.world.fails("DeleteSecurityGroup", &[("GroupId", &f.group)]).contains("DependencyViolation"));
}

#[test]
fn keeping_a_placement_releases_the_others() {
    let f = fixture();
    f.attach(FIRST, &f.wanted()).unwrap();
    let other = Placement { groups: groups(&[&f.world.group(&f.vpc, "other")]), ..f.wanted() };
    f.attach(FIRST, &other).unwrap();
    assert_eq!(f.interfaces().len(), 2);
    f.world.block_on(f.world.ec2.release_managed(&f.world.scope, NOW, FIRST, Some(&other))).unwrap();
    assert_eq!(f.interfaces().len(), 1);
    assert_eq!(f.world.ok("DescribeNetworkInterfaces", &[]).texts("groupName"), ["other"]);
}

#[test]
fn a_database_has_its_own_interface() {
    let f = fixture();
    let user = "arn:aws:rds:us-east-1:000000000000:db:main";
    let kind = ManagedKind::Rds { db: "main".into() };
    let make = || {
        let ec2 = &f.world.ec2;
        let groups = groups(&[&f.group]);
        f.world
            .block_on(ec2.create_managed_interface(&f.world.scope, NOW, user, &kind, &f.subnet, &groups))
            .unwrap()
    };
    f.attach(FIRST, &f.wanted()).unwrap();
    let made = make();
    assert_eq!(make(), made);
    assert_eq!(f.interfaces().len(), 2);
    let shown = f.world.ok("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", made.interface.as_str())]);
    assert_eq!(shown.text("description"), "RDSNetworkInterface");
    assert_eq!(shown.text("requesterId"), "amazon-rds");
    let other = groups(&[&f.world.group(&f.vpc, "db")]);
    f.world.block_on(f.world.ec2.regroup_managed(&f.world.scope, NOW, user, &other)).unwrap();
    let shown = f.world.ok("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", made.interface.as_str())]);
    assert_eq!(shown.texts("groupName"), ["db"]);
    let release = f.world.ec2.release_managed_interface(&f.world.scope, NOW, user, &made.interface);
    f.world.block_on(release).unwrap();
    assert_eq!(f.interfaces().len(), 1);
}

#[test]
fn releasing_spares_what_users_made() {
    let f = fixture();
    let mine = f.world.interface(f.subnet.as_str());
    let id = mine.as_str().into();
    let release = f.world.ec2.release_managed_interface(&f.world.scope, NOW, FIRST, &id);
    f.world.block_on(release).unwrap();
    assert_eq!(f.interfaces(), [mine]);
}

#[test]
fn impossible_placements_say_why_and_leave_nothing() {
    let f = fixture();
    let refused = |wanted: Placement| f.attach(FIRST, &wanted).unwrap_err().to_string();
    let far = f.world.subnet(&f.world.vpc(), "10.0.0.0/24");
    assert_eq!(
        refused(Placement { subnets: vec![f.subnet.clone(), far.as_str().into()], ..f.wanted() }),
        "the subnets are in more than one VPC"
    );
    assert_eq!(
        refused(Placement { subnets: vec!["subnet-1".into()], ..f.wanted() }),
        "the subnet `subnet-1` does not exist"
    );
    assert_eq!(
        refused(Placement { groups: groups(&["sg-1"]), ..f.wanted() }),
        "the security group `sg-1` does not exist"
    );
    assert_eq!(
        refused(Placement { subnets: vec![far.into()], ..f.wanted() }),
        "the security groups are not in the subnets' VPC"
    );
    let small = f.world.subnet(&f.vpc, "10.0.1.0/28");
    for _ in 0..11 {
        f.world.interface(&small);
    }
    let before = f.interfaces();
    let both = Placement { subnets: vec![f.subnet.clone(), small.as_str().into()], ..f.wanted() };
    assert_eq!(refused(both), format!("the subnet `{small}` has no free address"));
    assert_eq!(f.interfaces(), before, "all or none");
}
