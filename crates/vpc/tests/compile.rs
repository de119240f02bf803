//! What the plan of a small network looks like.
#![allow(clippy::unwrap_used, clippy::panic)]

use expect_test::expect;
use std::fmt::Write;
use vpc::testing::network;
use vpc::{GroupRulePlan, PeerPlan, Plan, RouteAction, compile};

fn plan() -> Plan {
    let network = network(
        "vpc 10.0.0.0/16
         vpc 10.1.0.0/16
         igw igw-1
         subnet subnet-a 10.0.1.0/24 acl-1 rtb-a
         subnet subnet-b 10.0.2.0/24 acl-1 rtb-b
         route rtb-a 10.0.2.0/24 eni-fw
         route rtb-a 0.0.0.0/0 nat-1
         route rtb-a 192.0.2.0/24 pcx-1
         route rtb-b 0.0.0.0/0 igw-1
         route rtb-b 198.51.100.0/24 vpce-s3
         route rtb-b 203.0.113.0/24 igw-gone
         acl acl-1 200 deny in tcp 22 from 0.0.0.0/0
         acl acl-1 100 allow in all from 10.0.1.77/24
         acl acl-1 * deny in all from 0.0.0.0/0
         pl pl-1 192.0.2.0/24 198.51.100.0/24
         sg sg-a sgr-1 in tcp 5432 from sg-gone
         sg sg-a sgr-2 out all to pl-1
         sg sg-b in icmp 8/0 from 0.0.0.0/0
         eni eni-a host subnet-a 10.0.1.10,10.0.1.11=198.18.0.11 sg-a,sg-b
         eni eni-fw host subnet-b 10.0.2.10 sg-a nocheck
         eni eni-nat nat-1 subnet-b 10.0.2.5=198.18.0.5",
    );
    compile(&network.unwrap())
}

#[test]
fn routes_end_in_something_that_covers_everything() {
    let mut text = String::new();
    for (id, table) in &plan().tables {
        for route in &table.routes {
            let action = match &route.action {
                RouteAction::Drop(place) => format!("drop ({place})"),
                other => format!("{other:?}"),
            };
            writeln!(text, "{id} {} {action}", route.destination).unwrap();
        }
    }
    expect![[r#"
        rtb-a 10.0.2.0/24 Link(NetworkInterfaceId("eni-fw"))
        rtb-a 192.0.2.0/24 drop (blackhole rtb-a 192.0.2.0/24)
        rtb-a 10.0.0.0/16 Local
        rtb-a 10.1.0.0/16 Local
        rtb-a 0.0.0.0/0 Link(NetworkInterfaceId("eni-nat"))
        rtb-b 198.51.100.0/24 GatewayEndpoint(VpcEndpointId("vpce-s3"))
        rtb-b 203.0.113.0/24 drop (blackhole rtb-b 203.0.113.0/24)
        rtb-b 10.0.0.0/16 Local
        rtb-b 10.1.0.0/16 Local
        rtb-b 0.0.0.0/0 InternetGateway
    "#]]
    .assert_eq(&text);
}

#[test]
fn acls_are_in_order_and_groups_refer_to_sets() {
    let (plan, mut text) = (plan(), String::new());
    for (id, acl) in &plan.acls {
        for e in &acl.ingress {
            writeln!(text, "{id} in {} {} {} {}", e.number, e.action, e.traffic, e.cidr).unwrap();
        }
    }
    let rule = |rule: &GroupRulePlan| match &rule.peer {
        PeerPlan::Cidrs(cidrs) => format!("{}: {} {cidrs:?}", rule.origin, rule.traffic),
        PeerPlan::Across { peering, group } => {
            format!("{}: {} members of {group} behind {peering}", rule.origin, rule.traffic)
        }
        PeerPlan::Members(group) => format!("{}: {} members of {group}", rule.origin, rule.traffic),
    };
    for (id, group) in &plan.groups {
        writeln!(text, "{id} {:?}", group.members).unwrap();
        group
            .ingress
            .iter()
            .chain(group.egress.iter())
            .for_each(|r| writeln!(text, "  {}", rule(r)).unwrap());
    }
    expect![[r#"
        acl-1 in 100 allow all 10.0.1.0/24
        acl-1 in 200 deny tcp 22 0.0.0.0/0
        sg-a {10.0.1.10, 10.0.1.11, 10.0.2.10}
          sg-a in sgr-1: tcp 5432 members of sg-gone
          sg-a out sgr-2: all [192.0.2.0/24, 198.51.100.0/24]
        sg-b {10.0.1.10, 10.0.1.11}
          sg-b in: icmp 8/0 [0.0.0.0/0]
        sg-gone {}
    "#]]
    .assert_eq(&text);
}

#[test]
fn links_and_translations() {
    let (plan, mut text) = (plan(), String::new());
    for (id, link) in &plan.links {
        let groups: Vec<_> = link.groups.iter().map(|group| group.as_str()).collect();
        let on = [
            (link.source_dest_check, "checked"),
            (link.filtered, "filtered"),
            (link.masquerade, "masquerades"),
        ];
        let on: Vec<_> = on.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
        writeln!(text, "{id} {:?} {} {groups:?}", link.addresses, on.join(" ")).unwrap();
        assert_eq!(link.subnet_index, plan.subnets[&link.subnet].index);
        assert_eq!(link.table, plan.tables[&plan.subnets[&link.subnet].table].number);
    }
    for t in &plan.translations {
        writeln!(text, "{} <-> {} of {}", t.private, t.public, t.interface).unwrap();
    }
    writeln!(text, "router {:?}, resolver {:?}", plan.router.unwrap(), plan.resolver.unwrap()).unwrap();
    expect![[r#"
        eni-a [10.0.1.10, 10.0.1.11] checked filtered ["sg-a", "sg-b"]
        eni-fw [10.0.2.10] filtered ["sg-a"]
        eni-nat [10.0.2.5] masquerades []
        10.0.1.11 <-> 198.18.0.11 of eni-a
        10.0.2.5 <-> 198.18.0.5 of eni-nat
        router 10.0.0.1, resolver 10.0.0.2
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_plan_survives_json() {
    let plan = plan();
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
}
