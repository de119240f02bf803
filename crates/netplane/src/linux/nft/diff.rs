//! From what is there to what should be there, in the fewest messages: a chain that did not change is not touched,
//! a set gives and takes single elements. Connection tracking is never touched, so what is established stays.

use std::collections::{BTreeMap, BTreeSet};

use super::messages::{
    delete_chain, delete_elements, delete_set, delete_table, flush_chain, new_chain, new_elements, new_rule,
    new_set, new_table,
};
use super::observe::{Observed, ObservedChain};
use super::ruleset::{Chain, Element, Ruleset, Set};
use crate::linux::netlink::encode::Message;
use crate::linux::netlink::family::Family;

/// An attribute holds 64 KiB; an element takes less than a hundred bytes.
const ELEMENTS_PER_MESSAGE: usize = 500;

/// Messages that must reach the kernel in one batch.
pub type Unit = Vec<Message>;

/// A change that is known without comparing: chains that others will lead to, chains whose rules are others, elements
/// that go and come.
#[derive(Debug, Default)]
pub struct Adjustment {
    /// The kind of IP whose rules change.
    pub family: Family,
    /// Chains by name; what is there already is left alone.
    pub chains: BTreeMap<String, Chain>,
    /// Chains that are to hold these rules from now on, by name.
    pub rewritten: BTreeMap<String, Chain>,
    /// Elements that go, by the set's name.
    pub gone: BTreeMap<String, BTreeSet<Element>>,
    /// Elements that come.
    pub come: BTreeMap<String, BTreeSet<Element>>,
    /// Elements that several links have in common: what is there already is left alone.
    pub shared: BTreeMap<String, BTreeSet<Element>>,
}

impl Adjustment {
    /// The messages for it, of which each set's are atomic in one batch with all others.
    pub fn messages(&self, observed: &Observed) -> Unit {
        let family = self.family;
        let mut unit = Vec::new();
        let is_new = |name: &String| !observed.chains.contains_key(name);
        let chains = || self.chains.iter().filter(|(name, _)| is_new(name)).chain(&self.rewritten);
        unit.extend(
            chains()
                .filter(|(name, _)| is_new(name))
                .map(|(n, chain)| new_chain(family, n, chain.hook.as_ref())),
        );
        for (name, chain) in chains() {
            if observed.chains.get(name).is_some_and(|there| !there.rules.is_empty()) {
                unit.push(flush_chain(family, name));
            }
            unit.extend(chain.rules.iter().map(|rule| new_rule(family, name, rule)));
        }
        let parts = |elements: &BTreeSet<Element>, message: &dyn Fn(&[&Element]) -> Message| -> Unit {
            let elements: Vec<&Element> = elements.iter().collect();
            elements.chunks(ELEMENTS_PER_MESSAGE).map(message).collect()
        };
        for (set, elements) in &self.gone {
            unit.extend(parts(elements, &|part| delete_elements(family, set, part)));
        }
        for (set, elements) in &self.shared {
            let there = observed.sets.get(set);
            let is_new = |element: &&Element| !there.is_some_and(|there| there.contains(*element));
            let new: BTreeSet<Element> = elements.iter().filter(is_new).cloned().collect();
            unit.extend(parts(&new, &|part| new_elements(family, set, part)));
        }
        for (set, elements) in &self.come {
            unit.extend(parts(elements, &|part| new_elements(family, set, part)));
        }
        unit
    }

    /// What is there afterwards.
    pub fn adjust(self, observed: &mut Observed) {
        for (name, chain) in self.chains {
            observed.chains.entry(name).or_insert_with(|| ObservedChain::of(&chain));
        }
        for (name, chain) in self.rewritten {
            observed.chains.insert(name, ObservedChain::of(&chain));
        }
        for (set, elements) in self.gone {
            let there = observed.sets.entry(set).or_default();
            elements.iter().for_each(|element| {
                there.remove(element);
            });
        }
        for (set, elements) in self.shared.into_iter().chain(self.come) {
            observed.sets.entry(set).or_default().extend(elements);
        }
    }
}

/// The change from `observed` to `desired`; empty when nothing is to be done. The units come in an order in which
/// each may be its own batch: what is entered by the kernel is filled last and its end drops.
pub fn diff(observed: &Observed, desired: &Ruleset) -> Vec<Unit> {
    let family = desired.family;
    if let Some(blank) = incompatible(observed, desired) {
        let mut units = vec![vec![new_table(family), delete_table(family)]];
        units.extend(diff(&blank, desired));
        return units;
    }
    let mut units = Vec::new();
    if !observed.table {
        units.push(vec![new_table(family)]);
    }
    units.extend(created(observed, desired));
    units.extend(emptied(observed, desired));
    units.extend(rewritten(observed, desired));
    units.extend(filled(observed, desired));
    units.extend(removed(observed, desired));
    units
}

