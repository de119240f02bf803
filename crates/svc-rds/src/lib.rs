//! RDS: PostgreSQL databases behind network interfaces of a VPC.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/Welcome.html>
//!
//! An operation only writes what should be; [`Rds::reconcile`] makes it so: it attaches the
//! interface, starts the server, creates the master role, and says `available` only after the
//! port has answered.

mod access;
mod answer;
pub mod api;
mod model;
pub mod needs;
mod ops;
mod page;
mod reconcile;
mod state;
mod tags;

pub use needs::Needs;
pub use ops::registry;
pub use state::{DbInstance, DbSubnetGroup, Status};

use base::Scope;
use service::ServiceError;
use std::sync::Arc;
use store::Store;

/// Most DB instances of an account in a region.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>
pub const DB_INSTANCES_MAX: usize = 40;
/// Most DB subnet groups of an account in a region.
pub const DB_SUBNET_GROUPS_MAX: usize = 50;
/// Most subnets of a DB subnet group.
pub const SUBNETS_PER_GROUP_MAX: usize = 20;
/// Most security groups of a DB instance.
pub const SECURITY_GROUPS_MAX: usize = 5;

pub struct Rds {
    store: Store,
    needs: Needs,
    /// Wakes the reconciler.
    nudge: tokio::sync::Notify,
}

impl Rds {
    pub fn new(store: Store, needs: Needs) -> Arc<Self> {
        Arc::new(Self { store, needs, nudge: tokio::sync::Notify::new() })
    }

    /// The instance with this identifier, in whatever case.
    pub fn instance(&self, scope: &Scope, identifier: &str) -> Result<Arc<DbInstance>, ServiceError> {
        let key = scope.key(&identifier.to_ascii_lowercase());
        self.store.read().get::<DbInstance>(&key)?.ok_or_else(|| instance_not_found(identifier))
    }

    /// Every instance of every scope.
    pub fn instances(&self) -> Result<Vec<Arc<DbInstance>>, store::Fault> {
        self.store.read().scan("")
    }
}

fn instance_not_found(identifier: &str) -> ServiceError {
    ServiceError::client("DBInstanceNotFound", format!("DBInstance {identifier} not found.")).status(404)
}

fn subnet_group_not_found(name: &str) -> ServiceError {
    ServiceError::client("DBSubnetGroupNotFoundFault", format!("DB subnet group '{name}' does not exist."))
        .status(404)
}

/// Something RDS needed failed in a way that is not the caller's doing.
fn need_failed(error: needs::NeedError) -> ServiceError {
    match error {
        needs::NeedError::SubnetFull => {
            ServiceError::client("InvalidSubnet", "The subnet has no free IP address for the DB instance.")
        }
        other @ needs::NeedError::Step { .. } => ServiceError::internal(other),
    }
}
