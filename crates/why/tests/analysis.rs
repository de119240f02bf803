//! Reachability Analyzer and Network Access Analyzer on small networks.

#![allow(clippy::unwrap_used, clippy::panic)]

use expect_test::{Expect, expect};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;
use vpc::testing::networks;
use vpc::{Network, PortRange};
use why::analysis::{
    AccessPath, Bounds, Component, End, Explanation, Header, Outcome, Protocol, Query, ResourceStatement,
    Statement, Through, access, analyze,
};

const SHOP: &str = "
    network vpc-1
    vpc 10.0.0.0/16
    igw igw-1
    subnet subnet-pub 10.0.0.0/24 acl-open rtb-pub
    subnet subnet-app 10.0.1.0/24 acl-app rtb-app
    subnet subnet-db 10.0.2.0/24 acl-db rtb-db
    route rtb-pub 0.0.0.0/0 igw-1
    route rtb-app 0.0.0.0/0 nat-1
    route rtb-db 10.9.0.0/16 pcx-1
    acl acl-open open
    acl acl-app 100 allow in all from 0.0.0.0/0
    acl acl-app 100 allow out all to 0.0.0.0/0
    acl acl-db 90 deny in tcp 22 from 0.0.0.0/0
    acl acl-db 100 allow in tcp 1-6000 from 10.0.0.0/8
    acl acl-db 100 allow out tcp 32768-60999 to 10.0.0.0/8
    sg sg-web sgr-80 in tcp 80 from 0.0.0.0/0
    sg sg-web sgr-ssh in tcp 22 from 198.51.100.0/24
    sg sg-web sgr-all out all to 0.0.0.0/0
    sg sg-app sgr-app-db out tcp 5432-5433 to sg-db
    sg sg-app sgr-app-web out tcp 443 to 0.0.0.0/0
    sg sg-db sgr-db-app in tcp 5432 from sg-app
    sg sg-none sgr-none out all to 0.0.0.0/0
    eni eni-nat nat-1 subnet-pub 10.0.0.5=198.18.0.5
    eni eni-web host subnet-pub 10.0.0.20=198.18.0.20 sg-web
    eni eni-bare host subnet-pub 10.0.0.21 sg-none
    eni eni-app host subnet-app 10.0.1.10 sg-app
    eni eni-db host subnet-db 10.0.2.10 sg-db
    network vpc-2
    vpc 10.9.0.0/16
    subnet subnet-far 10.9.0.0/24 acl-far rtb-far
    route rtb-far 10.0.0.0/16 pcx-1
    acl acl-far open
    sg sg-far sgr-far out all to 0.0.0.0/0
    eni eni-far host subnet-far 10.9.0.10 sg-far
    peering pcx-1 vpc-1 vpc-2
";

fn shop(change: &str) -> Vec<Network> {
    let (mut lines, mut added): (Vec<&str>, Vec<&str>) = (SHOP.lines().map(str::trim).collect(), Vec::new());
    for line in change.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("- ") {
            Some(gone) => lines.retain(|known| *known != gone),
            None => added.push(line),
        }
    }
    let far = lines.iter().position(|line| *line == "network vpc-2").unwrap();
    lines.splice(far..far, added);
    networks(&lines.join("\n")).unwrap()
}

fn end(text: &str) -> End {
    match text.split_once('-').map(|(kind, _)| kind) {
        Some("eni") => End::Interface(text.into()),
        Some("igw") => End::InternetGateway(text.into()),
        _ => End::Address(text.parse().unwrap()),
    }
}

fn asked(network: &Network, from: &str, to: &str, at_source: &Bounds, through: &Through) -> Outcome {
    let (from, to, at_destination) = (end(from), end(to), Bounds::default());
    let query = Query {
        network,
        from: &from,
        to: &to,
        protocol: Protocol::Tcp,
        at_source,
        at_destination: &at_destination,
        besides: &[],
    };
    analyze(&query, through).unwrap()
}

fn port(port: u16) -> Bounds {
    Bounds { destination_ports: vec![PortRange::one(port)], ..Bounds::default() }
}

fn told(outcome: &Outcome) -> String {
    let mut out = format!("{}\n", if outcome.found { "found" } else { "not found" });
    for (way, met) in [(">", &outcome.forward), ("<", &outcome.back)] {
        met.iter().for_each(|component| out.push_str(&format!("{way} {}\n", line(component))));
    }
    outcome.explanations.iter().for_each(|explanation| out.push_str(&format!("! {}\n", why(explanation))));
    out
}

