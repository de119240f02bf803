//! Security groups in the router: one chain per group and direction, one set of members per group, one chain per
//! distinct set of groups, a map from interfaces to a number of such a set, and one from there to its chain.

use std::collections::BTreeSet;

use base::{SecurityGroupId, VpcPeeringConnectionId};
use vpc::{Direction, GroupPlan, GroupRulePlan, PeerPlan, Plan};

use super::link::members_set;
use super::router::Wiring;
use super::{CAME_BY, LEAVES_BY};
use crate::linux::ifname::fnv64;
use crate::linux::netlink::family::{Family, octets};
use crate::linux::nft::expression::{Expression, Meta, Verdict};
use crate::linux::nft::ruleset::{Chain, Field, Rule, Ruleset, Set, SetKind};
use crate::linux::nft::shorthand::{
    Side, address_in, address_within, goto, inner, interface_address, interface_and_address_in, member,
    report_and_drop, rule, traffic,
};

/// How many rules one chain holds at most.
const RULES_PER_CHAIN: usize = 256;

/// Adds the groups to a router's ruleset.
pub fn add(wiring: &Wiring<'_>, ruleset: &mut Ruleset) {
    for (id, group) in &wiring.plan.groups {
        let members = group.members.iter().filter(|address| Family::of(**address) == wiring.family);
        let elements = members.map(|address| member(octets(*address))).collect();
        let set = Set { elements, ..Set::new(&[Field::Address(wiring.family)], SetKind::Set) };
        ruleset.sets.insert(members_set(id), set);
        ruleset.chains.extend(group_chains(wiring.family, id, group));
    }
    for (id, peering) in &wiring.plan.peerings {
        for (group, members) in &peering.members {
            let link = wiring.peerings.get(id).copied();
            let element = |address: &std::net::IpAddr| Some(member(interface_address(link?, *address)));
            let members = members.iter().filter(|address| Family::of(**address) == wiring.family);
            let elements = members.filter_map(element).collect();
            let key = [Field::Interface, Field::Address(wiring.family)];
            let set = Set { elements, ..Set::new(&key, SetKind::Set) };
            ruleset.sets.insert(across_set(id, group), set);
        }
    }
    for direction in [Direction::Ingress, Direction::Egress] {
        add_combinations(wiring, direction, ruleset);
    }
}

/// The chains of a group's rules.
pub fn group_chains(family: Family, id: &SecurityGroupId, group: &GroupPlan) -> Vec<(String, Chain)> {
    let chains =
        |direction, rules| in_parts(group_chain(id, direction), group_rules(family, direction, rules));
    let mut all = chains(Direction::Ingress, &group.ingress);
    all.extend(chains(Direction::Egress, &group.egress));
    all
}

/// A chain, or several that the first tries one after another: one of thousands of rules, as a prefix list makes
/// them, would not fit into a batch.
fn in_parts(name: String, rules: Vec<Rule>) -> Vec<(String, Chain)> {
    if rules.len() <= RULES_PER_CHAIN {
        return vec![(name, inner(rules))];
    }
    let parts: Vec<(String, Chain)> = rules
        .chunks(RULES_PER_CHAIN)
        .enumerate()
        .map(|(number, part)| (format!("{name}-{number}"), inner(part.to_vec())))
        .collect();
    let jump = |(part, _): &(String, Chain)| {
        rule(part.clone(), [vec![Expression::Verdict(Verdict::Jump(part.clone()))]])
    };
    let whole = inner(parts.iter().map(jump).collect());
    parts.into_iter().chain([(name, whole)]).collect()
}

fn add_combinations(wiring: &Wiring<'_>, direction: Direction, ruleset: &mut Ruleset) {
    let filtered = wiring.present().filter(|(_, _, link)| link.filtered);
    let combinations: BTreeSet<&BTreeSet<SecurityGroupId>> =
        filtered.map(|(_, _, link)| &link.groups).collect();
    for groups in combinations {
        let (name, chain) = combined(wiring.plan, groups, direction);
        ruleset.chains.insert(name, chain);
    }
}

/// The chain of a set of groups, with its name.
pub fn combined(plan: &Plan, groups: &BTreeSet<SecurityGroupId>, direction: Direction) -> (String, Chain) {
    let known = groups.iter().filter(|id| plan.groups.contains_key(*id));
    (combination_chain(groups, direction), combination(known, direction))
}

fn group_chain(group: &SecurityGroupId, direction: Direction) -> String {
    format!("{group}-{direction}")
}

/// Members of a group behind a peering link, known by the link too: other VPCs may have the same addresses.
fn across_set(peering: &VpcPeeringConnectionId, group: &SecurityGroupId) -> String {
    format!("across-{peering}-{group}")
}

/// The name of the chain of a set of groups.
pub fn combination_chain(groups: &BTreeSet<SecurityGroupId>, direction: Direction) -> String {
    format!("groups-{direction}-{:016x}", combination_number(groups))
}

/// What a set of groups is known by in maps.
pub fn combination_key(groups: &BTreeSet<SecurityGroupId>) -> Vec<u8> {
    combination_number(groups).to_ne_bytes().to_vec()
}

fn combination_number(groups: &BTreeSet<SecurityGroupId>) -> u64 {
    let names: Vec<&str> = groups.iter().map(SecurityGroupId::as_str).collect();
    fnv64(names.join(",").as_bytes())
}

/// Tries each group; what none allows is dropped, named by the interface whose groups they are.
fn combination<'a>(groups: impl Iterator<Item = &'a SecurityGroupId>, direction: Direction) -> Chain {
    let jump = |id: &SecurityGroupId| vec![Expression::Verdict(Verdict::Jump(group_chain(id, direction)))];
    let mut rules: Vec<Rule> = groups.map(|id| rule(id.to_string(), [jump(id)])).collect();
    let whose = if direction == Direction::Egress { CAME_BY } else { LEAVES_BY };
    rules.push(rule("no group allows it", [report_and_drop(format!("sg-{direction} {whose}"))]));
    inner(rules)
}

fn group_rules(family: Family, direction: Direction, rules: &[GroupRulePlan]) -> Vec<Rule> {
    let side = if direction == Direction::Egress { Side::Destination } else { Side::Source };
    let by = if direction == Direction::Egress { Meta::OutInterface } else { Meta::InInterface };
    let next = if direction == Direction::Egress { "enter" } else { "finish" };
    let compiled = |plan: &GroupRulePlan| -> Vec<Rule> {
        let with = |peer| rule(plan.origin.to_string(), [peer, traffic(plan.traffic), goto(next)]);
        match &plan.peer {
            PeerPlan::Cidrs(cidrs) => {
                let cidrs = cidrs.iter().filter(|cidr| family.has(**cidr));
                cidrs.map(|cidr| with(address_within(side, *cidr))).collect()
            }
            PeerPlan::Members(group) => vec![with(address_in(family, side, &members_set(group)))],
            PeerPlan::Across { peering, group } => {
                vec![with(interface_and_address_in(family, by, side, &across_set(peering, group)))]
            }
        }
    };
    rules.iter().flat_map(compiled).collect()
}
