//! Reachability Analyzer and Network Access Analyzer: what is asked, found, shown and refused.

use crate::world::{Answer, World};
use svc_ec2::Quotas;

/// Two interfaces in two subnets; the second takes connections to a port from the first's group.
struct Pair {
    world: World,
    vpc: String,
    client: String,
    server: String,
    group: String,
}

impl Pair {
    fn new() -> Self {
        let world = World::new();
        let vpc = world.vpc();
        let (near, far) = (world.subnet(&vpc, "10.0.0.0/24"), world.subnet(&vpc, "10.0.1.0/24"));
        let group = world.group(&vpc, "server");
        let client = world.interface(&near);
        let parameters = [("SubnetId", far.as_str()), ("SecurityGroupId.1", &group)];
        let server = world.ok("CreateNetworkInterface", &parameters).text("networkInterfaceId");
        Self { world, vpc, client, server, group }
    }

    fn open(&self, port: &str) {
        self.world.ok(
            "AuthorizeSecurityGroupIngress",
            &[
                ("GroupId", &self.group),
                ("IpPermissions.1.IpProtocol", "tcp"),
                ("IpPermissions.1.FromPort", port),
                ("IpPermissions.1.ToPort", port),
                ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/16"),
            ],
        );
    }

    fn path(&self, more: &[(&str, &str)]) -> Answer {
        let mut parameters = vec![
            ("Source", self.client.as_str()),
            ("Destination", self.server.as_str()),
            ("Protocol", "tcp"),
            ("ClientToken", "t"),
        ];
        for (name, value) in more {
            parameters.retain(|(known, _)| known != name);
            parameters.push((name, value));
        }
        self.world.ok("CreateNetworkInsightsPath", &parameters)
    }

    fn analyzed(&self, path: &str, token: &str, more: &[(&str, &str)]) -> Answer {
        let mut parameters = vec![("NetworkInsightsPathId", path), ("ClientToken", token)];
        parameters.extend(more);
        let begun = self.world.ok("StartNetworkInsightsAnalysis", &parameters);
        assert_eq!(begun.text("status"), "running");
        assert!(!begun.has("networkPathFound"));
        let id = begun.text("networkInsightsAnalysisId");
        self.world.ok("DescribeNetworkInsightsAnalyses", &[("NetworkInsightsAnalysisId.1", &id)])
    }
}

#[test]
fn a_path_is_analyzed_as_the_rules_are_then() {
    let pair = Pair::new();
    let made = pair.path(&[("DestinationPort", "443"), ("Protocol", "TCP")]);
    assert_eq!(made.text("protocol"), "tcp");
    let path = made.text("networkInsightsPathId");
    assert_eq!(
        (made.text("source"), made.text("destination"), made.text("destinationPort")),
        (pair.client.clone(), pair.server.clone(), "443".to_owned())
    );
    assert!(made.text("sourceArn").ends_with(&format!(":network-interface/{}", pair.client)));
    let before = pair.analyzed(&path, "1", &[]);
    assert_eq!(
        (before.text("status"), before.text("networkPathFound")),
        ("succeeded".into(), "false".into())
    );
    assert_eq!(before.texts("explanationCode"), ["SG_HAS_NO_RULES"]);
    pair.open("80");
    let other = pair.analyzed(&path, "2", &[]);
    assert_eq!(other.texts("explanationCode"), ["ENI_SG_RULES_MISMATCH"]);
    let inward = "<direction>ingress</direction><explanationCode>ENI_SG_RULES_MISMATCH</explanationCode>";
    assert!(other.0.contains(inward), "{}", other.0);
    pair.open("443");
    let after = pair.analyzed(&path, "3", &[]);
    assert_eq!(after.text("networkPathFound"), "true");
    assert!(after.texts("explanationCode").is_empty());
    let there = after.0.split("<returnPathComponentSet>").next().unwrap().to_owned();
    assert_eq!(Answer(there).texts("sequenceNumber"), ["1", "2", "3", "4", "5", "6", "7"]);
    assert!(after.has("returnPathComponentSet") && after.0.contains("<ruleNumber>100</ruleNumber>"));
    // What was found stays as it was.
    let first = before.text("networkInsightsAnalysisId");
    let again = pair.world.ok("DescribeNetworkInsightsAnalyses", &[("NetworkInsightsAnalysisId.1", &first)]);
    assert_eq!(again.text("networkPathFound"), "false");
    let found = [("Filter.1.Name", "path-found"), ("Filter.1.Value.1", "true")];
    let found = pair.world.ok("DescribeNetworkInsightsAnalyses", &found);
    assert_eq!(found.texts("networkInsightsAnalysisId"), [after.text("networkInsightsAnalysisId")]);
}

