//! Makes load balancers be what their rows say. It takes no input, reads what it needs, and may be interrupted
//! anywhere: the next run goes on from what is there.

use crate::Elb;
use crate::find;
use crate::needs::{Attachment, NeedError};
use crate::state::{LoadBalancer, Placement, Stage, TargetGroup};
use base::{Scope, SubnetId};
use service::ServiceError;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use store::{Fault, Snapshot};

/// How long the reconciler sleeps when nobody wakes it: it then looks at instances that started or stopped, at
/// certificates that changed, and at targets that have drained.
const INTERVAL: Duration = Duration::from_secs(2);

impl Elb {
    /// Reconciles for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        let mut timer = tokio::time::interval(INTERVAL);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // What an operation began when the last daemon ended is brought to its end.
        self.place_all().await;
        loop {
            let is_idle = self.pause().is_none();
            tokio::select! {
                () = self.nudge.notified() => {}
                _ = timer.tick(), if !is_idle => {}
            }
            self.reconcile().await;
        }
    }

    /// How long it sleeps at most; none while nothing can change before an operation wakes it.
    pub fn pause(&self) -> Option<Duration> {
        let state = self.store.read();
        let has_balancers = state.scan::<LoadBalancer>("").map_or(true, |all| !all.is_empty());
        let drains = |group: &Arc<TargetGroup>| group.targets.iter().any(|t| t.deregistered.is_some());
        let is_idle =
            !has_balancers && state.scan::<TargetGroup>("").is_ok_and(|all| !all.iter().any(drains));
        (!is_idle).then_some(INTERVAL)
    }

    async fn place_all(&self) {
        for lb in self.store.read().scan::<LoadBalancer>("").unwrap_or_default() {
            if lb.stage != Stage::Deleting
                && let Err(fault) = self.bring_up(&lb).await
            {
                tracing::error!(%fault, load_balancer = lb.name, "a load balancer");
            }
        }
    }

    /// One pass.
    pub async fn reconcile(self: &Arc<Self>) {
        let all = match self.store.read().scan::<LoadBalancer>("") {
            Ok(all) => all,
            Err(fault) => return tracing::error!(%fault, "read the load balancers"),
        };
        for lb in all {
            let outcome = match lb.stage {
                Stage::Deleting => self.remove(&lb).await,
                Stage::Active if lb.placements.iter().all(|p| p.interface.is_some()) => Ok(()),
                _ => self.bring_up(&lb).await,
            };
            if let Err(fault) = outcome {
                tracing::error!(%fault, load_balancer = lb.name, "a load balancer");
            }
        }
        if let Err(fault) = self.forget_drained().await {
            tracing::error!(%fault, "forget drained targets");
        }
        let elb = self.clone();
        let followed = tokio::task::spawn_blocking(move || {
            let plan = elb.plan(&elb.store.read())?;
            elb.needs.nodes.follow(&plan);
            Ok::<_, Fault>(())
        });
        match followed.await {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => tracing::error!(%fault, "plan the load balancers' nodes"),
            Err(error) => tracing::error!(%error, "the load balancers' nodes"),
        }
    }

    /// Gives it an interface in each subnet.
    async fn bring_up(&self, lb: &LoadBalancer) -> Result<(), Fault> {
        let mut placements = Vec::new();
        for placement in &lb.placements {
            match self.attach(lb, placement).await {
                Ok(placed) => placements.push(placed),
                Err(error) => {
                    let reason = error.to_string();
                    tracing::warn!(load_balancer = lb.name, reason, "place a load balancer");
                    return self.update(lb, |row| row.stage = Stage::Failed { reason: reason.clone() }).await;
                }
            }
        }
        self.update(lb, |row| {
            // Subnets may have been set anew meanwhile; those wait for the next pass.
            for own in &mut row.placements {
                if let Some(placed) = placements.iter().find(|placed| placed.subnet == own.subnet) {
                    *own = placed.clone();
                }
            }
            row.stage = Stage::Active;
        })
        .await
    }

    async fn attach(&self, lb: &LoadBalancer, placement: &Placement) -> Result<Placement, NeedError> {
        let wanted = Attachment {
            scope: lb.scope.clone(),
            load_balancer: lb.arn(),
            path: lb.path(),
            subnet: placement.subnet.clone(),
            groups: lb.groups.clone(),
            is_public: !lb.is_internal,
            allocation: placement.allocation.clone(),
        };
        let attached = self.needs.network.attach(&wanted).await?;
        Ok(Placement {
            interface: Some(attached.interface),
            address: Some(attached.address),
            public: attached.public,
            ..placement.clone()
        })
    }

    /// Its listeners and rules are gone already; then its interfaces go, then itself.
    async fn remove(&self, lb: &LoadBalancer) -> Result<(), Fault> {
        // Its nodes stop before their addresses may be somebody else's.
        if let Err(error) = self.needs.network.release(&lb.scope, &lb.arn(), &[]).await {
            tracing::warn!(%error, load_balancer = lb.name, "give back a load balancer's interfaces");
            return Ok(());
        }
        let key = store::Table::key(lb);
        self.store.write(move |tx| tx.delete::<LoadBalancer>(&key).map(|_| ())).await
    }

    async fn update(
        &self,
        lb: &LoadBalancer,
        change: impl Fn(&mut LoadBalancer) + Send,
    ) -> Result<(), Fault> {
        let key = store::Table::key(lb);
        self.store
            .write(move |tx| {
                let Some(row) = tx.get::<LoadBalancer>(&key)? else { return Ok(()) };
                if row.stage == Stage::Deleting {
                    return Ok(());
                }
                let mut row = LoadBalancer::clone(&row);
                change(&mut row);
                tx.put(&row)
            })
            .await
    }

    /// Takes out targets whose deregistration delay is over.
    async fn forget_drained(&self) -> Result<(), Fault> {
        let now = self.needs.clock.now().millis();
        let is_over = |group: &TargetGroup| {
            let delay: i64 =
                group.attribute("deregistration_delay.timeout_seconds").parse().unwrap_or_default();
            let over = |at: base::Timestamp| now >= at.millis() + delay * 1000;
            let drained = |t: &crate::state::Target| t.deregistered.is_some_and(over);
            group.targets.iter().filter(|t| drained(t)).map(|t| (t.id.clone(), t.port)).collect::<Vec<_>>()
        };
        for group in self.store.read().scan::<TargetGroup>("")? {
            let gone = is_over(&group);
            if gone.is_empty() {
                continue;
            }
            let key = store::Table::key(group.as_ref());
            self.store
                .write(move |tx| {
                    let Some(row) = tx.get::<TargetGroup>(&key)? else { return Ok::<_, Fault>(()) };
                    let mut row = TargetGroup::clone(&row);
                    row.targets
                        .retain(|t| t.deregistered.is_none() || !gone.contains(&(t.id.clone(), t.port)));
                    tx.put(&row)
                })
                .await?;
        }
        Ok(())
    }

    /// Brings one changed load balancer in line before an operation answers.
    pub(crate) async fn settle(&self, arn: &str, scope: &Scope) -> Result<Arc<LoadBalancer>, ServiceError> {
        let lb = find::load_balancer(&self.store.read(), scope, arn)?;
        self.bring_up(&lb).await?;
        self.nudge.notify_one();
        let lb = find::load_balancer(&self.store.read(), scope, arn)?;
        match &lb.stage {
            Stage::Failed { reason } => Err(ServiceError::internal(reason)),
            _ => Ok(lb),
        }
    }

    /// Gives back the interfaces in subnets that a load balancer left.
    pub(crate) async fn leave_subnets(&self, lb: &LoadBalancer) -> Result<(), NeedError> {
        let keep: Vec<SubnetId> = lb.placements.iter().map(|p| p.subnet.clone()).collect();
        self.needs.network.release(&lb.scope, &lb.arn(), &keep).await
    }
}

/// The addresses that a load balancer's host name has: public ones for who faces the internet, and the private
/// ones for an internal one. `None` when no load balancer has the name.
pub fn addresses_of(state: &Snapshot, host: &str) -> Result<Option<Vec<Ipv4Addr>>, Fault> {
    if !host.ends_with(".amazonaws.com") || !host.contains(".elb.") {
        return Ok(None);
    }
    let all = state.scan::<LoadBalancer>("")?;
    let found = all.iter().find(|lb| lb.host().eq_ignore_ascii_case(host));
    Ok(found.map(|lb| {
        let address = |p: &Placement| if lb.is_internal { p.address } else { p.public };
        lb.placements.iter().filter_map(address).collect()
    }))
}
