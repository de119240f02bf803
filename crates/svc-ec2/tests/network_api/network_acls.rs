use crate::world::World;

struct Fixture {
    world: World,
    vpc: String,
    acl: String,
}

fn fixture() -> Fixture {
    let world = World::new();
    let vpc = world.vpc();
    let acl = world.ok("CreateNetworkAcl", &[("VpcId", &vpc)]).text("networkAclId");
    Fixture { world, vpc, acl }
}

impl Fixture {
    fn entry<'a>(&'a self, number: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut all = vec![
            ("NetworkAclId", self.acl.as_str()),
            ("RuleNumber", number),
            ("Egress", "false"),
            ("RuleAction", "allow"),
        ];
        all.extend(more);
        all
    }

    fn refused(&self, number: &str, more: &[(&str, &str)]) -> String {
        self.world.fails("CreateNetworkAclEntry", &self.entry(number, more))
    }
}

const ALL: [(&str, &str); 2] = [("Protocol", "-1"), ("CidrBlock", "0.0.0.0/0")];

#[test]
fn a_new_acl_denies_everything() {
    let f = fixture();
    let shown = f.world.ok("DescribeNetworkAcls", &[("NetworkAclId.1", &f.acl)]);
    assert_eq!(shown.texts("ruleNumber"), ["32767", "32767"]);
    assert_eq!(shown.texts("ruleAction"), ["deny", "deny"]);
    assert_eq!(shown.text("default"), "false");
}

#[test]
fn entries_are_created_replaced_and_deleted() {
    let f = fixture();
    let https =
        [("Protocol", "6"), ("CidrBlock", "10.0.0.7/16"), ("PortRange.From", "443"), ("PortRange.To", "443")];
    f.world.ok("CreateNetworkAclEntry", &f.entry("100", &https));
    assert_eq!(
        f.refused("100", &https),
        "400 NetworkAclEntryAlreadyExists: The network acl entry identified by 100 already exists."
    );
    let shown = f.world.ok("DescribeNetworkAcls", &[("NetworkAclId.1", &f.acl)]);
    assert!(shown.texts("cidrBlock").contains(&"10.0.0.0/16".to_owned()));
    assert_eq!((shown.text("from"), shown.text("to")), ("443".into(), "443".into()));
    f.world.ok("ReplaceNetworkAclEntry", &f.entry("100", &ALL));
    assert!(!f.world.ok("DescribeNetworkAcls", &[("NetworkAclId.1", &f.acl)]).has("portRange"));
    let gone = [("NetworkAclId", f.acl.as_str()), ("RuleNumber", "100"), ("Egress", "false")];
    f.world.ok("DeleteNetworkAclEntry", &gone);
    assert_eq!(
        f.world.fails("DeleteNetworkAclEntry", &gone),
        "400 InvalidNetworkAclEntry.NotFound: The network acl entry identified by 100 does not exist."
    );
    assert!(
        f.world
            .fails("ReplaceNetworkAclEntry", &f.entry("100", &ALL))
            .starts_with("400 InvalidNetworkAclEntry.NotFound")
    );
}

#[test]
fn impossible_entries_are_refused() {
    let f = fixture();
    assert!(
        f.refused("0", &ALL).starts_with("400 InvalidParameterValue: Value (0) for parameter ruleNumber")
    );
    assert!(f.refused("32767", &ALL).starts_with("400 InvalidParameterValue"));
    assert_eq!(
        f.refused("1", &[("Protocol", "6"), ("CidrBlock", "0.0.0.0/0")]),
        "400 MissingParameter: The request must contain the parameter PortRange"
    );
    assert_eq!(
        f.refused("1", &[("Protocol", "-1")]),
        "400 MissingParameter: The request must contain the parameter CidrBlock"
    );
    assert_eq!(
        f.refused("1", &[("Protocol", "-1"), ("CidrBlock", "x")]),
        "400 InvalidParameterValue: Value (x) for parameter cidrBlock is invalid. This is not a valid CIDR block."
    );
    assert!(
        f.refused("1", &[("Protocol", "xyz"), ("CidrBlock", "0.0.0.0/0")])
            .starts_with("400 InvalidParameterValue")
    );
}

#[test]
fn twenty_entries_fit_in_one_direction() {
    let f = fixture();
    for n in 1..=20 {
        f.world.ok("CreateNetworkAclEntry", &f.entry(&n.to_string(), &ALL));
    }
    assert!(f.refused("21", &ALL).starts_with("400 NetworkAclEntryLimitExceeded"));
}

#[test]
fn a_subnet_moves_from_acl_to_acl() {
    let f = fixture();
    let subnet = f.world.subnet(&f.vpc, "10.0.0.0/24");
    let filter = [("Filter.1.Name", "association.subnet-id"), ("Filter.1.Value.1", subnet.as_str())];
    let before = f.world.ok("DescribeNetworkAcls", &filter);
    assert_eq!(before.text("default"), "true");
    let association = before.text("networkAclAssociationId");
    let replace = [("AssociationId", association.as_str()), ("NetworkAclId", &f.acl)];
    let moved = f.world.ok("ReplaceNetworkAclAssociation", &replace).text("newAssociationId");
    assert_ne!(moved, association);
    assert_eq!(f.world.ok("DescribeNetworkAcls", &filter).text("networkAclId"), f.acl);
    assert_eq!(
        f.world.fails("ReplaceNetworkAclAssociation", &replace),
        format!("400 InvalidAssociationID.NotFound: The association ID '{association}' does not exist")
    );
    assert_eq!(
        f.world.fails("DeleteNetworkAcl", &[("NetworkAclId", &f.acl)]),
        format!(
            "400 DependencyViolation: The networkAcl '{}' has dependencies and cannot be deleted.",
            f.acl
        )
    );
    let default = before.text("networkAclId");
    assert_eq!(
        f.world.fails("DeleteNetworkAcl", &[("NetworkAclId", &default)]),
        format!("400 InvalidParameterValue: cannot delete default network ACL {default}")
    );
    f.world.ok("DeleteSubnet", &[("SubnetId", &subnet)]);
    f.world.ok("DeleteNetworkAcl", &[("NetworkAclId", &f.acl)]);
}
