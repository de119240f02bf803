//! Environments that wait for a function, so that a cold start finds namespaces, control group, root, network and,
//! for Python, an interpreter. They are made for the kinds of runtime that some function uses, and for no other.

use netplane::SpareNet;
use sandbox::{Blank, Kind};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many of a kind wait: as many as may be asked for while the first of them is being replaced.
const WAITING: usize = 4;

/// An environment that waits, with its namespace and the listener of its runtime API.
pub struct Spare {
    pub net: SpareNet,
    pub listener: TcpListener,
    pub blank: Blank,
}

/// All that wait, by kind; the kinds are those that are in use.
#[derive(Default)]
pub struct Spares(Mutex<BTreeMap<Kind, Vec<Spare>>>);

impl Spares {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Kind, Vec<Spare>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on some of this kind are to wait; answers whether that is news.
    pub fn expect(&self, kind: Kind) -> bool {
        let mut all = self.lock();
        let news = !all.contains_key(&kind);
        all.entry(kind).or_default();
        news
    }

    /// The youngest.
    pub fn take(&self, kind: Kind) -> Option<Spare> {
        self.lock().entry(kind).or_default().pop()
    }

    /// A kind of which more are to wait, the emptiest first.
    pub fn wanting(&self) -> Option<Kind> {
        let all = self.lock();
        let wanting = all.iter().filter(|(_, waiting)| waiting.len() < WAITING);
        wanting.min_by_key(|(_, waiting)| waiting.len()).map(|(kind, _)| *kind)
    }

    /// How many wait, of all kinds.
    pub fn count(&self) -> usize {
        self.lock().values().map(Vec::len).sum()
    }

    pub fn add(&self, kind: Kind, spare: Spare) {
        self.lock().entry(kind).or_default().push(spare);
    }
}
