//! What one link adds to a router's sets: all of it, so that a link that comes or goes is a matter of these elements.

use std::collections::BTreeMap;

use base::SecurityGroupId;
use vpc::{Direction, InterfaceKind, LinkPlan};

use super::group::combination_chain;
use crate::linux::netlink::family::Family;
use crate::linux::nft::expression::Verdict;
use crate::linux::nft::ruleset::{Data, Element, Field, Set, SetKind};
use crate::linux::nft::shorthand::{interface_address, leads, member};

/// The sets that links have elements in, besides one per subnet. They are there even when they are empty.
pub fn sets(family: Family) -> BTreeMap<String, Set> {
    let (interface, own) = (Field::Interface, [Field::Interface, Field::Address(family)]);
    let all: [(&str, &[Field], SetKind); 12] = [
        ("acl-in", &[interface], SetKind::VerdictMap),
        ("acl-out", &[interface], SetKind::VerdictMap),
        ("group-in", &[interface], SetKind::VerdictMap),
        ("group-out", &[interface], SetKind::VerdictMap),
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

/// The set of the links of a subnet.
pub fn of_subnet(index: u32) -> (String, Set) {
    (format!("links-of-{index}"), Set::new(&[Field::Interface], SetKind::Set))
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
    let mut all = vec![
        ("marks".to_string(), mark),
        ("loops".to_string(), pair()),
        (of_subnet(link.subnet_index).0, own()),
    ];
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
        let to_acl = Verdict::Jump(subnet_chain(link.subnet_index, direction));
        all.push((format!("acl-{direction}"), leads(index, to_acl)));
        if link.filtered {
            let to_groups = Verdict::Goto(combination_chain(&link.groups, direction));
            all.push((format!("group-{direction}"), leads(index, to_groups)));
        }
    }
    all
}

/// The set of a group's members.
pub fn members_set(group: &SecurityGroupId) -> String {
    format!("members-{group}")
}
