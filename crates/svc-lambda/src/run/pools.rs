//! Which environments there are, which of them wait for work, and how many invocations run.
//! No environment is ever handed to another function than the one it was started for.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>

use super::live::Live;
use super::provision::KEYS_FOR;
use base::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

pub struct Pools {
    limit: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    environments: HashMap<String, Vec<Entry>>,
    /// Running invocations by function, and of functions without reservation by scope.
    running: HashMap<String, u32>,
    unreserved: HashMap<String, u32>,
}

struct Entry {
    live: Arc<Live>,
    /// None while an invocation runs in it.
    idle_since: Option<Instant>,
}

/// Why an invocation may not run now: the model's `ThrottleReason`.
pub type ThrottleReason = &'static str;

/// What limits a function's invocations.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub reserved: Option<u32>,
    /// What the function has provisioned, which nobody else may use.
    pub provisioned: u32,
    /// What all functions of the scope have reserved or provisioned.
    pub reserved_in_scope: u32,
}

/// Leave to run one invocation, given back when dropped.
pub struct Slot {
    pools: Arc<Pools>,
    function_key: String,
    unreserved_scope: Option<String>,
}

impl Pools {
    pub fn new(limit: u32) -> Self {
        Self { limit, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn admit(
        self: &Arc<Self>,
        scope_prefix: &str,
        function_key: &str,
        limits: Limits,
    ) -> Result<Slot, ThrottleReason> {
        let mut state = self.lock();
        let running = state.running.get(function_key).copied().unwrap_or(0);
        let unreserved_scope = match limits.reserved {
            Some(reserved) if running >= reserved => {
                return Err("ReservedFunctionConcurrentInvocationLimitExceeded");
            }
            Some(_) => None,
            None if running < limits.provisioned => None,
            None => {
                let count = state.unreserved.entry(scope_prefix.to_owned()).or_default();
                if *count >= self.limit.saturating_sub(limits.reserved_in_scope) {
                    return Err("ConcurrentInvocationLimitExceeded");
                }
                *count += 1;
                Some(scope_prefix.to_owned())
            }
        };
        *state.running.entry(function_key.to_owned()).or_default() += 1;
        drop(state);
        Ok(Slot { pools: Arc::clone(self), function_key: function_key.to_owned(), unreserved_scope })
    }

    /// A provisioned environment, or else the one that was used last of those that wait: the
    /// others can then be reaped.
    pub fn take(
        &self,
        function_key: &str,
        generation: &str,
        now: Timestamp,
        timeout: Duration,
    ) -> Option<Arc<Live>> {
        let mut state = self.lock();
        let entry = state
            .environments
            .get_mut(function_key)?
            .iter_mut()
            .filter(|e| e.idle_since.is_some() && e.live.generation == generation)
            .filter(|e| !e.live.is_retired() && e.live.has_keys_for(now, timeout))
            .max_by_key(|e| (e.live.is_provisioned(), e.idle_since))?;
        entry.idle_since = None;
        Some(Arc::clone(&entry.live))
    }

    /// A new environment, at work.
    pub fn add(&self, live: Arc<Live>) {
        let key = live.function_key.clone();
        self.lock().environments.entry(key).or_default().push(Entry { live, idle_since: None });
    }

    /// The environment waits for work again; false when it must end instead.
    pub fn give_back(&self, live: &Live) -> bool {
        let mut state = self.lock();
        let entries = state.environments.get_mut(&live.function_key);
        let entry = entries.and_then(|all| all.iter_mut().find(|e| e.live.id == live.id));
        match entry {
            Some(entry) if !entry.live.is_retired() => {
                entry.idle_since = Some(Instant::now());
                true
            }
            _ => false,
        }
    }

    pub fn remove(&self, live: &Live) {
        let mut state = self.lock();
        if let Some(entries) = state.environments.get_mut(&live.function_key) {
            entries.retain(|e| e.live.id != live.id);
            if entries.is_empty() {
                state.environments.remove(&live.function_key);
            }
        }
    }

    /// Ends the function's environments of other generations: those that wait now, the
    /// others when their invocation ends.
    pub async fn retire(&self, function_key: &str, generation: Option<&str>) {
        self.end_where(function_key, |entry| {
            let outdated = generation != Some(revision_of(&entry.live.generation));
            if outdated {
                entry.live.retire();
            }
            outdated && entry.idle_since.is_some()
        })
        .await;
    }

    /// Ends the environments of every other generation: the code of this one was saved since.
    pub async fn replace(&self, function_key: &str, generation: &str) {
        self.end_where(function_key, |entry| {
            let outdated = entry.live.generation != generation;
            if outdated {
                entry.live.retire();
            }
            outdated && entry.idle_since.is_some()
        })
        .await;
    }

    /// Ends environments that have waited for `idle` or longer.
    pub async fn reap(&self, idle: Duration) {
        for key in self.function_keys() {
            self.end_where(&key, |entry| {
                let waited = !entry.live.is_provisioned()
                    && entry.idle_since.is_some_and(|since| since.elapsed() >= idle);
                if waited {
                    entry.live.retire();
                }
                waited
            })
            .await;
        }
    }

    /// How many initialised environments the function's provisioned concurrency has.
    pub fn provisioned(&self, function_key: &str, generation: &str, now: Timestamp) -> u32 {
        let state = self.lock();
        let entries = state.environments.get(function_key).into_iter().flatten();
        let count = entries.filter(|e| is_kept(&e.live, now) && e.live.generation == generation).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Ends provisioned environments beyond `most`, and those whose keys are about to expire.
    pub async fn end_surplus(&self, function_key: &str, most: u32, now: Timestamp) {
        let mut left = most;
        self.end_where(function_key, |entry| {
            if !entry.live.is_provisioned() {
                return false;
            }
            if is_kept(&entry.live, now) && left > 0 {
                left -= 1;
                return false;
            }
            entry.live.retire();
            entry.idle_since.is_some()
        })
        .await;
    }

    async fn end_where(&self, function_key: &str, mut ends: impl FnMut(&Entry) -> bool) {
        let ending: Vec<Arc<Live>> = {
            let state = self.lock();
            let entries = state.environments.get(function_key).into_iter().flatten();
            entries.filter(|e| ends(e)).map(|e| Arc::clone(&e.live)).collect()
        };
        end_all(&ending).await;
        ending.iter().for_each(|live| self.remove(live));
    }

    pub fn function_keys(&self) -> Vec<String> {
        self.lock().environments.keys().cloned().collect()
    }

    /// Every environment, for writing its logs.
    pub fn all(&self) -> Vec<Arc<Live>> {
        self.lock().environments.values().flatten().map(|e| Arc::clone(&e.live)).collect()
    }

    /// Whether environments that take no more work are still there.
    pub fn is_draining(&self, function_key: &str) -> bool {
        let state = self.lock();
        state.environments.get(function_key).is_some_and(|all| all.iter().any(|e| e.live.is_retired()))
    }
}

/// The settings' part of a generation, which may name an edition of a directory too.
fn revision_of(generation: &str) -> &str {
    generation.split_once('@').map_or(generation, |(revision, _)| revision)
}

/// All at once, since extensions may take their time.
pub async fn end_all(environments: &[Arc<Live>]) {
    let mut ending = tokio::task::JoinSet::new();
    for live in environments {
        let live = Arc::clone(live);
        ending.spawn(async move { live.end().await });
    }
    while ending.join_next().await.is_some() {}
}

fn is_kept(live: &Live, now: Timestamp) -> bool {
    live.is_provisioned() && !live.is_retired() && live.has_keys_for(now, KEYS_FOR)
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.pools.lock();
        lower(&mut state.running, &self.function_key);
        if let Some(scope) = &self.unreserved_scope {
            lower(&mut state.unreserved, scope);
        }
    }
}

fn lower(counts: &mut HashMap<String, u32>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}
