//! Reading resources of one scope, alike in a snapshot and inside a transaction.

use crate::state::Resource;
use base::Scope;
use service::ServiceError;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{Fault, Snapshot, Table};

/// Somewhere that the resources of one account and region can be read from.
pub trait Read {
    fn scope(&self) -> &Scope;
    fn row<R: Table>(&self, key: &str) -> Result<Option<Arc<R>>, Fault>;
    fn rows<R: Table>(&self, prefix: &str) -> Result<Vec<Arc<R>>, Fault>;

    fn lookup<R: Resource>(&self, id: &str) -> Result<Option<Arc<R>>, Fault> {
        self.row(&self.scope().key(id))
    }

    /// The resource, or AWS's error that there is none.
    fn find<R: Resource>(&self, id: &str) -> Result<Arc<R>, ServiceError> {
        match self.lookup(id)? {
            Some(found) => Ok(found),
            None => Err(R::missing(id)),
        }
    }

    /// Every resource of the type in this scope.
    fn all<R: Resource>(&self) -> Result<Vec<Arc<R>>, Fault> {
        self.rows(&self.scope().prefix())
    }

    /// The resources named, each once, or all of them when none is named.
    fn named<R: Resource>(&self, ids: Option<&Vec<String>>) -> Result<Vec<Arc<R>>, ServiceError> {
        match ids.map(Vec::as_slice) {
            None | Some([]) => Ok(self.all()?),
            Some(ids) => {
                let once: BTreeSet<&String> = ids.iter().collect();
                once.into_iter().map(|id| self.find(id)).collect()
            }
        }
    }

    /// Those of the type that satisfy `test`.
    fn having<R: Resource>(&self, test: impl Fn(&R) -> bool) -> Result<Vec<Arc<R>>, Fault> {
        let mut all = self.all::<R>()?;
        all.retain(|resource| test(resource));
        Ok(all)
    }
}

/// One scope of a snapshot.
pub struct View {
    snapshot: Snapshot,
    scope: Scope,
}

impl View {
    pub fn new(snapshot: Snapshot, scope: Scope) -> Self {
        Self { snapshot, scope }
    }
}

impl Read for View {
    fn scope(&self) -> &Scope {
        &self.scope
    }

    fn row<R: Table>(&self, key: &str) -> Result<Option<Arc<R>>, Fault> {
        self.snapshot.get(key)
    }

    fn rows<R: Table>(&self, prefix: &str) -> Result<Vec<Arc<R>>, Fault> {
        self.snapshot.scan(prefix)
    }
}