/// A chain cannot become an entry point or stop being one: then all of the table is made again.
fn incompatible(observed: &Observed, desired: &Ruleset) -> Option<Observed> {
    let differs = |(name, chain): (&String, &ObservedChain)| {
        desired.chains.get(name).is_some_and(|wanted| wanted.hook.is_some() != chain.accept.is_some())
    };
    observed.chains.iter().any(differs).then(Observed::default)
}

fn created(observed: &Observed, desired: &Ruleset) -> Vec<Unit> {
    let family = desired.family;
    let mut messages = Vec::new();
    for (id, (name, set)) in (1..).zip(&desired.sets) {
        if !observed.sets.contains_key(name) {
            messages.push(new_set(family, name, set, id));
        }
    }
    for (name, chain) in &desired.chains {
        let accept = chain.hook.map(|hook| hook.accept);
        if observed.chains.get(name).is_none_or(|there| there.accept != accept) {
            messages.push(new_chain(family, name, chain.hook.as_ref()));
        }
    }
    messages.into_iter().map(|message| vec![message]).collect()
}

/// What becomes of one set.
#[derive(Default)]
struct Change<'a> {
    gone: Vec<&'a Element>,
    /// Elements whose key stays and leads elsewhere: the old ones, the new ones.
    replaced: (Vec<&'a Element>, Vec<&'a Element>),
    come: Vec<&'a Element>,
}

fn change<'a>(there: Option<&'a BTreeSet<Element>>, set: &'a Set) -> Change<'a> {
    let Some(there) = there else {
        return Change { come: set.elements.iter().collect(), ..Change::default() };
    };
    let gone: Vec<&Element> = there.difference(&set.elements).collect();
    let come: Vec<&Element> = set.elements.difference(there).collect();
    let keys = |elements: &[&'a Element]| elements.iter().map(|e| e.key.as_slice()).collect::<BTreeSet<_>>();
    let (gone_keys, come_keys) = (keys(&gone), keys(&come));
    let (old, gone) = gone.into_iter().partition(|e| come_keys.contains(e.key.as_slice()));
    let (new, come) = come.into_iter().partition(|e| gone_keys.contains(e.key.as_slice()));
    Change { gone, replaced: (old, new), come }
}

/// Elements that go, and those that lead elsewhere from now on: the latter are never absent.
fn emptied(observed: &Observed, desired: &Ruleset) -> Vec<Unit> {
    let family = desired.family;
    let mut units = Vec::new();
    for (name, set) in &desired.sets {
        let change = change(observed.sets.get(name), set);
        units.extend(
            change.gone.chunks(ELEMENTS_PER_MESSAGE).map(|part| vec![delete_elements(family, name, part)]),
        );
        let (old, new) = change.replaced;
        let mut unit: Unit =
            old.chunks(ELEMENTS_PER_MESSAGE).map(|part| delete_elements(family, name, part)).collect();
        unit.extend(new.chunks(ELEMENTS_PER_MESSAGE).map(|part| new_elements(family, name, part)));
        units.extend((!unit.is_empty()).then_some(unit));
    }
    units
}

fn rewritten(observed: &Observed, desired: &Ruleset) -> Vec<Unit> {
    let family = desired.family;
    let changed = |name: &str, chain: &Chain| {
        let wanted = chain.rules.iter().map(|rule| Some(rule.fingerprint()));
        observed.chains.get(name).is_none_or(|there| !there.rules.iter().copied().eq(wanted))
    };
    let inner = desired.chains.iter().filter(|(_, chain)| chain.hook.is_none());
    let entered = desired.chains.iter().filter(|(_, chain)| chain.hook.is_some());
    inner
        .chain(entered)
        .filter(|(name, chain)| changed(name, chain))
        .map(|(name, chain)| {
            let mut unit = Vec::new();
            if observed.chains.get(name).is_some_and(|there| !there.rules.is_empty()) {
                unit.push(flush_chain(family, name));
            }
            unit.extend(chain.rules.iter().map(|rule| new_rule(family, name, rule)));
            unit
        })
        .filter(|unit| !unit.is_empty())
        .collect()
}

fn filled(observed: &Observed, desired: &Ruleset) -> Vec<Unit> {
    let family = desired.family;
    let mut units = Vec::new();
    for (name, set) in &desired.sets {
        let come = change(observed.sets.get(name), set).come;
        units.extend(come.chunks(ELEMENTS_PER_MESSAGE).map(|part| vec![new_elements(family, name, part)]));
    }
    units
}

/// Chains are emptied before any is removed, since one may lead to another.
fn removed(observed: &Observed, desired: &Ruleset) -> Vec<Unit> {
    let family = desired.family;
    let chains: Vec<&String> =
        observed.chains.keys().filter(|name| !desired.chains.contains_key(*name)).collect();
    let sets = observed.sets.keys().filter(|name| !desired.sets.contains_key(*name));
    let flushed = chains.iter().map(|name| flush_chain(family, name));
    let dropped = chains.iter().map(|name| delete_chain(family, name));
    flushed.chain(sets.map(|name| delete_set(family, name))).chain(dropped).map(|m| vec![m]).collect()
}