fn line(met: &Component) -> String {
    let mut words = vec![met.id.clone()];
    words.extend(met.acl_rule.as_ref().map(|rule| format!("entry {}", rule.number)));
    words.extend(met.group_rule.as_ref().map(|rule| format!("{} {}", rule.direction.noun(), rule.protocol)));
    words.extend(met.route.as_ref().map(|route| format!("{:?}", route.destination)));
    words.extend(met.inbound.as_ref().map(|header| format!("in {}", packet(header))));
    words.extend(met.outbound.as_ref().map(|header| format!("out {}", packet(header))));
    words.join(", ")
}

fn packet(header: &Header) -> String {
    let addresses = |blocks: &[String]| match blocks {
        [first, .., last] => format!("{first}..{last} ({})", blocks.len()),
        blocks => blocks.join(" "),
    };
    let ports = |ranges: &[PortRange]| ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
    format!(
        "{}:{} -> {}:{}",
        addresses(&header.sources),
        ports(&header.source_ports),
        addresses(&header.destinations),
        ports(&header.destination_ports)
    )
}

fn why(told: &Explanation) -> String {
    let mut words = vec![told.code.clone()];
    words.extend(told.direction.map(|direction| direction.noun().to_owned()));
    let things =
        [&told.network_interface, &told.acl, &told.route_table, &told.internet_gateway, &told.component];
    words.extend(things.into_iter().flatten().cloned());
    words.extend(told.security_groups.iter().cloned());
    words.join(" ")
}

fn check(change: &str, from: &str, to: &str, bounds: &Bounds, expected: Expect) {
    let networks = shop(change);
    let home = match end(from) {
        End::Interface(id) => networks.iter().find(|network| network.interfaces.contains_key(&id)).unwrap(),
        _ => networks.first().unwrap(),
    };
    expected.assert_eq(&told(&asked(home, from, to, bounds, &Through::default())));
}

