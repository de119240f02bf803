//! What reaches the kernel when a network changes: as little as the change is.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use vpc::{Plan, compile};

use super::router::{Wiring, ruleset};
use crate::linux::netlink::family::Family;
use crate::linux::nft::diff::diff;
use crate::linux::nft::observe::Observed;
use crate::linux::nft::ruleset::Ruleset;

const NETWORK: &str = "
    vpc 10.0.0.0/16
    subnet subnet-a 10.0.0.0/24 acl-1 rtb-1
    acl acl-1 open
    sg sg-app out all to 0.0.0.0/0
    sg sg-db in tcp 5432 from sg-app
    eni eni-app host subnet-a 10.0.0.10 sg-app
    eni eni-db host subnet-a 10.0.0.20 sg-db
";

fn plan(text: &str) -> Plan {
    compile(&vpc::testing::network(text).expect("a network"))
}

/// Links are numbered by their order, from 3 on; new ones must be named last to leave the others their numbers.
fn rules(text: &str) -> Ruleset {
    let plan = plan(text);
    let links: BTreeMap<_, _> = plan.links.keys().cloned().zip(3..).collect();
    ruleset(&Wiring {
        plan: &plan,
        family: Family::Ipv4,
        links: &links,
        internet: None,
        outward: None,
        peerings: &BTreeMap::new(),
        gateway_endpoints: &BTreeMap::new(),
    })
}

/// Checks the messages that lead from [`NETWORK`] to the network with more lines.
fn check(more: &str, expect: Expect) {
    let before = rules(NETWORK);
    let after = rules(&format!("{NETWORK}\n{more}"));
    let units = diff(&Observed::of(&before), &after);
    let lines: Vec<String> = units.iter().flatten().map(|message| message.describe()).collect();
    expect.assert_eq(&lines.join("\n"));
    assert!(diff(&Observed::of(&after), &after).is_empty(), "what is there needs nothing");
}

#[test]
fn nothing_changes_nothing() {
    check("", expect![[""]]);
}

#[test]
fn a_new_rule_rewrites_one_chain() {
    check(
        "sg sg-db in tcp 5433 from sg-app",
        expect![[r#"
            empty chain (moat sg-db-in)
            add rule (moat sg-db-in payload look)
            add rule (moat sg-db-in payload look)"#]],
    );
}

#[test]
fn a_new_interface_adds_elements_and_touches_no_chain() {
    check(
        "eni eni-z host subnet-a 10.0.0.30 sg-db",
        expect![[r#"
            add elements (moat groups-of-in)
            add elements (moat groups-of-out)
            add elements (moat loops)
            add elements (moat marks)
            add elements (moat members-sg-db)
            add elements (moat own)"#]],
    );
}

#[test]
fn a_new_acl_entry_rewrites_one_chain() {
    check(
        "acl acl-1 50 deny in udp 53 from 0.0.0.0/0",
        expect![[r#"
            empty chain (moat acl-in-acl-1)
            add rule (moat acl-in-acl-1 meta cmp)
            add rule (moat acl-in-acl-1 immediate acl-1)
            add rule (moat acl-in-acl-1 counter log)"#]],
    );
}