#[test]
fn any_port_will_do_when_none_is_named() {
    let pair = Pair::new();
    pair.open("8443");
    let path = pair.path(&[]).text("networkInsightsPathId");
    let found = pair.analyzed(&path, "1", &[]);
    assert_eq!(found.text("networkPathFound"), "true");
    assert!(found.0.contains("<from>8443</from><to>8443</to>"), "{}", found.0);
}

#[test]
fn a_path_can_be_asked_to_go_through_something() {
    let pair = Pair::new();
    pair.open("443");
    let path = pair.path(&[]).text("networkInsightsPathId");
    let arn = |kind: &str, id: &str| format!("arn:aws:ec2:us-east-1:000000000000:{kind}/{id}");
    let (vpc, group) = (arn("vpc", &pair.vpc), arn("security-group", &pair.group));
    let within = pair.analyzed(&path, "1", &[("FilterInArn.1", &vpc)]);
    assert_eq!(within.text("networkPathFound"), "true");
    let without = pair.analyzed(&path, "2", &[("FilterOutArn.1", &group)]);
    assert_eq!(
        (without.text("networkPathFound"), without.text("explanationCode")),
        ("false".into(), "COMPONENT_FILTER_RESTRICTION".into())
    );
}

#[test]
fn paths_and_analyses_go_in_that_order_only() {
    let pair = Pair::new();
    let path = pair.path(&[]).text("networkInsightsPathId");
    assert_eq!(pair.path(&[]).text("networkInsightsPathId"), path, "the same token is the same path");
    let analysis = pair.analyzed(&path, "1", &[]).text("networkInsightsAnalysisId");
    let named = [("NetworkInsightsPathId", path.as_str())];
    let fails = |operation: &str, parameters: &[(&str, &str)]| pair.world.fails(operation, parameters);
    assert!(
        fails("DeleteNetworkInsightsPath", &named).starts_with("400 AnalysisExistsForNetworkInsightsPath")
    );
    let of = [("NetworkInsightsAnalysisId", analysis.as_str())];
    assert!(
        fails("DeleteNetworkInsightsAnalysis", &[of[0], ("DryRun", "true")])
            .starts_with("412 DryRunOperation")
    );
    assert_eq!(
        pair.world.ok("DeleteNetworkInsightsAnalysis", &of).text("networkInsightsAnalysisId"),
        analysis
    );
    pair.world.ok("DeleteNetworkInsightsPath", &named);
    assert!(
        fails("DeleteNetworkInsightsPath", &named).starts_with("400 InvalidNetworkInsightsPathId.NotFound")
    );
    assert!(
        fails("DeleteNetworkInsightsAnalysis", &of)
            .starts_with("400 InvalidNetworkInsightsAnalysisId.NotFound")
    );
    let start = [("NetworkInsightsPathId", path.as_str()), ("ClientToken", "9")];
    assert!(
        fails("StartNetworkInsightsAnalysis", &start)
            .starts_with("400 InvalidNetworkInsightsPathId.NotFound")
    );
}

