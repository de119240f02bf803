//! A resource named by ARN, for the three tag operations.

use crate::state::{DbInstance, DbSubnetGroup, Tags};
use crate::{instance_not_found, subnet_group_not_found};
use base::Arn;
use service::{Call, ServiceError};
use store::Tx;

/// A resource that has tags.
pub(super) enum Tagged {
    Instance(Box<DbInstance>),
    SubnetGroup(DbSubnetGroup),
}

impl Tagged {
    /// Finds what the ARN names, in the caller's scope.
    pub(super) fn find(tx: &Tx, call: &Call, resource_name: &str) -> Result<Self, ServiceError> {
        let invalid = || {
            ServiceError::client("InvalidParameterValue", format!("Invalid resource name: {resource_name}"))
        };
        let arn: Arn = resource_name.parse().map_err(|_| invalid())?;
        let own = arn.service == "rds"
            && arn.account == call.scope.account.as_str()
            && arn.region == call.scope.region.as_str();
        let (kind, name) = arn.resource.split_once(':').filter(|_| own).ok_or_else(invalid)?;
        let key = call.scope.key(name);
        match kind {
            "db" => tx
                .get::<DbInstance>(&key)?
                .map(|db| Self::Instance(Box::new(DbInstance::clone(&db))))
                .ok_or_else(|| instance_not_found(name)),
            "subgrp" => tx
                .get::<DbSubnetGroup>(&key)?
                .map(|group| Self::SubnetGroup(DbSubnetGroup::clone(&group)))
                .ok_or_else(|| subnet_group_not_found(name)),
            _ => Err(invalid()),
        }
    }

    pub(super) fn tags_mut(&mut self) -> &mut Tags {
        match self {
            Self::Instance(db) => &mut db.tags,
            Self::SubnetGroup(group) => &mut group.tags,
        }
    }

    pub(super) fn put(&self, tx: &mut Tx) -> Result<(), ServiceError> {
        match self {
            Self::Instance(db) => tx.put(db.as_ref())?,
            Self::SubnetGroup(group) => tx.put(group)?,
        }
        Ok(())
    }
}
