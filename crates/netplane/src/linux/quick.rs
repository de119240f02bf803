//! The short way: when two plans differ in links, in who is in which group and in the rules of groups and ACLs, what
//! the kernel must be told follows from the difference alone, however large the rest is.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use base::{NetworkAclId, NetworkInterfaceId, SecurityGroupId};
use vpc::{Direction, LinkPlan, Plan, RouteAction};

use super::netlink::family::{Family, octets};
use super::nft::diff::Adjustment;
use super::nft::shorthand::member;
use super::rules::acl::acl_chains;
use super::rules::group::{combined, group_chains};
use super::rules::link::{elements, members_set, shared_elements};

/// What differs between two plans of one VPC.
#[derive(Debug, Default)]
pub struct LinkChange {
    /// Links that are no more.
    pub gone: Vec<NetworkInterfaceId>,
    /// Links that are new.
    pub come: Vec<(NetworkInterfaceId, Arc<LinkPlan>)>,
    /// Links that stay and obey other rules.
    pub changed: Vec<(NetworkInterfaceId, Arc<LinkPlan>, Arc<LinkPlan>)>,
    members: Vec<(SecurityGroupId, BTreeSet<IpAddr>, BTreeSet<IpAddr>)>,
    /// Groups whose rules are others.
    groups: Vec<SecurityGroupId>,
    /// ACLs whose entries are others.
    acls: Vec<NetworkAclId>,
}

impl LinkChange {
    /// The difference, if links, members and rules are all that differs and nothing else depends on those links.
    pub fn between(before: &Plan, after: &Plan) -> Option<LinkChange> {
        let same = before.vpc == after.vpc
            && before.cidrs == after.cidrs
            && before.ipv6_cidrs == after.ipv6_cidrs
            && before.egress_only_internet_gateway == after.egress_only_internet_gateway
            && before.router == after.router
            && before.resolver == after.resolver
            && before.internet_gateway == after.internet_gateway
            && before.subnets == after.subnets
            && before.tables == after.tables
            && before.acls.keys().eq(after.acls.keys())
            && before.translations == after.translations
            && before.seats == after.seats
            && before.peerings == after.peerings
            && before.groups.len() == after.groups.len();
        if !same {
            return None;
        }
        let mut change = LinkChange::default();
        for ((id, old), (other, new)) in before.groups.iter().zip(&after.groups) {
            if id != other {
                return None;
            }
            if old.ingress != new.ingress || old.egress != new.egress {
                change.groups.push(id.clone());
            }
            if old.members != new.members {
                let (gone, come) = (&*old.members - &*new.members, &*new.members - &*old.members);
                change.members.push((id.clone(), gone, come));
            }
        }
        let others = before.acls.iter().zip(after.acls.values()).filter(|((_, old), new)| old != new);
        change.acls.extend(others.map(|((id, _), _)| id.clone()));
        change.compare(before, after)?;
        Some(change)
    }

