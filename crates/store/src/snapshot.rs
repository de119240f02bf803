//! The whole state as an immutable tree, and typed reads from it.

use crate::{Fault, Table};
use imbl::OrdMap;
use std::any::Any;
use std::sync::{Arc, OnceLock};

/// One stored row: its JSON, and the typed value once somebody asked for it.
#[derive(Clone)]
pub(crate) struct Row {
    json: Arc<[u8]>,
    typed: Arc<OnceLock<Arc<dyn Any + Send + Sync>>>,
}

impl Row {
    pub(crate) fn new(json: impl Into<Arc<[u8]>>) -> Self {
        Self { json: json.into(), typed: Arc::default() }
    }

    fn typed<T: Table>(&self, key: &str) -> Result<Arc<T>, Fault> {
        let decode = |reason: String| Fault::Decode { table: T::NAME, key: key.to_owned(), reason };
        if self.typed.get().is_none() {
            let value: T = serde_json::from_slice(&self.json).map_err(|e| decode(e.to_string()))?;
            let _ = self.typed.set(Arc::new(value));
        }
        self.typed
            .get()
            .and_then(|any| any.clone().downcast::<T>().ok())
            .ok_or_else(|| decode("two row types share one table name".to_owned()))
    }
}

/// One table.
#[derive(Clone, Default)]
struct Rows {
    rows: OrdMap<String, Row>,
    /// How often it was written since the store was opened.
    edits: u64,
}

/// All tables. Cloning copies a pointer.
#[derive(Clone, Default)]
pub(crate) struct State {
    tables: OrdMap<String, Rows>,
}

impl State {
    pub(crate) fn insert(&mut self, table: &str, key: String, row: Row) {
        let mut table_rows = self.tables.get(table).cloned().unwrap_or_default();
        table_rows.rows.insert(key, row);
        table_rows.edits += 1;
        self.tables.insert(table.to_owned(), table_rows);
    }

    pub(crate) fn remove(&mut self, table: &str, key: &str) -> bool {
        let Some(table) = self.tables.get_mut(table) else { return false };
        let existed = table.rows.remove(key).is_some();
        table.edits += u64::from(existed);
        existed
    }

    pub(crate) fn get<T: Table>(&self, key: &str) -> Result<Option<Arc<T>>, Fault> {
        match self.tables.get(T::NAME).and_then(|table| table.rows.get(key)) {
            Some(row) => row.typed(key).map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn scan<T: Table>(&self, prefix: &str) -> Result<Vec<Arc<T>>, Fault> {
        let Some(table) = self.tables.get(T::NAME) else { return Ok(Vec::new()) };
        table
            .rows
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, row)| row.typed(key))
            .collect()
    }

    /// Table and key of every row under the prefix.
    pub(crate) fn keys(&self, prefix: &str) -> Vec<(String, String)> {
        let of_prefix = |rows: &Rows| {
            let from = rows.rows.range(prefix.to_owned()..).map(|(key, _)| key.clone());
            from.take_while(|key| key.starts_with(prefix)).collect::<Vec<_>>()
        };
        let keyed = |(name, rows): (&String, &Rows)| {
            of_prefix(rows).into_iter().map(|key| (name.clone(), key)).collect::<Vec<_>>()
        };
        self.tables.iter().flat_map(keyed).collect()
    }

    fn counts(&self, prefix: &str) -> Vec<(String, usize)> {
        let of_prefix = |table: &Rows| {
            table.rows.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix)).count()
        };
        let counted = self.tables.iter().map(|(name, table)| (name.clone(), of_prefix(table)));
        counted.filter(|(_, rows)| *rows > 0).collect()
    }

    fn edits(&self, prefix: &str) -> u64 {
        let of_prefix =
            self.tables.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
        of_prefix.map(|(_, table)| table.edits).sum()
    }
}

/// The state as it was at one durable moment.
#[derive(Clone)]
pub struct Snapshot {
    state: Arc<State>,
}

impl Snapshot {
    pub(crate) fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    /// The row with this key.
    pub fn get<T: Table>(&self, key: &str) -> Result<Option<Arc<T>>, Fault> {
        self.state.get(key)
    }

    /// Every row whose key begins with `prefix`, in the order of keys.
    pub fn scan<T: Table>(&self, prefix: &str) -> Result<Vec<Arc<T>>, Fault> {
        self.state.scan(prefix)
    }

    /// How many rows of each table have a key that begins with `prefix`; tables without any are left out.
    pub fn counts(&self, prefix: &str) -> Vec<(String, usize)> {
        self.state.counts(prefix)
    }

    /// How often the tables whose names begin with `prefix` were written since the store was
    /// opened: two snapshots with the same number have the same rows there.
    pub fn edits(&self, prefix: &str) -> u64 {
        self.state.edits(prefix)
    }
}
