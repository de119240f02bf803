use crate::world::World;

struct Fixture {
    world: World,
    vpc: String,
    group: String,
}

fn fixture() -> Fixture {
    let world = World::new();
    let vpc = world.vpc();
    let group = world.group(&vpc, "web");
    Fixture { world, vpc, group }
}

impl Fixture {
    fn tcp<'a>(&'a self, port: &'a str, cidr: &'a str) -> [(&'a str, &'a str); 5] {
        [
            ("GroupId", &self.group),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", port),
            ("IpPermissions.1.ToPort", port),
            ("IpPermissions.1.IpRanges.1.CidrIp", cidr),
        ]
    }

    fn ingress(&self) -> Vec<String> {
        let shown = self.world.ok("DescribeSecurityGroups", &[("GroupId.1", &self.group)]);
        let ingress = shown
            .0
            .split("<ipPermissions>")
            .nth(1)
            .map_or("", |s| s.split("</ipPermissions>").next().unwrap());
        let mut cidrs: Vec<_> =
            ingress.split("<cidrIp>").skip(1).map(|s| s.split('<').next().unwrap().to_owned()).collect();
        cidrs.sort();
        cidrs
    }
}

#[test]
fn a_new_group_lets_everything_out() {
    let f = fixture();
    let shown = f
        .world
        .ok("DescribeSecurityGroupRules", &[("Filter.1.Name", "group-id"), ("Filter.1.Value.1", &f.group)]);
    assert_eq!(shown.texts("isEgress"), ["true"]);
    assert_eq!(shown.text("ipProtocol"), "-1");
    assert_eq!((shown.text("fromPort"), shown.text("toPort")), ("-1".into(), "-1".into()));
    assert_eq!(shown.text("cidrIpv4"), "0.0.0.0/0");
}

#[test]
fn names_are_unique_in_a_vpc() {
    let f = fixture();
    let again = [("VpcId", f.vpc.as_str()), ("GroupName", "web"), ("GroupDescription", "d")];
    assert_eq!(
        f.world.fails("CreateSecurityGroup", &again),
        format!("400 InvalidGroup.Duplicate: The security group 'web' already exists for VPC '{}'", f.vpc)
    );
    let named = |name: &str| {
        f.world.fails(
            "CreateSecurityGroup",
            &[("VpcId", &f.vpc), ("GroupName", name), ("GroupDescription", "d")],
        )
    };
    assert_eq!(
        named("default"),
        "400 InvalidParameterValue: Cannot use reserved security group name: default"
    );
    assert_eq!(
        named("sg-x"),
        "400 InvalidParameterValue: Invalid security group name. Group names may not be in the format sg-*."
    );
    assert!(named("é").starts_with("400 InvalidParameterValue"));
    assert!(
        f.world
            .fails("CreateSecurityGroup", &[("VpcId", &f.vpc), ("GroupName", "x")])
            .starts_with("400 MissingParameter")
    );
    assert!(
        f.world
            .fails("CreateSecurityGroup", &[("GroupName", "x"), ("GroupDescription", "d")])
            .starts_with("400 VPCIdNotSpecified")
    );
}

#[test]
fn a_rule_is_added_once() {
    let f = fixture();
    let added = f.world.ok("AuthorizeSecurityGroupIngress", &f.tcp("443", "10.0.0.9/8"));
    assert_eq!((added.text("return"), added.text("cidrIpv4")), ("true".into(), "10.0.0.0/8".into()));
    assert_eq!(
        f.world.fails("AuthorizeSecurityGroupIngress", &f.tcp("443", "10.0.0.0/8")),
        "400 InvalidPermission.Duplicate: the specified rule \"peer: 10.0.0.0/8, TCP, from port: 443, to port: 443, ALLOW\" already exists"
    );
    f.world.ok("AuthorizeSecurityGroupIngress", &f.tcp("443", "11.0.0.0/8"));
    assert_eq!(f.ingress(), ["10.0.0.0/8", "11.0.0.0/8"]);
    let shown = f.world.ok("DescribeSecurityGroups", &[("GroupId.1", &f.group)]);
    // Rules with the same ports are one permission; the other is the egress rule.
    assert_eq!(shown.texts("ipProtocol").len(), 2);
}

