//! Auto Scaling: groups that keep as many instances as they should have, spread over zones, in target groups.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/Welcome.html>
//!
//! An operation writes what should be. [`model::advance`] says what follows for a group from what there is,
//! [`model::effect`] what is to be done outside, and [`Scaling::run`] does it.

mod access;
mod answer;
pub mod api;
mod find;
mod group;
mod invalid;
pub mod model;
pub mod needs;
pub mod ops;
mod page;
mod run;
pub mod state;
mod tags;
mod targets;

pub use needs::Needs;
pub use tags::GROUP_NAME;

use std::sync::Arc;
use store::Store;

/// Quotas of an account in a region.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html>
pub const GROUPS_MAX: usize = 500;
pub const LAUNCH_CONFIGURATIONS_MAX: usize = 200;
pub const POLICIES_PER_GROUP_MAX: usize = 50;
pub const TARGET_GROUPS_PER_GROUP_MAX: usize = 50;
pub const TAGS_PER_GROUP_MAX: usize = 50;

pub struct Scaling {
    store: Store,
    needs: Needs,
}

impl Scaling {
    pub fn new(store: Store, needs: Needs) -> Arc<Self> {
        Arc::new(Self { store, needs })
    }
}
