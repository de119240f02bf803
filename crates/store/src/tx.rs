//! One transaction: reads what came before it and its own writes.

use crate::snapshot::{Row, Snapshot, State};
use crate::{Fault, Table};
use std::sync::Arc;

/// One row written or removed.
pub(crate) struct Change {
    pub(crate) table: &'static str,
    pub(crate) key: String,
    /// `None` removes the row.
    pub(crate) json: Option<Arc<[u8]>>,
}

pub struct Tx {
    state: State,
    changes: Vec<Change>,
}

impl Tx {
    pub(crate) fn on(state: State) -> Self {
        Self { state, changes: Vec::new() }
    }

    pub(crate) fn finish(self) -> (State, Vec<Change>) {
        (self.state, self.changes)
    }

    pub fn get<T: Table>(&self, key: &str) -> Result<Option<Arc<T>>, Fault> {
        self.state.get(key)
    }

    pub fn scan<T: Table>(&self, prefix: &str) -> Result<Vec<Arc<T>>, Fault> {
        self.state.scan(prefix)
    }

    /// The state as this transaction sees it now, for code that reads from snapshots.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(Arc::new(self.state.clone()))
    }

    /// Writes the row, in place of one with the same key.
    pub fn put<T: Table>(&mut self, row: &T) -> Result<(), Fault> {
        let json: Arc<[u8]> = serde_json::to_vec(row)
            .map_err(|e| Fault::Encode { table: T::NAME, reason: e.to_string() })?
            .into();
        let key = row.key();
        self.state.insert(T::NAME, key.clone(), Row::new(json.clone()));
        self.changes.push(Change { table: T::NAME, key, json: Some(json) });
        Ok(())
    }

    /// Removes the row; whether there was one.
    pub fn delete<T: Table>(&mut self, key: &str) -> Result<bool, Fault> {
        let existed = self.state.remove(T::NAME, key);
        if existed {
            self.changes.push(Change { table: T::NAME, key: key.to_owned(), json: None });
        }
        Ok(existed)
    }
}