#[test]
fn a_rule_goes_by_permission_or_by_id() {
    let f = fixture();
    f.world.ok("AuthorizeSecurityGroupIngress", &f.tcp("443", "10.0.0.0/8"));
    let revoked = f.world.ok("RevokeSecurityGroupIngress", &f.tcp("443", "10.0.0.0/8"));
    assert_eq!(revoked.text("cidrIpv4"), "10.0.0.0/8");
    assert_eq!(
        f.world.fails("RevokeSecurityGroupIngress", &f.tcp("443", "10.0.0.0/8")),
        "400 InvalidPermission.NotFound: The specified rule does not exist in this security group."
    );
    let rules = f.world.ok("DescribeSecurityGroupRules", &[]);
    let egress = rules.texts("securityGroupRuleId");
    let of_group: Vec<_> = egress
        .iter()
        .filter(|id| {
            f.world
                .call("RevokeSecurityGroupEgress", &[("GroupId", &f.group), ("SecurityGroupRuleId.1", id)])
                .0
                == 200
        })
        .collect();
    assert_eq!(of_group.len(), 1, "only the group's own egress rule can go");
    let by_id = [("GroupId", f.group.as_str()), ("SecurityGroupRuleId.1", "sgr-0123456789abcdef0")];
    assert_eq!(
        f.world.fails("RevokeSecurityGroupEgress", &by_id),
        "400 InvalidSecurityGroupRuleId.NotFound: The security group rule ID 'sgr-0123456789abcdef0' does not exist"
    );
}

#[test]
fn flat_parameters_make_a_rule() {
    let f = fixture();
    let flat = [
        ("GroupId", f.group.as_str()),
        ("IpProtocol", "udp"),
        ("FromPort", "53"),
        ("ToPort", "53"),
        ("CidrIp", "0.0.0.0/0"),
    ];
    f.world.ok("AuthorizeSecurityGroupIngress", &flat);
    assert_eq!(f.ingress(), ["0.0.0.0/0"]);
    f.world.ok("RevokeSecurityGroupIngress", &flat);
    assert!(f.ingress().is_empty());
}

