//! What one link adds to a router's sets: all of it, so that a link that comes or goes is a matter of these elements.

use std::collections::BTreeMap;

use base::SecurityGroupId;
use vpc::{Direction, InterfaceKind, LinkPlan};

use super::group::{combination_chain, combination_key};
use crate::linux::netlink::family::Family;
use crate::linux::nft::expression::Verdict;
use crate::linux::nft::ruleset::{Data, Element, Field, Set, SetKind};
use crate::linux::nft::shorthand::{interface_address, member};

/// The sets that links have elements in, besides one per subnet. They are there even when they are empty.
pub fn sets(family: Family) -> BTreeMap<String, Set> {
    let (interface, own) = (Field::Interface, [Field::Interface, Field::Address(family)]);
    let all: [(&str, &[Field], SetKind); 14] = [
        ("acl-in", &[Field::Group], SetKind::VerdictMap),
        ("acl-out", &[Field::Group], SetKind::VerdictMap),
        ("group-in", &[Field::Combination], SetKind::VerdictMap),
        ("group-out", &[Field::Combination], SetKind::VerdictMap),
        ("groups-of-in", &[interface], SetKind::Map(Field::Combination)),
        ("groups-of-out", &[interface], SetKind::Map(Field::Combination)),
        ("hubs", &[interface], SetKind::Set),
        ("loops", &[interface, interface], SetKind::Set),
        ("marks", &[interface], SetKind::Map(Field::Mark)),
        ("nats", &[interface], SetKind::Set),
        ("nats-own", &own, SetKind::Set),
        ("own", &own, SetKind::Set),
        ("unchecked", &[interface], SetKind::Set),
        ("unchecked-out", &[interface], SetKind::Set),
    ];
    all.into_iter().map(|(name, key, kind)| (name.to_string(), Set::new(key, kind))).collect()
}

/// The chain that a subnet's ACL is entered by.
pub fn subnet_chain(index: u32, direction: Direction) -> String {
    format!("subnet-{direction}-{index}")
}

/// The elements of the link with this number, each with the name of its set.
pub fn elements(family: Family, index: u32, link: &LinkPlan) -> Vec<(String, Element)> {
    let own = || member(index.to_ne_bytes().to_vec());
    let pair = || member([index.to_ne_bytes(), index.to_ne_bytes()].concat());
    let mark =
        Element { key: index.to_ne_bytes().to_vec(), data: Data::Value(link.table.to_ne_bytes().to_vec()) };
    let mut all = vec![("marks".to_string(), mark), ("loops".to_string(), pair())];
    let is_nat = matches!(link.kind, InterfaceKind::NatGateway(_));
    for address in link.all_addresses().filter(|address| Family::of(*address) == family) {
        all.push(("own".to_string(), member(interface_address(index, address))));
        if is_nat {
            all.push(("nats-own".to_string(), member(interface_address(index, address))));
        }
    }
    let mut plain = |set: &str, wanted: bool| all.extend(wanted.then(|| (set.to_string(), own())));
    plain("nats", is_nat);
    plain("hubs", link.kind == InterfaceKind::Hub);
    plain("unchecked", !link.source_dest_check);
    plain("unchecked-out", !link.source_dest_check);
    for direction in [Direction::Ingress, Direction::Egress] {
        if link.filtered {
            let data = Data::Value(combination_key(&link.groups));
            all.push((groups_map(direction), Element { key: index.to_ne_bytes().to_vec(), data }));
        }
    }
    all
}

/// The map from interfaces to what their groups are known by. An element of a map of verdicts would make the kernel walk
/// all rules whenever one comes.
pub fn groups_map(direction: Direction) -> String {
    format!("groups-of-{direction}")
}

/// The map from there to the chain of those groups.
pub fn combinations_map(direction: Direction) -> String {
    format!("group-{direction}")
}

/// The elements that a link has in common with all links of the same groups.
pub fn shared_elements(link: &LinkPlan) -> Vec<(String, Element)> {
    let element = |direction| {
        let data = Data::Verdict(Verdict::Goto(combination_chain(&link.groups, direction)));
        (combinations_map(direction), Element { key: combination_key(&link.groups), data })
    };
    let directions = [Direction::Ingress, Direction::Egress].into_iter().filter(|_| link.filtered);
    directions.map(element).collect()
}

/// The set of a group's members.
pub fn members_set(group: &SecurityGroupId) -> String {
    format!("members-{group}")
}
