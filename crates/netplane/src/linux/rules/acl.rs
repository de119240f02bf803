//! Network ACLs in the router: one chain per ACL and direction, entered through one chain per subnet that first
//! lets pass what stays in the subnet. The links of a subnet are a group of interfaces of its number, which the kernel knows
//! of each packet without a search.

use base::NetworkAclId;
use vpc::{AclEntryPlan, AclPlan, Action, Direction, DropRef, SubnetPlan};

use super::link::subnet_chain;
use super::router::Wiring;
use crate::linux::netlink::family::Family;
use crate::linux::nft::expression::{Expression, Meta, Verdict};
use crate::linux::nft::ruleset::{Chain, Rule, Ruleset};
use crate::linux::nft::shorthand::{
    Side, address_within, goto, group_is, inner, leads, report_and_drop, rule, traffic,
};

/// Adds the ACLs to a router's ruleset.
pub fn add(wiring: &Wiring<'_>, ruleset: &mut Ruleset) {
    for (id, acl) in &wiring.plan.acls {
        ruleset.chains.extend(acl_chains(wiring.family, id, acl));
    }
    for subnet in wiring.plan.subnets.values() {
        for direction in [Direction::Ingress, Direction::Egress] {
            ruleset.chains.insert(subnet_chain(subnet.index, direction), crossing(wiring, subnet, direction));
            let to_acl = leads(subnet.index, Verdict::Jump(subnet_chain(subnet.index, direction)));
            if let Some(set) = ruleset.sets.get_mut(&format!("acl-{direction}")) {
                set.elements.insert(to_acl);
            }
        }
    }
}

/// The chains of an ACL's entries.
pub fn acl_chains(family: Family, id: &NetworkAclId, acl: &AclPlan) -> [(String, Chain); 2] {
    [(Direction::Ingress, &acl.ingress), (Direction::Egress, &acl.egress)]
        .map(|(direction, entries)| (acl_chain(id, direction), entries_chain(family, id, direction, entries)))
}

fn acl_chain(acl: &NetworkAclId, direction: Direction) -> String {
    format!("acl-{direction} {acl}").replace(' ', "-")
}

/// Applies the ACL unless the other end is in the same subnet. A subnet whose ACL is not there passes nothing.
fn crossing(wiring: &Wiring<'_>, subnet: &SubnetPlan, direction: Direction) -> Chain {
    let other = if direction == Direction::Egress { Meta::OutGroup } else { Meta::InGroup };
    let stays = vec![Expression::Verdict(Verdict::Return)];
    let decide = if wiring.plan.acls.contains_key(&subnet.acl) {
        goto(acl_chain(&subnet.acl, direction))
    } else {
        denied(&subnet.acl, direction, None)
    };
    inner(vec![
        rule("stays in the subnet", [group_is(other, subnet.index), stays]),
        rule("crosses the subnet's edge", [decide]),
    ])
}

fn entries_chain(
    family: Family,
    acl: &NetworkAclId,
    direction: Direction,
    entries: &[AclEntryPlan],
) -> Chain {
    let entries = entries.iter().filter(|entry| family.has(entry.cidr));
    let mut rules: Vec<Rule> = entries.map(|entry| entry_rule(acl, direction, entry)).collect();
    rules.push(rule("*", [denied(acl, direction, None)]));
    inner(rules)
}

fn entry_rule(acl: &NetworkAclId, direction: Direction, entry: &AclEntryPlan) -> Rule {
    let side = if direction == Direction::Egress { Side::Destination } else { Side::Source };
    let decide = match entry.action {
        Action::Allow => vec![Expression::Verdict(Verdict::Return)],
        Action::Deny => denied(acl, direction, Some(entry.number)),
    };
    let matches = [address_within(side, entry.cidr), traffic(entry.traffic), decide];
    rule(format!("{acl} {direction} {}", entry.number), matches)
}

fn denied(acl: &NetworkAclId, direction: Direction, number: Option<u16>) -> Vec<Expression> {
    report_and_drop(DropRef::NetworkAcl { acl: acl.clone(), direction, number }.to_string())
}
