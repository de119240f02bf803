//! How instances stand in a target group, for the service that puts them there.

use crate::Elb;
use crate::find;
use crate::state::{Target, TargetType};
use balancer::Health;
use base::Scope;
use std::collections::BTreeMap;
use store::Fault;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Draining,
    Healthy,
    /// Not known yet, or not checked.
    Initial,
    Unhealthy,
}

impl Elb {
    /// The instances of a target group; the worst counts of one that has several ports. `None` when there is no
    /// such group of instances.
    pub fn standing(&self, scope: &Scope, group: &str) -> Result<Option<BTreeMap<String, Standing>>, Fault> {
        let Ok(row) = find::target_group(&self.store.read(), scope, group) else { return Ok(None) };
        if row.target_type != TargetType::Instance {
            return Ok(None);
        }
        let of = |target: &Target| match self.needs.nodes.health(group, &target.id, target.port) {
            _ if target.deregistered.is_some() => Standing::Draining,
            Some(Health::Healthy) => Standing::Healthy,
            Some(Health::Unhealthy(_)) => Standing::Unhealthy,
            Some(Health::Initial | Health::Unchecked) | None => Standing::Initial,
        };
        let mut all = BTreeMap::new();
        for target in &row.targets {
            let standing = of(target);
            let known = all.entry(target.id.clone()).or_insert(standing);
            *known = (*known).max(standing);
        }
        Ok(Some(all))
    }
}