#[test]
fn what_cannot_be_a_path_is_refused() {
    let pair = Pair::new();
    let fails = |more: &[(&str, &str)]| {
        let mut parameters = vec![
            ("Source", pair.client.as_str()),
            ("Destination", pair.server.as_str()),
            ("Protocol", "tcp"),
            ("ClientToken", "t"),
        ];
        for (name, value) in more {
            parameters.retain(|(known, _)| known != name);
            if !value.is_empty() {
                parameters.push((name, value));
            }
        }
        pair.world.fails("CreateNetworkInsightsPath", &parameters)
    };
    for (more, expected) in [
        (vec![("Source", "eni-0")], "400 NetworkInsightsSource.NotFound"),
        (vec![("Destination", "i-0")], "400 NetworkInsightsDestination.NotFound"),
        (vec![("Destination", "")], "400 MissingParameter"),
        (vec![("Destination", "tgw-0")], "501 NotImplemented"),
        (vec![("Source", "sg-0")], "400 InvalidParameterValue"),
        (vec![("Protocol", "icmp")], "400 InvalidParameterValue"),
        (
            vec![("DestinationPort", "1"), ("FilterAtSource.SourceAddress", "10.0.0.1")],
            "400 InvalidParameterCombination",
        ),
        (
            vec![("DestinationIp", "10.0.0.1"), ("FilterAtDestination.SourceAddress", "10.0.0.1")],
            "400 InvalidParameterCombination",
        ),
    ] {
        let error = fails(&more);
        assert!(error.starts_with(expected), "{more:?}: {error}");
    }
    pair.path(&[]);
    assert!(fails(&[("Protocol", "udp")]).starts_with("400 IdempotentParameterMismatch"));
}

#[test]
fn there_are_as_many_as_the_quota_says() {
    let quotas = Quotas { network_insights_paths_per_region: 1, ..Quotas::default() };
    let world = World::with(quotas);
    let vpc = world.vpc();
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let (one, other) = (world.interface(&subnet), world.interface(&subnet));
    let path = |token| {
        [
            ("Source", one.as_str()),
            ("Destination", other.as_str()),
            ("Protocol", "tcp"),
            ("ClientToken", token),
        ]
    };
    world.ok("CreateNetworkInsightsPath", &path("1"));
    let error = world.fails("CreateNetworkInsightsPath", &path("2"));
    assert!(error.starts_with("400 NetworkInsightsPath.LimitExceeded"), "{error}");
}

#[test]
fn internet_gateways_that_are_nowhere_are_told() {
    let pair = Pair::new();
    let free = pair.world.ok("CreateInternetGateway", &[]).text("internetGatewayId");
    let path = pair.path(&[("Source", &free)]).text("networkInsightsPathId");
    assert_eq!(pair.analyzed(&path, "1", &[]).text("explanationCode"), "UNASSOCIATED_COMPONENT");
    pair.world.ok("DeleteInternetGateway", &[("InternetGatewayId", &free)]);
    assert_eq!(pair.analyzed(&path, "2", &[]).text("explanationCode"), "NO_SOURCE_OR_DESTINATION");
    let other = pair.world.ok("CreateVpc", &[("CidrBlock", "10.7.0.0/16")]).text("vpcId");
    let far = pair.world.interface(&pair.world.subnet(&other, "10.7.0.0/24"));
    let path = pair.path(&[("Destination", &far), ("ClientToken", "u")]).text("networkInsightsPathId");
    assert_eq!(pair.analyzed(&path, "3", &[]).text("explanationCode"), "DISCONNECTED_VPCS");
}

