//! Rows that stay on the disk: what only grows, and is read by ranges, such as log events and the
//! record of calls. They are written in the transactions of the other rows and are as durable; they
//! cost no memory, and nothing at start.
//!
//! Reading has connections of its own, so it waits for no writer (SQLite's write-ahead log keeps the
//! state that a reader began with: <https://www.sqlite.org/wal.html>). It is blocking file I/O.

use crate::Fault;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The page cache of one reading connection, in KiB.
const CACHE_KIB: i64 = 512;
/// Reading connections that are kept open while nobody reads.
const IDLE_MAX: usize = 2;

/// A row type whose rows are on the disk only, ordered by [`ColdTable::key`].
pub trait ColdTable: Serialize + DeserializeOwned + Send + 'static {
    /// Unique among all tables, for ever: it is on users' disks.
    const NAME: &'static str;

    /// Scoped rows begin with `base::Scope::key`. What is read in the order of time or arrival has
    /// that in its key, in decimal digits of one length.
    fn key(&self) -> String;

    /// The latest moment that the row tells of, in milliseconds since the epoch: a scan for what is
    /// newer passes over older rows without reading them.
    fn at(&self) -> i64;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    OldestFirst,
    NewestFirst,
}

/// Which rows a scan visits.
#[derive(Debug, Clone)]
pub struct Span {
    from: String,
    before: String,
    order: Order,
    since: i64,
}

impl Span {
    /// The rows whose key begins so, in the order of keys.
    pub fn prefix(prefix: &str) -> Self {
        let before = end_of(prefix);
        Self { from: prefix.to_owned(), before, order: Order::OldestFirst, since: i64::MIN }
    }

    /// Only from this key on.
    #[must_use]
    pub fn from(mut self, key: String) -> Self {
        self.from = self.from.max(key);
        self
    }

    /// Only what comes before this key.
    #[must_use]
    pub fn before(mut self, key: String) -> Self {
        self.before = self.before.min(key);
        self
    }

    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Only rows that tell of this moment or a later one.
    #[must_use]
    pub fn since(mut self, millis: i64) -> Self {
        self.since = millis;
        self
    }
}

/// What is greater than every key with this prefix: no character comes after this one.
pub(crate) fn end_of(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

/// The cold rows as they were when this was made. Holding one for long lets the write-ahead log grow.
pub struct Cold<'r> {
    readers: &'r Readers,
    connection: Option<Connection>,
}

