//! Brings the kernel to what EC2's tables say: one code path for a change, a restart and drift.

use base::{NetworkInterfaceId, VpcId};
use netplane::{Applied, ApplyError, DataPlane};
use service::Settle;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{Snapshot, Store};
use svc_ec2::{Ec2, NameService};
use tokio::sync::watch;
use vpc::{Network, Plan};

/// The tables that the network is made of.
const TABLES: &str = "ec2_";
/// How often the kernel is compared with the plan when nothing changed.
const REPAIR_INTERVAL: Duration = Duration::from_secs(5);
/// Among how many comparisons one looks at everything, links and routes too.
const FULL_LOOK: u32 = 6;
/// Interfaces that wait in each VPC for whoever comes next.
const POOLED: usize = 2;
/// How long a caller waits for the kernel before it is answered anyway.
const SETTLE_MAX: Duration = Duration::from_secs(10);
/// How long a background pass waits before it takes what it brings up for failed, which nobody tries again.
const SETTLE_MAX_IN_BACKGROUND: Duration = Duration::from_secs(60);

/// How many dropped packets a status shows.
const DROPS_SHOWN: usize = 10;

/// What follows the network: listeners and resolvers, which live in its namespaces.
pub trait Follower: Send + Sync {
    /// Called on a blocking thread after each change was applied.
    fn follow(&self, snapshot: &Snapshot, networks: &[Network]);
}

pub struct NetworkReconciler {
    store: Store,
    ec2: Arc<Ec2>,
    plane: Arc<dyn DataPlane>,
    followers: Vec<Arc<dyn Follower>>,
    /// How many edits of EC2's tables the kernel has seen; `None` before the first pass.
    applied: watch::Sender<Option<u64>>,
    failed: Mutex<BTreeMap<NetworkInterfaceId, String>>,
    /// Each network as the kernel was last given it, with its plan.
    last: Mutex<Vec<(Network, Plan)>>,
    passes: AtomicU32,
}

impl NetworkReconciler {
    pub fn new(
        store: Store,
        ec2: Arc<Ec2>,
        plane: Arc<dyn DataPlane>,
        followers: Vec<Arc<dyn Follower>>,
    ) -> Arc<Self> {
        let applied = watch::Sender::new(None);
        let (failed, last) = (Mutex::default(), Mutex::default());
        Arc::new(Self { store, ec2, plane, followers, applied, failed, last, passes: AtomicU32::new(0) })
    }

