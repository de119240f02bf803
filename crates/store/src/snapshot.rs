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

type Rows = OrdMap<String, Row>;

/// All tables. Cloning copies a pointer.
#[derive(Clone, Default)]
pub(crate) struct State {
    tables: OrdMap<String, Rows>,
}

impl State {
    pub(crate) fn insert(&mut self, table: &str, key: String, row: Row) {
        if let Some(rows) = self.tables.get_mut(table) {
            rows.insert(key, row);
        } else {
            self.tables.insert(table.to_owned(), Rows::unit(key, row));
        }
    }

    pub(crate) fn remove(&mut self, table: &str, key: &str) -> bool {
        self.tables.get_mut(table).is_some_and(|rows| rows.remove(key).is_some())
    }

    pub(crate) fn get<T: Table>(&self, key: &str) -> Result<Option<Arc<T>>, Fault> {
        match self.tables.get(T::NAME).and_then(|rows| rows.get(key)) {
            Some(row) => row.typed(key).map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn scan<T: Table>(&self, prefix: &str) -> Result<Vec<Arc<T>>, Fault> {
        let Some(rows) = self.tables.get(T::NAME) else { return Ok(Vec::new()) };
        rows.range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, row)| row.typed(key))
            .collect()
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
}
