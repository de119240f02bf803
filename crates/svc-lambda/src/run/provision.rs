//! Provisioned concurrency: environments that are initialised before anybody asks, and kept.
//! <https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html>

use super::start::Init;
use super::variables::Initialization;
use crate::lambda::Lambda;
use crate::model::{Function, ProvisionedConcurrency, Serving};
use crate::name::Named;
use crate::quota;
use base::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Fault;

/// Environments of one version that are initialised at once.
const AT_ONCE: u32 = 10;
/// After a function failed to initialise, how long until it is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

/// What is known of each version's provisioning.
#[derive(Default)]
pub struct Provisioning(Mutex<BTreeMap<String, Progress>>);

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    starting: u32,
    failed: Option<Timestamp>,
}

/// How far a config is from what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisioned {
    pub ready: u32,
    pub failed: bool,
}

impl Provisioning {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many environments to start now, noted as started.
    fn begin(&self, key: &str, missing: u32, now: Timestamp) -> u32 {
        let mut all = self.lock();
        let progress = all.entry(key.to_owned()).or_default();
        let waits = i64::try_from(AFTER_FAILURE.as_millis()).unwrap_or(i64::MAX);
        if progress.failed.is_some_and(|failed| now < failed.plus_ms(waits)) {
            return 0;
        }
        let room = AT_ONCE.saturating_sub(progress.starting);
        let count = missing.saturating_sub(progress.starting).min(room);
        progress.starting += count;
        count
    }

    fn end(&self, key: &str, failed: Option<Timestamp>) {
        let mut all = self.lock();
        let progress = all.entry(key.to_owned()).or_default();
        progress.starting = progress.starting.saturating_sub(1);
        progress.failed = failed;
    }

    fn failed(&self, key: &str) -> bool {
        self.lock().get(key).is_some_and(|progress| progress.failed.is_some())
    }

    fn keep_only(&self, wanted: &BTreeMap<String, (Arc<Function>, u32)>) {
        self.lock().retain(|key, progress| progress.starting > 0 || wanted.contains_key(key));
    }
}

impl Lambda {
    /// Begins to start what is missing, and ends what is too much.
    pub(crate) async fn provision(&self) -> Result<(), Fault> {
        let wanted = self.provisioned_versions()?;
        let now = self.needs.clock.now();
        self.provisioning.keep_only(&wanted);
        for key in self.pools.function_keys() {
            let most = wanted.get(&key).map_or(0, |(_, count)| *count);
            self.pools.end_surplus(&key, most, now).await;
        }
        for (key, (function, count)) in &wanted {
            let Some(serving) = &function.serving else { continue };
            let ready = self.pools.provisioned(key, &serving.generation, now);
            let starting = self.provisioning.begin(key, count.saturating_sub(ready), now);
            for _ in 0..starting {
                self.begin_provisioning(function, serving);
            }
        }
        Ok(())
    }

    fn begin_provisioning(&self, function: &Arc<Function>, serving: &Serving) {
        let (lambda, function, serving) = (self.clone(), Arc::clone(function), serving.clone());
        tokio::spawn(async move {
            let key = store::Table::key(&*function);
            let request_id = lambda.needs.ids.uuid();
            let started = lambda.start(&function, &serving, &request_id, Initialization::Provisioned, None);
            let ready = match started.await {
                Ok(started) if matches!(started.init, Init::Done(_)) => {
                    started.live.provisioned_now();
                    lambda.pools.give_back(&started.live)
                }
                _ => false,
            };
            lambda.provisioning.end(&key, (!ready).then(|| lambda.needs.clock.now()));
            lambda.nudge.notify_one();
        });
    }

    /// Every version that has environments of its own, and how many.
    fn provisioned_versions(&self) -> Result<BTreeMap<String, (Arc<Function>, u32)>, Fault> {
        let mut wanted = BTreeMap::new();
        for config in self.store.read().scan::<ProvisionedConcurrency>("")? {
            for (function, count) in self.shares(&config)? {
                let entry = wanted.entry(store::Table::key(&*function)).or_insert((function, 0));
                entry.1 += count;
            }
        }
        Ok(wanted)
    }

    /// The versions that a config is for: an alias may lead to two, which share by weight.
    fn shares(&self, config: &ProvisionedConcurrency) -> Result<Vec<(Arc<Function>, u32)>, Fault> {
        let named = Named {
            scope: config.scope.clone(),
            name: config.function_name.clone(),
            qualifier: Some(config.qualifier.clone()),
        };
        let Some(resolved) = self.resolve(&named)? else { return Ok(Vec::new()) };
        let (mut shares, mut left) = (Vec::new(), config.requested);
        for (version, weight) in resolved.alias.iter().flat_map(|alias| &alias.weights) {
            let share = share_of(config.requested, *weight).min(left);
            if let Some(other) = self.find_version(&named, version)? {
                left -= share;
                shares.push((other, share));
            }
        }
        shares.push((resolved.function, left));
        Ok(shares)
    }

    fn find_version(&self, named: &Named, version: &str) -> Result<Option<Arc<Function>>, Fault> {
        Ok(self.resolve(&named.qualified(version))?.map(|resolved| resolved.function))
    }

    /// How far the config is.
    pub(crate) fn provisioned(&self, config: &ProvisionedConcurrency) -> Result<Provisioned, Fault> {
        let now = self.needs.clock.now();
        let mut all = Provisioned { ready: 0, failed: false };
        for (function, count) in self.shares(config)? {
            let key = store::Table::key(&*function);
            let generation = function.serving.as_ref().map_or("", |s| s.generation.as_str());
            all.ready += self.pools.provisioned(&key, generation, now).min(count);
            all.failed |= self.provisioning.failed(&key);
        }
        Ok(all)
    }
}

/// A part of so many environments, rounded to whole ones.
fn share_of(count: u32, weight: f64) -> u32 {
    (0..=count).find(|n| f64::from(*n) + 0.5 > f64::from(count) * weight).unwrap_or(count)
}

/// Credentials must last for the longest invocation.
pub(super) const KEYS_FOR: Duration = Duration::from_secs(quota::TIMEOUT_SECONDS as u64);

#[cfg(test)]
mod tests {
    use super::share_of;

    #[test]
    fn shares_are_whole_environments() {
        for (count, weight, share) in [(10, 0.1, 1), (10, 0.0, 0), (3, 0.5, 2), (1, 0.2, 0), (4, 1.0, 4)] {
            assert_eq!(share_of(count, weight), share, "{count} {weight}");
        }
    }
}
