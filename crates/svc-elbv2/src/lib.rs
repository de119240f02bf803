//! Elastic Load Balancing version 2: application and network load balancers inside VPCs.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/Welcome.html>
//!
//! An operation writes what should be; [`Elb::run`] gives each load balancer a network interface in each of its
//! subnets and tells the nodes what to serve there.

mod access;
mod answer;
pub mod api;
mod find;
mod invalid;
mod model;
pub mod needs;
pub mod ops;
mod page;
mod plan;
mod reconcile;
mod standing;
pub mod state;
mod tags;

pub use find::users_of_certificate;
pub use needs::Needs;
pub use reconcile::addresses_of;
pub use standing::Standing;

use std::sync::Arc;
use store::Store;

/// Quotas of an account in a region.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
pub const LOAD_BALANCERS_MAX: usize = 50;
pub const TARGET_GROUPS_MAX: usize = 3000;
pub const LISTENERS_PER_LOAD_BALANCER_MAX: usize = 50;
pub const RULES_PER_LOAD_BALANCER_MAX: usize = 100;
pub const TARGETS_PER_TARGET_GROUP_MAX: usize = 1000;
pub const TARGET_GROUPS_PER_ACTION_MAX: usize = 5;
pub const CONDITION_VALUES_PER_RULE_MAX: usize = 5;
/// Without the default ones.
pub const CERTIFICATES_PER_LOAD_BALANCER_MAX: usize = 25;

pub struct Elb {
    store: Store,
    needs: Needs,
    /// Wakes the reconciler.
    nudge: tokio::sync::Notify,
}

impl Elb {
    pub fn new(store: Store, needs: Needs) -> Arc<Self> {
        Arc::new(Self { store, needs, nudge: tokio::sync::Notify::new() })
    }
}