#[test]
fn a_path_inside() {
    check(
        "",
        "eni-app",
        "eni-db",
        &Bounds::default(),
        expect![[r#"
        found
        > eni-app, out 10.0.1.10/32:32768-60999 -> 10.0.2.10/32:5432
        > sg-app, egress tcp
        > acl-app, entry 100
        > rtb-app, Some("10.0.0.0/16")
        > acl-db, entry 100
        > sg-db, ingress tcp
        > eni-db, in 10.0.1.10/32:32768-60999 -> 10.0.2.10/32:5432
        < eni-db, out 10.0.2.10/32:5432 -> 10.0.1.10/32:32768-60999
        < acl-db, entry 100
        < rtb-db, Some("10.0.0.0/16")
        < acl-app, entry 100
        < eni-app, in 10.0.2.10/32:5432 -> 10.0.1.10/32:32768-60999
    "#]],
    );
    check(
        "",
        "eni-app",
        "eni-db",
        &port(5433),
        expect![[r#"
        not found
        > eni-app, out 10.0.1.10/32:40000 -> 10.0.2.10/32:5433
        > sg-app, egress tcp
        > acl-app, entry 100
        > rtb-app, Some("10.0.0.0/16")
        > acl-db, entry 100
        ! ENI_SG_RULES_MISMATCH ingress eni-db sg-db
    "#]],
    );
    check(
        "",
        "eni-app",
        "eni-db",
        &port(22),
        expect![[r#"
        not found
        > eni-app, out 10.0.1.10/32:40000 -> 10.0.2.10/32:22
        > acl-app, entry 100
        > rtb-app, Some("10.0.0.0/16")
        ! SUBNET_ACL_RESTRICTION ingress acl-db
        ! ENI_SG_RULES_MISMATCH egress eni-app sg-app
        ! ENI_SG_RULES_MISMATCH ingress eni-db sg-db
    "#]],
    );
    check(
        "- sg sg-app sgr-app-db out tcp 5432-5433 to sg-db",
        "eni-app",
        "eni-db",
        &port(5432),
        expect![[r#"
        not found
        > eni-app, out 10.0.1.10/32:40000 -> 10.0.2.10/32:5432
        > acl-app, entry 100
        > rtb-app, Some("10.0.0.0/16")
        > acl-db, entry 100
        ! ENI_SG_RULES_MISMATCH egress eni-app sg-app
    "#]],
    );
}

#[test]
fn an_answer_that_does_not_come_back() {
    let gone = "- acl acl-db 100 allow out tcp 32768-60999 to 10.0.0.0/8";
    check(
        gone,
        "eni-app",
        "eni-db",
        &port(5432),
        expect![[r#"
        not found
        > eni-app, out 10.0.1.10/32:40000 -> 10.0.2.10/32:5432
        > sg-app, egress tcp
        > acl-app, entry 100
        > rtb-app, Some("10.0.0.0/16")
        > acl-db, entry 100
        > sg-db, ingress tcp
        > eni-db, in 10.0.1.10/32:40000 -> 10.0.2.10/32:5432
        < eni-db, out 10.0.2.10/32:5432 -> 10.0.1.10/32:40000
        < rtb-db, Some("10.0.0.0/16")
        ! SUBNET_ACL_RESTRICTION egress acl-db
    "#]],
    );
    // Among the source ports one is found by which it does.
    let narrow = format!("{gone}\nacl acl-db 100 allow out tcp 1000-1003 to 10.0.0.0/8");
    check(
        &narrow,
        "eni-app",
        "eni-db",
        &port(5432),
        expect![[r#"
        found
        > eni-app, out 10.0.1.10/32:1000-1003 -> 10.0.2.10/32:5432
        > sg-app, egress tcp
        > acl-app, entry 100
        > rtb-app, Some("10.0.0.0/16")
        > acl-db, entry 100
        > sg-db, ingress tcp
        > eni-db, in 10.0.1.10/32:1000-1003 -> 10.0.2.10/32:5432
        < eni-db, out 10.0.2.10/32:5432 -> 10.0.1.10/32:1000-1003
        < acl-db, entry 100
        < rtb-db, Some("10.0.0.0/16")
        < acl-app, entry 100
        < eni-app, in 10.0.2.10/32:5432 -> 10.0.1.10/32:1000-1003
    "#]],
    );
}

#[test]
fn over_the_internet_gateway() {
    check(
        "",
        "igw-1",
        "eni-web",
        &port(80),
        expect![[r#"
        found
        > igw-1, in 1.0.0.0/8..208.0.0.0/4 (79):* -> 198.18.0.20/32:80, out 1.0.0.0/8..208.0.0.0/4 (79):* -> 10.0.0.20/32:80
        > acl-open, entry 100
        > sg-web, ingress tcp
        > eni-web, in 1.0.0.0/8..208.0.0.0/4 (79):* -> 10.0.0.20/32:80
        < eni-web, out 10.0.0.20/32:80 -> 1.0.0.0/8..208.0.0.0/4 (79):*
        < acl-open, entry 100
        < rtb-pub, Some("0.0.0.0/0")
        < igw-1, in 10.0.0.20/32:80 -> 1.0.0.0/8..208.0.0.0/4 (79):*, out 198.18.0.20/32:80 -> 1.0.0.0/8..208.0.0.0/4 (79):*
    "#]],
    );
    check(
        "",
        "igw-1",
        "eni-web",
        &port(22),
        expect![[r#"
        found
        > igw-1, in 198.51.100.0/24:* -> 198.18.0.20/32:22, out 198.51.100.0/24:* -> 10.0.0.20/32:22
        > acl-open, entry 100
        > sg-web, ingress tcp
        > eni-web, in 198.51.100.0/24:* -> 10.0.0.20/32:22
        < eni-web, out 10.0.0.20/32:22 -> 198.51.100.0/24:*
        < acl-open, entry 100
        < rtb-pub, Some("0.0.0.0/0")
        < igw-1, in 10.0.0.20/32:22 -> 198.51.100.0/24:*, out 198.18.0.20/32:22 -> 198.51.100.0/24:*
    "#]],
    );
    check(
        "",
        "igw-1",
        "eni-bare",
        &port(80),
        expect![[r#"
        not found
        ! IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS igw-1
    "#]],
    );
    check(
        "",
        "eni-app",
        "igw-1",
        &port(443),
        expect![[r#"
        found
        > eni-app, out 10.0.1.10/32:* -> 1.0.0.0/8..208.0.0.0/4 (79):443
        > sg-app, egress tcp
        > acl-app, entry 100
        > rtb-app, Some("0.0.0.0/0")
        > acl-open, entry 100
        > nat-1, in 10.0.1.10/32:* -> 1.0.0.0/8..208.0.0.0/4 (79):443, out 10.0.0.5/32:* -> 1.0.0.0/8..208.0.0.0/4 (79):443
        > acl-open, entry 100
        > rtb-pub, Some("0.0.0.0/0")
        > igw-1, in 10.0.0.5/32:* -> 1.0.0.0/8..208.0.0.0/4 (79):443, out 198.18.0.5/32:* -> 1.0.0.0/8..208.0.0.0/4 (79):443
        < igw-1, in 1.0.0.0/8..208.0.0.0/4 (79):443 -> 198.18.0.5/32:*, out 1.0.0.0/8..208.0.0.0/4 (79):443 -> 10.0.0.5/32:*
        < acl-open, entry 100
        < nat-1, in 1.0.0.0/8..208.0.0.0/4 (79):443 -> 10.0.0.5/32:*, out 1.0.0.0/8..208.0.0.0/4 (79):443 -> 10.0.1.10/32:*
        < acl-open, entry 100
        < rtb-pub, Some("10.0.0.0/16")
        < acl-app, entry 100
        < eni-app, in 1.0.0.0/8..208.0.0.0/4 (79):443 -> 10.0.1.10/32:*
    "#]],
    );
    check(
        "",
        "eni-bare",
        "igw-1",
        &port(443),
        expect![[r#"
        not found
        > eni-bare, out 10.0.0.21/32:40000 -> 1.0.0.1/32:443
        > sg-none, egress all
        > acl-open, entry 100
        > rtb-pub, Some("0.0.0.0/0")
        ! IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS eni-bare igw-1
    "#]],
    );
    check(
        "- route rtb-app 0.0.0.0/0 nat-1",
        "eni-app",
        "igw-1",
        &port(443),
        expect![[r#"
        not found
        > eni-app, out 10.0.1.10/32:40000 -> 1.0.0.1/32:443
        ! NO_ROUTE_TO_DESTINATION rtb-app
    "#]],
    );
    check(
        "",
        "igw-1",
        "198.18.0.20",
        &port(80),
        expect![[r#"
        found
        > igw-1, in 1.0.0.0/8..208.0.0.0/4 (79):* -> 198.18.0.20/32:80, out 1.0.0.0/8..208.0.0.0/4 (79):* -> 10.0.0.20/32:80
        > acl-open, entry 100
        > sg-web, ingress tcp
        > eni-web, in 1.0.0.0/8..208.0.0.0/4 (79):* -> 10.0.0.20/32:80
        < eni-web, out 10.0.0.20/32:80 -> 1.0.0.0/8..208.0.0.0/4 (79):*
        < acl-open, entry 100
        < rtb-pub, Some("0.0.0.0/0")
        < igw-1, in 10.0.0.20/32:80 -> 1.0.0.0/8..208.0.0.0/4 (79):*, out 198.18.0.20/32:80 -> 1.0.0.0/8..208.0.0.0/4 (79):*
    "#]],
    );
}

#[test]
fn over_a_peering_connection() {
    check(
        "",
        "eni-far",
        "eni-db",
        &Bounds::default(),
        expect![[r#"
        not found
        > eni-far, out 10.9.0.10/32:40000 -> 10.0.2.10/32:1
        > sg-far, egress all
        > acl-far, entry 100
        > rtb-far, Some("10.0.0.0/16")
        > pcx-1
        > acl-db, entry 100
        ! ENI_SG_RULES_MISMATCH ingress eni-db sg-db
    "#]],
    );
    check(
        "sg sg-db sgr-db-far in tcp 5432 from 10.9.0.0/16",
        "eni-far",
        "eni-db",
        &Bounds::default(),
        expect![[r#"
        found
        > eni-far, out 10.9.0.10/32:32768-60999 -> 10.0.2.10/32:5432
        > sg-far, egress all
        > acl-far, entry 100
        > rtb-far, Some("10.0.0.0/16")
        > pcx-1
        > acl-db, entry 100
        > sg-db, ingress tcp
        > eni-db, in 10.9.0.10/32:32768-60999 -> 10.0.2.10/32:5432
        < eni-db, out 10.0.2.10/32:5432 -> 10.9.0.10/32:32768-60999
        < acl-db, entry 100
        < rtb-db, Some("10.9.0.0/16")
        < pcx-1
        < acl-far, entry 100
        < eni-far, in 10.0.2.10/32:5432 -> 10.9.0.10/32:32768-60999
    "#]],
    );
}

#[test]
fn a_source_that_is_not_its_own() {
    let bounds = Bounds { sources: vec![Ipv4Addr::new(192, 168, 99, 1).into()], ..port(5432) };
    check(
        "",
        "eni-app",
        "eni-db",
        &bounds,
        expect![[r#"
        not found
        > eni-app, out 192.168.99.1/32:40000 -> 10.0.2.10/32:5432
        ! ENI_SOURCE_DEST_CHECK_RESTRICTION egress eni-app
        ! SUBNET_ACL_RESTRICTION ingress acl-db
        ! ENI_SG_RULES_MISMATCH ingress eni-db sg-db
        ! NO_ROUTE_TO_DESTINATION rtb-db
        ! SUBNET_ACL_RESTRICTION egress acl-db
        ! MORE_SPECIFIC_ROUTE rtb-db
    "#]],
    );
}

#[test]
fn what_a_path_must_and_must_not_go_through() {
    let networks = shop("");
    let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let found = |within: &[&str], without: &[&str]| {
        let through = Through { within: ids(within), without: ids(without) };
        asked(&networks[0], "eni-app", "igw-1", &port(443), &through)
    };
    assert!(found(&["nat-1"], &[]).found && found(&[], &["sg-db"]).found);
    let refused = found(&[], &["nat-1"]);
    assert_eq!(
        (refused.found, refused.explanations[0].code.as_str()),
        (false, "COMPONENT_FILTER_RESTRICTION")
    );
    assert_eq!(refused.explanations[0].component.as_deref(), Some("nat-1"));
    assert!(!found(&["acl-db"], &[]).found);
}

/// What is found is so: the packet that a path shows gets through, and at a port that it does not show none does.
#[test]
fn found_paths_are_walked() {
    let networks = shop("");
    let outcome = asked(&networks[0], "eni-app", "eni-db", &Bounds::default(), &Through::default());
    let header = outcome.forward[0].outbound.clone().unwrap();
    let gets_through = |port: u16| {
        let flow = vpc::Flow::new("eni-app", Ipv4Addr::new(10, 0, 2, 10), vpc::Payload::tcp(port));
        vpc::walk(&networks[0], &flow).is_delivered()
    };
    for port in [1, 22, 80, 443, 5431, 5432, 5433, 5434, 6000, 6001, 65535] {
        let shown = header.destination_ports.iter().any(|range| range.contains(port));
        assert_eq!(shown, gets_through(port), "{port}");
    }
}

fn resources(ids: &[&str], types: &[&str]) -> Statement {
    let own = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
    Statement { resources: ResourceStatement { ids: own(ids), types: own(types) }, ..Statement::default() }
}

fn findings(matched: &[AccessPath], excluded: &[AccessPath]) -> Vec<String> {
    let found = access(&shop(""), matched, excluded).unwrap();
    let ends = |finding: &why::analysis::Finding| {
        let ids: Vec<&str> = finding.components.iter().map(|component| component.id.as_str()).collect();
        format!("{} .. {}", ids[0], ids[ids.len() - 1])
    };
    found.findings.iter().map(ends).collect()
}

#[test]
fn scopes_find_every_path_but_the_excepted() {
    let from_internet =
        AccessPath { source: resources(&[], &["AWS::EC2::InternetGateway"]), ..AccessPath::default() };
    assert_eq!(findings(std::slice::from_ref(&from_internet), &[]), ["igw-1 .. eni-web"]);
    let mut usual = from_internet.clone();
    usual.destination.header.bounds.destination_ports = vec![PortRange::one(80)];
    // There is still the other port.
    assert_eq!(
        findings(std::slice::from_ref(&from_internet), std::slice::from_ref(&usual)),
        ["igw-1 .. eni-web"]
    );
    let office: Ipv4Net = "198.51.100.0/24".parse().unwrap();
    let mut office_only = from_internet.clone();
    office_only.source.header.bounds.sources = vec![office];
    assert!(findings(std::slice::from_ref(&from_internet), &[usual, office_only]).is_empty());
    let to_database = AccessPath { destination: resources(&["eni-db"], &[]), ..AccessPath::default() };
    assert_eq!(findings(std::slice::from_ref(&to_database), &[]), ["eni-app .. eni-db"]);
    let outward = AccessPath {
        source: resources(&["subnet-app"], &[]),
        destination: resources(&[], &["AWS::EC2::InternetGateway"]),
        ..AccessPath::default()
    };
    assert_eq!(findings(std::slice::from_ref(&outward), &[]), ["eni-app .. igw-1"]);
    let nat = ResourceStatement { ids: vec![], types: vec!["AWS::EC2::NatGateway".to_owned()] };
    let through = |nat: &ResourceStatement| AccessPath { through: vec![nat.clone()], ..outward.clone() };
    assert_eq!(findings(&[through(&nat)], &[]), ["eni-app .. igw-1"]);
    assert!(findings(std::slice::from_ref(&outward), &[through(&nat)]).is_empty());
}
