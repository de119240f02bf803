//! One transaction of one call.

use crate::quota::Quotas;
use crate::read::Read;
use crate::state::{DefaultVpcGiven, LaunchTemplateVersion, Resource};
use base::{Ids, Scope, Timestamp};
use std::sync::Arc;
use store::{Fault, Table, Tx};

pub(crate) struct Change<'a> {
    tx: &'a mut Tx,
    scope: &'a Scope,
    ids: &'a dyn Ids,
    now: Timestamp,
    quotas: &'a Quotas,
}

impl<'a> Change<'a> {
    pub(crate) fn new(
        tx: &'a mut Tx,
        scope: &'a Scope,
        ids: &'a dyn Ids,
        now: Timestamp,
        quotas: &'a Quotas,
    ) -> Self {
        Self { tx, scope, ids, now, quotas }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn quotas(&self) -> &'a Quotas {
        self.quotas
    }

    pub(crate) fn ids(&self) -> &'a dyn Ids {
        self.ids
    }

    /// A fresh id: `PREFIX-` and seventeen hexadecimal digits.
    pub(crate) fn id<T: From<String>>(&self, prefix: &str) -> T {
        T::from(self.ids.ec2(prefix))
    }

    pub(crate) fn put<R: Resource>(&mut self, row: &R) -> Result<(), Fault> {
        self.tx.put(row)
    }

    /// Writes down that the region was given its default VPC.
    pub(crate) fn note_default_vpc(&mut self) -> Result<(), Fault> {
        self.tx.put(&DefaultVpcGiven { scope: self.scope.clone(), at: self.now })
    }

    pub(crate) fn remove<R: Resource>(&mut self, row: &R) -> Result<(), Fault> {
        self.tx.delete::<R>(&row.key()).map(|_| ())
    }

    /// Writes what is kept beside a resource.
    pub(crate) fn put_beside(&mut self, row: &LaunchTemplateVersion) -> Result<(), Fault> {
        self.tx.put(row)
    }

    pub(crate) fn remove_version(&mut self, row: &LaunchTemplateVersion) -> Result<(), Fault> {
        self.tx.delete::<LaunchTemplateVersion>(&row.key()).map(|_| ())
    }

    /// Removes what is kept beside a resource under its key.
    pub(crate) fn remove_beside<T: Table>(&mut self, row: &impl Resource) -> Result<(), Fault> {
        self.tx.delete::<T>(&row.key()).map(|_| ())
    }

    /// Reads, changes and writes one row.
    pub(crate) fn edit<R: Resource>(
        &mut self,
        id: &str,
        edit: impl FnOnce(&mut R),
    ) -> Result<(), service::ServiceError> {
        let mut row = Arc::unwrap_or_clone(self.find::<R>(id)?);
        edit(&mut row);
        Ok(self.put(&row)?)
    }
}

impl Read for Change<'_> {
    fn scope(&self) -> &Scope {
        self.scope
    }

    fn row<R: Table>(&self, key: &str) -> Result<Option<Arc<R>>, Fault> {
        self.tx.get(key)
    }

    fn rows<R: Table>(&self, prefix: &str) -> Result<Vec<Arc<R>>, Fault> {
        self.tx.scan(prefix)
    }
}