impl Cold<'_> {
    pub fn get<T: ColdTable>(&self, key: &str) -> Result<Option<T>, Fault> {
        let sql = "SELECT json FROM cold WHERE tbl = ?1 AND key = ?2";
        let mut statement = self.connection()?.prepare_cached(sql).map_err(fault)?;
        let found: Option<Vec<u8>> =
            statement.query_row(params![T::NAME, key], |row| row.get(0)).optional().map_err(fault)?;
        found.map(|json| decode(key, &json)).transpose()
    }

    /// Shows the rows of a span one by one, until told to stop. One row is in memory at a time.
    pub fn scan<T: ColdTable>(
        &self,
        span: &Span,
        mut visit: impl FnMut(T) -> Result<ControlFlow<()>, Fault>,
    ) -> Result<(), Fault> {
        let sql = match span.order {
            Order::OldestFirst => {
                "SELECT key, json FROM cold WHERE tbl = ?1 AND key >= ?2 AND key < ?3 AND at >= ?4 ORDER BY key"
            }
            Order::NewestFirst => {
                "SELECT key, json FROM cold WHERE tbl = ?1 AND key >= ?2 AND key < ?3 AND at >= ?4 ORDER BY key DESC"
            }
        };
        let mut statement = self.connection()?.prepare_cached(sql).map_err(fault)?;
        let bounds = params![T::NAME, span.from, span.before, span.since];
        let mut rows = statement.query(bounds).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let key: String = row.get(0).map_err(fault)?;
            let json = row.get_ref(1).and_then(|json| Ok(json.as_bytes()?)).map_err(fault)?;
            if visit(decode(&key, json)?)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Shows the keys and moments of the rows of a span, without reading the rows.
    pub fn keys<T: ColdTable>(
        &self,
        span: &Span,
        mut visit: impl FnMut(&str, i64) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let sql = match span.order {
            Order::OldestFirst => {
                "SELECT key, at FROM cold WHERE tbl = ?1 AND key >= ?2 AND key < ?3 AND at >= ?4 ORDER BY key"
            }
            Order::NewestFirst => {
                "SELECT key, at FROM cold WHERE tbl = ?1 AND key >= ?2 AND key < ?3 AND at >= ?4 ORDER BY key DESC"
            }
        };
        let mut statement = self.connection()?.prepare_cached(sql).map_err(fault)?;
        let bounds = params![T::NAME, span.from, span.before, span.since];
        let mut rows = statement.query(bounds).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let key = row.get_ref(0).and_then(|key| Ok(key.as_str()?)).map_err(fault)?;
            if visit(key, row.get(1).map_err(fault)?).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The keys, at most so many, of the rows under a prefix that tell of nothing at or after a moment.
    pub fn older<T: ColdTable>(&self, prefix: &str, than: i64, most: usize) -> Result<Vec<String>, Fault> {
        let sql = "SELECT key FROM cold WHERE tbl = ?1 AND key >= ?2 AND key < ?3 AND at < ?4 LIMIT ?5";
        let mut statement = self.connection()?.prepare_cached(sql).map_err(fault)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let bounds = params![T::NAME, prefix, end_of(prefix), than, most];
        let rows = statement.query_map(bounds, |row| row.get(0)).map_err(fault)?;
        rows.collect::<rusqlite::Result<_>>().map_err(fault)
    }

    /// How many rows of each table have a key that begins with `prefix`; tables without any are left
    /// out. Reads every such key.
    pub fn counts(&self, prefix: &str) -> Result<Vec<(String, usize)>, Fault> {
        let sql = "SELECT count(*) FROM cold WHERE tbl = ?1 AND key >= ?2 AND key < ?3";
        let connection = self.connection()?;
        let mut counts = Vec::new();
        for table in tables(connection).map_err(fault)? {
            let mut statement = connection.prepare_cached(sql).map_err(fault)?;
            let counted = statement.query_row(params![table, prefix, end_of(prefix)], |row| row.get(0));
            let rows: i64 = counted.map_err(fault)?;
            counts.push((table, usize::try_from(rows).unwrap_or_default()));
        }
        counts.retain(|(_, rows)| *rows > 0);
        Ok(counts)
    }

    fn connection(&self) -> Result<&Connection, Fault> {
        self.connection.as_ref().ok_or_else(|| Fault::Read("the connection is closed".to_owned()))
    }
}

impl Drop for Cold<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.execute_batch("COMMIT").is_ok()
        {
            self.readers.give_back(connection);
        }
    }
}

/// The names of the tables that have rows, each found by one step into the index.
pub(crate) fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut next = connection.prepare_cached("SELECT min(tbl) FROM cold WHERE tbl > ?1")?;
    let mut tables: Vec<String> = Vec::new();
    while let Some(table) = {
        let last = tables.last().map_or("", String::as_str);
        next.query_row(params![last], |row| row.get::<_, Option<String>>(0))?
    } {
        tables.push(table);
    }
    Ok(tables)
}

fn fault(error: rusqlite::Error) -> Fault {
    Fault::Read(error.to_string())
}

fn decode<T: ColdTable>(key: &str, json: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(json).map_err(|e| Fault::Decode {
        table: T::NAME,
        key: key.to_owned(),
        reason: e.to_string(),
    })
}

/// The connections that read. They are opened when somebody reads.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// A look at what is durable now.
    pub(crate) fn begin(&self) -> Result<Cold<'_>, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open().map_err(fault)?,
        };
        connection.execute_batch("BEGIN").map_err(fault)?;
        Ok(Cold { readers: self, connection: Some(connection) })
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(8);
        Ok(connection)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }
}