#[test]
fn impossible_rules_are_refused_and_nothing_is_added() {
    let f = fixture();
    let with = |pairs: &[(&str, &str)]| {
        let mut all = vec![("GroupId", f.group.as_str())];
        all.extend(pairs);
        f.world.fails("AuthorizeSecurityGroupIngress", &all)
    };
    let tcp = ("IpPermissions.1.IpProtocol", "tcp");
    let any = ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0");
    assert_eq!(
        with(&[tcp, any]),
        "400 InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
    );
    let ports = [("IpPermissions.1.FromPort", "90"), ("IpPermissions.1.ToPort", "80")];
    assert_eq!(
        with(&[tcp, any, ports[0], ports[1]]),
        "400 InvalidParameterValue: Invalid TCP/UDP port range (90:80)"
    );
    assert_eq!(with(&[]), "400 MissingParameter: The request must contain the parameter ipPermissions");
    assert!(
        with(&[("IpPermissions.1.IpProtocol", "-1")])
            .starts_with("400 MissingParameter: Missing source specification")
    );
    assert_eq!(
        with(&[("IpPermissions.1.IpProtocol", "-1"), ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/33")]),
        "400 InvalidParameterValue: CIDR block 10.0.0.0/33 is malformed"
    );
    assert_eq!(
        with(&[
            ("IpPermissions.1.IpProtocol", "-1"),
            ("IpPermissions.1.Groups.1.GroupId", "sg-0123456789abcdef0")
        ]),
        "400 InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist"
    );
    assert_eq!(
        with(&[
            ("IpPermissions.1.IpProtocol", "-1"),
            ("IpPermissions.1.PrefixListIds.1.PrefixListId", "pl-1")
        ]),
        "400 InvalidPrefixListID.NotFound: The prefix list ID 'pl-1' does not exist"
    );
    let all = ("IpPermissions.1.IpProtocol", "-1");
    let twice = ("IpPermissions.1.IpRanges.2.CidrIp", "0.0.0.0/0");
    assert_eq!(
        with(&[all, any, twice]),
        "400 InvalidParameterValue: The same permission must not appear multiple times"
    );
    assert!(f.ingress().is_empty());
}

#[test]
fn sixty_rules_fit_in_one_direction() {
    let f = fixture();
    for n in 0..60 {
        f.world.ok("AuthorizeSecurityGroupIngress", &f.tcp("443", &format!("10.0.{n}.0/24")));
    }
    assert!(
        f.world
            .fails("AuthorizeSecurityGroupIngress", &f.tcp("443", "10.0.99.0/24"))
            .starts_with("400 RulesPerSecurityGroupLimitExceeded")
    );
}

#[test]
fn groups_name_groups_of_their_vpc() {
    let f = fixture();
    let other = f.world.group(&f.vpc, "db");
    let peer = [
        ("GroupId", other.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "5432"),
        ("IpPermissions.1.ToPort", "5432"),
        ("IpPermissions.1.Groups.1.GroupId", &f.group),
        ("IpPermissions.1.Groups.1.Description", "the function"),
    ];
    let added = f.world.ok("AuthorizeSecurityGroupIngress", &peer);
    assert_eq!(added.text("description"), "the function");
    assert!(added.text("referencedGroupInfo").contains(&f.group));
    assert_eq!(
        f.world.fails("DeleteSecurityGroup", &[("GroupId", &f.group)]),
        format!("400 DependencyViolation: resource {} has a dependent object", f.group)
    );
    let elsewhere = f.world.group(&f.world.vpc(), "far");
    let far = [
        ("GroupId", other.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.Groups.1.GroupId", &elsewhere),
    ];
    assert_eq!(
        f.world.fails("AuthorizeSecurityGroupIngress", &far),
        "400 InvalidGroup.NotFound: You have specified two resources that belong to different networks."
    );
    f.world.ok("DeleteSecurityGroup", &[("GroupId", &other)]);
    f.world.ok("DeleteSecurityGroup", &[("GroupId", &f.group)]);
}

#[test]
fn the_default_group_stays() {
    let f = fixture();
    let filter = [("Filter.1.Name", "group-name"), ("Filter.1.Value.1", "default")];
    let default = f.world.ok("DescribeSecurityGroups", &filter).text("groupId");
    assert_eq!(
        f.world.fails("DeleteSecurityGroup", &[("GroupId", &default)]),
        format!(
            "400 CannotDelete: the specified group: \"{default}\" name: \"default\" cannot be deleted by a user"
        )
    );
    assert_eq!(
        f.world.fails("DeleteSecurityGroup", &[("GroupId", "nonsense")]),
        "400 InvalidGroupId.Malformed: Invalid id: \"nonsense\" (expecting \"sg-...\")"
    );
}

#[test]
fn rules_are_modified_and_described_anew() {
    let f = fixture();
    let rule =
        f.world.ok("AuthorizeSecurityGroupIngress", &f.tcp("443", "10.0.0.0/8")).text("securityGroupRuleId");
    let update = [
        ("GroupId", f.group.as_str()),
        ("SecurityGroupRule.1.SecurityGroupRuleId", &rule),
        ("SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "tcp"),
        ("SecurityGroupRule.1.SecurityGroupRule.FromPort", "8443"),
        ("SecurityGroupRule.1.SecurityGroupRule.ToPort", "8443"),
        ("SecurityGroupRule.1.SecurityGroupRule.CidrIpv4", "10.0.0.0/8"),
        ("SecurityGroupRule.1.SecurityGroupRule.Description", "new"),
    ];
    f.world.ok("ModifySecurityGroupRules", &update);
    let shown = f.world.ok("DescribeSecurityGroupRules", &[("SecurityGroupRuleId.1", &rule)]);
    assert_eq!((shown.text("fromPort"), shown.text("description")), ("8443".into(), "new".into()));
    f.world.ok("AuthorizeSecurityGroupIngress", &f.tcp("443", "10.0.0.0/8"));
    let mut clash = update;
    clash[3].1 = "443";
    clash[4].1 = "443";
    assert!(f.world.fails("ModifySecurityGroupRules", &clash).starts_with("400 InvalidPermission.Duplicate"));
    let describe = [
        ("GroupId", f.group.as_str()),
        ("SecurityGroupRuleDescription.1.SecurityGroupRuleId", &rule),
        ("SecurityGroupRuleDescription.1.Description", "newer"),
    ];
    f.world.ok("UpdateSecurityGroupRuleDescriptionsIngress", &describe);
    let shown = f.world.ok("DescribeSecurityGroupRules", &[("SecurityGroupRuleId.1", &rule)]);
    assert_eq!(shown.text("description"), "newer");
    let egress = [
        ("GroupId", f.group.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
        ("IpPermissions.1.IpRanges.1.Description", "out"),
    ];
    f.world.ok("UpdateSecurityGroupRuleDescriptionsEgress", &egress);
    assert!(
        f.world
            .ok("DescribeSecurityGroups", &[("GroupId.1", &f.group)])
            .texts("description")
            .contains(&"out".to_owned())
    );
}