#[test]
fn a_scope_finds_the_paths_that_it_asks_for() {
    let pair = Pair::new();
    pair.open("443");
    let made = pair.world.ok(
        "CreateNetworkInsightsAccessScope",
        &[
            ("MatchPath.1.Destination.ResourceStatement.Resource.1", &pair.server),
            ("MatchPath.1.Source.PacketHeaderStatement.DestinationPort.1", "1-1024"),
            ("ExcludePath.1.Source.ResourceStatement.ResourceType.1", "AWS::EC2::InternetGateway"),
            ("ClientToken", "t"),
        ],
    );
    let scope = made.text("networkInsightsAccessScopeId");
    let shown =
        pair.world.ok("GetNetworkInsightsAccessScopeContent", &[("NetworkInsightsAccessScopeId", &scope)]);
    assert!(shown.0.contains("1-1024") && shown.0.contains("AWS::EC2::InternetGateway"), "{}", shown.0);
    let start = [("NetworkInsightsAccessScopeId", scope.as_str()), ("ClientToken", "1")];
    let begun = pair.world.ok("StartNetworkInsightsAccessScopeAnalysis", &start);
    let analysis = begun.text("networkInsightsAccessScopeAnalysisId");
    let known = pair.world.ok("DescribeNetworkInsightsAccessScopeAnalyses", &[]);
    assert_eq!(
        (known.text("status"), known.text("findingsFound"), known.text("analyzedEniCount")),
        ("succeeded".into(), "true".into(), "2".into())
    );
    let of = [("NetworkInsightsAccessScopeAnalysisId", analysis.as_str())];
    let found = pair.world.ok("GetNetworkInsightsAccessScopeAnalysisFindings", &of);
    assert_eq!(found.texts("findingId"), ["AnalysisFinding-1"]);
    assert!(
        found.0.contains(&pair.client) && found.0.contains("<from>443</from><to>443</to>"),
        "{}",
        found.0
    );
    pair.world.ok("DeleteNetworkInsightsAccessScopeAnalysis", &of);
    let gone = pair.world.fails("GetNetworkInsightsAccessScopeAnalysisFindings", &of);
    assert!(gone.starts_with("400 InvalidNetworkInsightsAccessScopeAnalysisId.NotFound"), "{gone}");
    pair.world.ok("DeleteNetworkInsightsAccessScope", &[("NetworkInsightsAccessScopeId", &scope)]);
    assert!(
        pair.world
            .fails("StartNetworkInsightsAccessScopeAnalysis", &start)
            .starts_with("400 InvalidNetworkInsightsAccessScopeId.NotFound")
    );
}

#[test]
fn what_cannot_be_a_scope_is_refused() {
    let world = World::new();
    let fails = |name: &str, value: &str| {
        world.fails("CreateNetworkInsightsAccessScope", &[(name, value), ("ClientToken", "t")])
    };
    for (name, value) in [
        ("MatchPath.1.Source.ResourceStatement.ResourceType.1", "AWS::EC2::Unicorn"),
        ("MatchPath.1.Source.PacketHeaderStatement.SourceAddress.1", "10.0.0.0/33"),
        ("MatchPath.1.Source.PacketHeaderStatement.SourcePort.1", "90-80"),
        ("MatchPath.1.Source.PacketHeaderStatement.Protocol.1", "icmp"),
    ] {
        let error = fails(name, value);
        assert!(error.starts_with("400 InvalidParameterValue"), "{name}: {error}");
    }
    assert!(
        world
            .fails("CreateNetworkInsightsAccessScope", &[("ClientToken", "t")])
            .starts_with("400 MissingParameter")
    );
}

#[test]
fn tags_are_put_on_them() {
    let pair = Pair::new();
    let path = pair
        .path(&[
            ("TagSpecification.1.ResourceType", "network-insights-path"),
            ("TagSpecification.1.Tag.1.Key", "Name"),
            ("TagSpecification.1.Tag.1.Value", "to the server"),
        ])
        .text("networkInsightsPathId");
    pair.world.ok("CreateTags", &[("ResourceId.1", &path), ("Tag.1.Key", "team"), ("Tag.1.Value", "net")]);
    let by_tag = [("Filter.1.Name", "tag:team"), ("Filter.1.Value.1", "net"), ("MaxResults", "1")];
    let shown = pair.world.ok("DescribeNetworkInsightsPaths", &by_tag);
    assert_eq!((shown.text("networkInsightsPathId"), shown.texts("key").len()), (path, 2));
}