    fn compare(&mut self, before: &Plan, after: &Plan) -> Option<()> {
        let (mut old, mut new) = (before.links.iter().peekable(), after.links.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => break,
                // Each is made for one interface: the same plan is the plan of the same one.
                (Some((_, a)), Some((_, b))) if Arc::ptr_eq(a, b) => {
                    old.next();
                    new.next();
                    continue;
                }
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((a, _)), Some((b, _))) => a.cmp(b),
            };
            let was = if order.is_le() { old.next() } else { None };
            let is = if order.is_ge() { new.next() } else { None };
            self.note(was, is)?;
        }
        let leads = |id: &NetworkInterfaceId| {
            let routes = after.tables.values().flat_map(|table| &table.routes);
            routes.into_iter().any(|route| route.action == RouteAction::Link(id.clone()))
        };
        let moved = self.gone.iter().chain(self.come.iter().map(|(id, _)| id));
        (!moved.into_iter().any(leads)).then_some(())
    }

    fn note(
        &mut self,
        was: Option<(&NetworkInterfaceId, &Arc<LinkPlan>)>,
        is: Option<(&NetworkInterfaceId, &Arc<LinkPlan>)>,
    ) -> Option<()> {
        let is_plain = |link: &LinkPlan| !link.recorded && !link.masquerade;
        match (was, is) {
            (Some((_, was)), Some((_, is))) if was == is => {}
            (Some((id, was)), Some((_, is))) => {
                let alike = was.addresses == is.addresses
                    && was.ipv6_addresses == is.ipv6_addresses
                    && was.kind == is.kind;
                if !(alike && is_plain(was) && is_plain(is)) {
                    return None;
                }
                self.changed.push((id.clone(), Arc::clone(was), Arc::clone(is)));
            }
            (Some((id, was)), None) if is_plain(was) => self.gone.push(id.clone()),
            (None, Some((id, is))) if is_plain(is) => self.come.push((id.clone(), Arc::clone(is))),
            (None, None) => {}
            _ => return None,
        }
        Some(())
    }

    /// True when there is nothing to do.
    pub fn is_nothing(&self) -> bool {
        let rules = self.groups.is_empty() && self.acls.is_empty();
        let links = self.gone.is_empty() && self.come.is_empty() && self.changed.is_empty();
        links && rules && self.members.is_empty()
    }

    /// The plan before, brought to the plan after.
    pub fn applied_to(&self, mut before: Plan, after: &Plan) -> Plan {
        for id in &self.gone {
            before.links.remove(id);
        }
        let changed = self.changed.iter().map(|(id, _, is)| (id, is));
        for (id, link) in self.come.iter().map(|(id, link)| (id, link)).chain(changed) {
            before.links.insert(id.clone(), Arc::clone(link));
        }
        for (id, ..) in &self.members {
            if let (Some(old), Some(new)) = (before.groups.get_mut(id), after.groups.get(id)) {
                old.members = Arc::clone(&new.members);
            }
        }
        for id in &self.groups {
            if let (Some(old), Some(new)) = (before.groups.get_mut(id), after.groups.get(id)) {
                *old = new.clone();
            }
        }
        for id in &self.acls {
            if let (Some(old), Some(new)) = (before.acls.get_mut(id), after.acls.get(id)) {
                *old = new.clone();
            }
        }
        before
    }

    /// What it means for the rules of one kind of IP, when links have these numbers.
    pub fn adjustment(
        &self,
        family: Family,
        before: &Plan,
        after: &Plan,
        numbers: &BTreeMap<NetworkInterfaceId, u32>,
    ) -> Adjustment {
        let mut adjustment = Adjustment { family, ..Adjustment::default() };
        let number = |id: &NetworkInterfaceId| numbers.get(id).copied();
        for id in &self.gone {
            let link = before.links.get(id).zip(number(id));
            for (set, element) in link.into_iter().flat_map(|(link, index)| elements(family, index, link)) {
                adjustment.gone.entry(set).or_default().insert(element);
            }
        }
        for (id, was, is) in &self.changed {
            let Some(index) = number(id) else { continue };
            let (old, new): (BTreeSet<_>, BTreeSet<_>) = (
                elements(family, index, was).into_iter().collect(),
                elements(family, index, is).into_iter().collect(),
            );
            for (set, element) in old.difference(&new) {
                adjustment.gone.entry(set.clone()).or_default().insert(element.clone());
            }
            for (set, element) in new.difference(&old) {
                adjustment.come.entry(set.clone()).or_default().insert(element.clone());
            }
        }
        for (id, link) in &self.come {
            for (set, element) in number(id).into_iter().flat_map(|index| elements(family, index, link)) {
                adjustment.come.entry(set).or_default().insert(element);
            }
        }
        for link in self.come.iter().map(|(_, link)| link).chain(self.changed.iter().map(|(.., is)| is)) {
            for (set, element) in shared_elements(link) {
                adjustment.shared.entry(set).or_default().insert(element);
            }
            for direction in [Direction::Ingress, Direction::Egress] {
                adjustment.chains.extend(link.filtered.then(|| combined(after, &link.groups, direction)));
            }
        }
        for (id, gone, come) in &self.members {
            let name = members_set(id);
            let of_family = |addresses: &BTreeSet<IpAddr>| -> Vec<_> {
                let own = addresses.iter().filter(|address| Family::of(**address) == family);
                own.map(|address| member(octets(*address))).collect()
            };
            adjustment.gone.entry(name.clone()).or_default().extend(of_family(gone));
            adjustment.come.entry(name).or_default().extend(of_family(come));
        }
        for (id, group) in self.groups.iter().filter_map(|id| Some((id, after.groups.get(id)?))) {
            adjustment.rewritten.extend(group_chains(family, id, group));
        }
        for (id, acl) in self.acls.iter().filter_map(|id| Some((id, after.acls.get(id)?))) {
            adjustment.rewritten.extend(acl_chains(family, id, acl));
        }
        adjustment
    }
}