    /// Reconciles for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        let mut changes = self.store.changes();
        loop {
            changes.borrow_and_update();
            self.clone().pass().await;
            let wait = async {
                loop {
                    // Most changes are of other services: those do not concern the kernel.
                    if changes.changed().await.is_err() || self.is_behind() {
                        return;
                    }
                }
            };
            let _ = tokio::time::timeout(REPAIR_INTERVAL, wait).await;
        }
    }

    fn is_behind(&self) -> bool {
        *self.applied.borrow() != Some(self.store.read().edits(TABLES))
    }

    async fn pass(self: Arc<Self>) {
        let outcome = tokio::task::spawn_blocking(move || self.reconcile()).await;
        if let Err(error) = outcome {
            tracing::error!(%error, "the network pass did not end well");
        }
    }

    /// One pass: reads everything, makes the kernel so, tells the followers.
    fn reconcile(&self) {
        let snapshot = self.store.read();
        let networks = match self.ec2.networks(&snapshot) {
            Ok(networks) => networks,
            Err(fault) => return tracing::error!(%fault, "read the networks"),
        };
        let plans = self.plans(&networks);
        match self.apply(&snapshot, &plans) {
            Ok(applied) => {
                for (interface, reason) in &applied.failed {
                    tracing::error!(%interface, reason, "an interface could not be made");
                }
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = applied.failed;
                for follower in &self.followers {
                    follower.follow(&snapshot, &networks);
                }
                *self.last() = networks.into_iter().zip(plans).collect();
                self.applied.send_replace(Some(snapshot.edits(TABLES)));
            }
            // Whoever waits goes on waiting: an answer now would promise rules that are not in force.
            Err(error) => return tracing::error!(%error, source = %error.source, "apply the network"),
        }
        if let Err(error) = self.plane.prepare_interfaces(POOLED) {
            tracing::warn!(%error, "prepare interfaces ahead of need");
        }
    }

    fn last(&self) -> MutexGuard<'_, Vec<(Network, Plan)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plans, compiled as far as they are others than the last ones.
    fn plans(&self, networks: &[Network]) -> Vec<Plan> {
        let last = self.last();
        let plan = |network: &Network| match last.iter().find(|(old, _)| old.vpc == network.vpc) {
            Some((old, plan)) => vpc::recompile(old, plan.clone(), network),
            None => vpc::compile(network),
        };
        networks.iter().map(plan).collect()
    }

    /// Now and then, when nothing changed, the kernel is read back as a whole.
    fn apply(&self, snapshot: &Snapshot, plans: &[Plan]) -> Result<Applied, ApplyError> {
        let is_idle = *self.applied.borrow() == Some(snapshot.edits(TABLES));
        let pass = if is_idle { self.passes.fetch_add(1, Ordering::Relaxed) } else { 0 };
        if pass % FULL_LOOK == FULL_LOOK - 1 { self.plane.apply_full(plans) } else { self.plane.apply(plans) }
    }

    /// Why an interface is not there, if it could not be made.
    pub fn failure(&self, interface: &NetworkInterfaceId) -> Option<String> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).get(interface).cloned()
    }

    /// The network of a VPC as the latest state has it.
    pub fn network(&self, vpc: &VpcId) -> Result<Option<Network>, store::Fault> {
        self.ec2.network(&self.store.read(), vpc)
    }

    /// The name servers and the domain of a VPC's hosts.
    pub fn name_service(&self, vpc: &VpcId) -> Result<NameService, store::Fault> {
        self.ec2.name_service(&self.store.read(), vpc)
    }

    /// The networks with flow logs, as the kernel was last given them.
    pub fn recorded(&self) -> Vec<Network> {
        let recorded =
            |(network, _): &(Network, Plan)| (!network.flow_logs.is_empty()).then(|| network.clone());
        self.last().iter().filter_map(recorded).collect()
    }

    /// How many VPCs and interfaces the kernel was last given.
    pub fn counts(&self) -> (usize, usize) {
        let last = self.last();
        (last.len(), last.iter().map(|(_, plan)| plan.links.len()).sum())
    }

    /// The latest dropped packets, newest first, each with the rule that dropped it.
    pub fn recent_drops(&self) -> Vec<String> {
        let line = |drop: &netplane::DropRecord| {
            let (source, destination) = (drop.source, drop.destination);
            format!(
                "{} {} {} {source} -> {destination}: {}",
                drop.time.iso8601_ms(),
                drop.vpc,
                drop.payload,
                drop.by
            )
        };
        self.plane.recent_drops().iter().rev().take(DROPS_SHOWN).map(line).collect()
    }

    pub fn plane(&self) -> &Arc<dyn DataPlane> {
        &self.plane
    }

    /// Waits until the kernel has every change up to now; false when that takes too long.
    pub async fn settled(&self) -> bool {
        self.settled_within(SETTLE_MAX).await
    }

    /// The same for a background pass, which has more time.
    pub async fn settled_in_background(&self) -> bool {
        self.settled_within(SETTLE_MAX_IN_BACKGROUND).await
    }

    async fn settled_within(&self, limit: Duration) -> bool {
        let wanted = self.store.read().edits(TABLES);
        let mut applied = self.applied.subscribe();
        let reached = applied.wait_for(|seen| seen.is_some_and(|edits| edits >= wanted));
        matches!(tokio::time::timeout(limit, reached).await, Ok(Ok(_)))
    }
}

impl Settle for NetworkReconciler {
    fn settle(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            if !self.settled().await {
                tracing::error!("the kernel did not take a change in time");
            }
        })
    }
}
