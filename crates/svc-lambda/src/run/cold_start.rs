//! The traces of cold starts: which step took how long.

use crate::needs::Step;
use base::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Traces kept per function.
const KEPT: usize = 64;

/// What one cold start was made of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ColdStart {
    pub environment: String,
    pub at: Timestamp,
    /// In order: credentials, code, the steps of the sandbox, init.
    pub steps: Vec<Step>,
}

impl ColdStart {
    pub fn total(&self) -> Duration {
        self.steps.iter().map(|step| step.took).sum()
    }
}

/// The last traces of every function, in memory.
#[derive(Default)]
pub struct ColdStarts(Mutex<BTreeMap<String, VecDeque<ColdStart>>>);

impl ColdStarts {
    pub fn add(&self, function_key: &str, trace: ColdStart) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(function_key.to_owned()).or_default();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(trace);
    }

    pub fn of(&self, function_key: &str) -> Vec<ColdStart> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(function_key).map(|kept| kept.iter().cloned().collect()).unwrap_or_default()
    }

    pub fn forget(&self, function_key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(function_key);
    }
}
