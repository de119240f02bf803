//! Reads a namespace's ruleset back, as far as it is needed to tell what differs from the one that should be there.

use std::collections::{BTreeMap, BTreeSet};

use super::messages::{
    TABLE, decode_element, fingerprint, get_generation, list_chains, list_elements, list_rules, list_sets,
};
use super::ruleset::{Chain, Element, Ruleset};
use crate::linux::netlink::family::Family;
use crate::linux::netlink::parse::{Attributes, Reply};
use crate::linux::netlink::socket::{NetlinkError, NetlinkSocket};

/// What a namespace's table holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Whether the table is there at all.
    pub table: bool,
    /// Chains by name.
    pub chains: BTreeMap<String, ObservedChain>,
    /// Elements of sets by name.
    pub sets: BTreeMap<String, BTreeSet<Element>>,
}

/// A chain in the kernel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedChain {
    /// For a chain that the kernel enters: whether its end accepts.
    pub accept: Option<bool>,
    /// Each rule's fingerprint; none for a rule that is not ours.
    pub rules: Vec<Option<u64>>,
}

impl ObservedChain {
    /// What is in the kernel once this chain is.
    pub fn of(chain: &Chain) -> ObservedChain {
        ObservedChain {
            accept: chain.hook.map(|hook| hook.accept),
            rules: chain.rules.iter().map(|rule| Some(rule.fingerprint())).collect(),
        }
    }
}

impl Observed {
    /// What is in the kernel once this ruleset is.
    pub fn of(ruleset: &Ruleset) -> Observed {
        Observed {
            table: true,
            chains: ruleset.chains.iter().map(|(name, c)| (name.clone(), ObservedChain::of(c))).collect(),
            sets: ruleset.sets.iter().map(|(name, s)| (name.clone(), s.elements.clone())).collect(),
        }
    }

    /// Reads the kernel.
    pub fn read(socket: &mut NetlinkSocket, family: Family) -> Result<Observed, NetlinkError> {
        let mut observed = Observed::default();
        read_chains(socket, family, &mut observed)?;
        if !observed.table {
            return Ok(observed);
        }
        read_rules(socket, family, &mut observed)?;
        for set in read_set_names(socket, family)? {
            let elements = read_elements(socket, family, &set)?;
            observed.sets.insert(set, elements);
        }
        Ok(observed)
    }
}

/// The attributes behind the family header.
fn attributes<'a>(reply: &Reply<'a>) -> Attributes<'a> {
    Attributes(reply.body.get(4..).unwrap_or_default())
}

/// The namespace's rule generation, which any commit by anybody raises.
pub fn generation(socket: &mut NetlinkSocket) -> Result<u32, NetlinkError> {
    let mut found = 0;
    socket.dump("read the rule generation", get_generation(), |reply| {
        found = attributes(reply).be32(1).unwrap_or_default();
    })?;
    Ok(found)
}

fn read_chains(
    socket: &mut NetlinkSocket,
    family: Family,
    observed: &mut Observed,
) -> Result<(), NetlinkError> {
    socket.dump("list chains", list_chains(family), |reply| {
        let a = attributes(reply);
        if a.string(1).as_deref() != Some(TABLE) {
            return;
        }
        observed.table = true;
        if let Some(name) = a.string(3) {
            let accept = a.find(4).and(a.be32(5)).map(|policy| policy == 1);
            observed.chains.insert(name, ObservedChain { accept, rules: Vec::new() });
        }
    })
}

fn read_rules(
    socket: &mut NetlinkSocket,
    family: Family,
    observed: &mut Observed,
) -> Result<(), NetlinkError> {
    socket.dump("list rules", list_rules(family), |reply| {
        let a = attributes(reply);
        if let Some(chain) = a.string(2).and_then(|name| observed.chains.get_mut(&name)) {
            chain.rules.push(a.find(7).and_then(fingerprint));
        }
    })
}

fn read_set_names(socket: &mut NetlinkSocket, family: Family) -> Result<Vec<String>, NetlinkError> {
    let mut names = Vec::new();
    socket.dump("list sets", list_sets(family), |reply| names.extend(attributes(reply).string(2)))?;
    Ok(names)
}

fn read_elements(
    socket: &mut NetlinkSocket,
    family: Family,
    set: &str,
) -> Result<BTreeSet<Element>, NetlinkError> {
    let mut elements = BTreeSet::new();
    socket.dump("list set elements", list_elements(family, set), |reply| {
        elements.extend(attributes(reply).nested(3).filter_map(|(_, e)| decode_element(Attributes(e))));
    })?;
    Ok(elements)
}
