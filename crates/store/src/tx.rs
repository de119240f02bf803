//! One transaction: reads what came before it and its own writes.

use crate::snapshot::{Row, Snapshot, State};
use crate::{ColdTable, Fault, Table};
use std::borrow::Cow;
use std::sync::Arc;

/// One row written or removed, or what is on the disk only under one prefix.
pub(crate) enum Change {
    Put {
        table: &'static str,
        key: String,
        json: Arc<[u8]>,
    },
    Remove {
        table: Cow<'static, str>,
        key: String,
    },
    PutCold {
        table: &'static str,
        key: String,
        at: i64,
        json: Vec<u8>,
    },
    RemoveCold {
        table: &'static str,
        key: String,
    },
    /// Of one table, or of every.
    ClearCold {
        table: Option<&'static str>,
        prefix: String,
    },
}

impl Change {
    /// Whether it has a number in the change log. Cold rows have none: they are a log themselves.
    pub(crate) fn is_logged(&self) -> bool {
        matches!(self, Self::Put { .. } | Self::Remove { .. })
    }
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
        self.changes.push(Change::Put { table: T::NAME, key, json });
        Ok(())
    }

    /// Removes the row; whether there was one.
    pub fn delete<T: Table>(&mut self, key: &str) -> Result<bool, Fault> {
        let existed = self.state.remove(T::NAME, key);
        if existed {
            self.changes.push(Change::Remove { table: T::NAME.into(), key: key.to_owned() });
        }
        Ok(existed)
    }

    /// Writes a row that stays on the disk, in place of one with the same key. Transactions do not
    /// read such rows.
    pub fn put_cold<T: ColdTable>(&mut self, row: &T) -> Result<(), Fault> {
        let json =
            serde_json::to_vec(row).map_err(|e| Fault::Encode { table: T::NAME, reason: e.to_string() })?;
        self.changes.push(Change::PutCold { table: T::NAME, key: row.key(), at: row.at(), json });
        Ok(())
    }

    /// Removes a row that is on the disk only, if it is there.
    pub fn delete_cold<T: ColdTable>(&mut self, key: &str) {
        self.changes.push(Change::RemoveCold { table: T::NAME, key: key.to_owned() });
    }

    /// Removes what every table has under a prefix, on the disk too.
    pub fn clear(&mut self, prefix: &str) {
        for (table, key) in self.state.keys(prefix) {
            self.state.remove(&table, &key);
            self.changes.push(Change::Remove { table: table.into(), key });
        }
        self.changes.push(Change::ClearCold { table: None, prefix: prefix.to_owned() });
    }

    /// Removes what a table on the disk has under a prefix. For what is known to be little: other
    /// writers wait for it.
    pub fn clear_cold<T: ColdTable>(&mut self, prefix: &str) {
        self.changes.push(Change::ClearCold { table: Some(T::NAME), prefix: prefix.to_owned() });
    }
}
