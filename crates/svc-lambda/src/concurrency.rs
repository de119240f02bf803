//! What functions have reserved and provisioned of an account's concurrency.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>

use crate::model::{Function, ProvisionedConcurrency};
use base::Scope;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Fault, Snapshot, Store, Tx};

/// What one function has taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub reserved: Option<u32>,
    pub provisioned: u32,
}

impl Taken {
    /// Provisioned concurrency is part of the reserved, where there is one.
    pub fn total(&self) -> u32 {
        self.reserved.unwrap_or(self.provisioned)
    }
}

/// What is taken in a scope, all of it and by the functions' names.
pub struct InScope {
    pub total: u32,
    pub by_function: BTreeMap<String, Taken>,
}

/// What is taken in every scope that was asked for, read once: invocations ask, and few calls
/// change it. Whoever changes it says so.
#[derive(Default)]
pub struct Kept(Mutex<Reading>);

#[derive(Default)]
struct Reading {
    changes: u64,
    scopes: HashMap<String, Arc<InScope>>,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called when a change is stored, and before it is acknowledged.
    pub fn changed(&self) {
        let mut reading = self.lock();
        reading.changes += 1;
        reading.scopes.clear();
    }

    pub fn of(&self, store: &Store, scope: &Scope) -> Result<Arc<InScope>, Fault> {
        let prefix = scope.prefix();
        let before = {
            let reading = self.lock();
            if let Some(known) = reading.scopes.get(&prefix) {
                return Ok(Arc::clone(known));
            }
            reading.changes
        };
        let by_function = taken(&store.read(), scope)?;
        let total = by_function.values().map(Taken::total).sum();
        let read = Arc::new(InScope { total, by_function });
        let mut reading = self.lock();
        // What was read while it changed may be what it was before.
        if reading.changes == before {
            reading.scopes.insert(prefix, Arc::clone(&read));
        }
        Ok(read)
    }
}

/// By the functions' names; those that have taken nothing are left out.
pub fn taken(snapshot: &Snapshot, scope: &Scope) -> Result<BTreeMap<String, Taken>, Fault> {
    let functions = snapshot.scan::<Function>(&scope.prefix())?;
    Ok(sum(&functions, &snapshot.scan::<ProvisionedConcurrency>(&scope.prefix())?))
}

pub fn taken_in(tx: &Tx, scope: &Scope) -> Result<BTreeMap<String, Taken>, Fault> {
    let functions = tx.scan::<Function>(&scope.prefix())?;
    Ok(sum(&functions, &tx.scan::<ProvisionedConcurrency>(&scope.prefix())?))
}

fn sum(functions: &[Arc<Function>], configs: &[Arc<ProvisionedConcurrency>]) -> BTreeMap<String, Taken> {
    let mut all: BTreeMap<String, Taken> = BTreeMap::new();
    for function in functions.iter().filter(|f| f.reserved_concurrency.is_some()) {
        all.entry(function.name.clone()).or_default().reserved = function.reserved_concurrency;
    }
    for config in configs {
        all.entry(config.function_name.clone()).or_default().provisioned += config.requested;
    }
    all
}
