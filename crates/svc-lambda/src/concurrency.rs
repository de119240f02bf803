//! What functions have reserved and provisioned of an account's concurrency.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>

use crate::model::{Function, ProvisionedConcurrency};
use base::Scope;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Fault, Snapshot, Tx};

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
