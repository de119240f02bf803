//! The SQLite file and the one thread that writes it, in groups.

use crate::cold::{end_of, tables};
use crate::snapshot::{Row, State};
use crate::tx::Change;
use crate::{Durability, Fault, Head};
use arc_swap::ArcSwap;
use rusqlite::{Connection, ErrorCode, Transaction, params};
use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use tokio::sync::{oneshot, watch};

/// The most transactions that one fdatasync covers.
const GROUP_MAX: usize = 512;
/// How many entries of the change log are kept.
const CHANGE_LOG_MAX: u64 = 1_000_000;
/// Every how many changes the log is cut back to [`CHANGE_LOG_MAX`].
const TRIM_EVERY: u64 = 10_000;

/// One step per schema version; a file at version n has had the first n run on it. The second takes
/// the tables that grow without end out of those that are kept in memory.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE rows (tbl TEXT NOT NULL, key TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
    CREATE TABLE changes (seq INTEGER PRIMARY KEY, tbl TEXT NOT NULL, key TEXT NOT NULL, removed INTEGER NOT NULL);
", "
    CREATE TABLE cold (tbl TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, json BLOB NOT NULL, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
    INSERT INTO cold SELECT tbl, key, coalesce(json_extract(CAST(json AS TEXT), '$.newest'), 0), json
        FROM rows WHERE tbl = 'cloudtrail_segment';
    INSERT INTO cold SELECT tbl,
            substr(key, 1, length(key) - 20) || printf('%020d:', max(0, json_extract(CAST(json AS TEXT), '$.events[0][0]')))
                || substr(key, -20),
            json_extract(CAST(json AS TEXT), '$.events[#-1][0]'), json
        FROM rows WHERE tbl = 'logs_log_batch' AND json_array_length(CAST(json AS TEXT), '$.events') > 0;
    DELETE FROM rows WHERE tbl IN ('cloudtrail_segment', 'logs_log_batch');
"];

pub(crate) struct Loaded {
    pub(crate) connection: Connection,
    pub(crate) state: State,
    pub(crate) sequence: u64,
}

/// Opens the file, brings its schema up to date and reads every row.
pub(crate) fn load(path: &Path, durability: Durability) -> Result<Loaded, Fault> {
    let fault = |e: rusqlite::Error| Fault::Open { path: path.to_owned(), reason: e.to_string() };
    let mut connection = Connection::open(path).map_err(fault)?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Ephemeral => "OFF",
    };
    connection.pragma_update(None, "journal_mode", "WAL").map_err(fault)?;
    connection.pragma_update(None, "synchronous", synchronous).map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(16);
    migrate(&mut connection, path)?;
    let mut state = State::default();
    {
        let mut rows = connection.prepare("SELECT tbl, key, json FROM rows").map_err(fault)?;
        let mut rows = rows.query([]).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let table: String = row.get(0).map_err(fault)?;
            let json: Vec<u8> = row.get(2).map_err(fault)?;
            state.insert(&table, row.get(1).map_err(fault)?, Row::new(json));
        }
    }
    let sequence: i64 = connection
        .query_row("SELECT coalesce(max(seq), 0) FROM changes", [], |row| row.get(0))
        .map_err(fault)?;
    Ok(Loaded { connection, state, sequence: sequence.unsigned_abs() })
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Fault> {
    let fault = |e: rusqlite::Error| Fault::Open { path: path.to_owned(), reason: e.to_string() };
    let known = MIGRATIONS.len() as i64;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
    if found > known {
        return Err(Fault::NewerSchema { found, known });
    }
    for (step, version) in MIGRATIONS.iter().zip(1i64..).filter(|(_, version)| *version > found) {
        let tx = connection.transaction().map_err(fault)?;
        tx.execute_batch(step).map_err(fault)?;
        tx.pragma_update(None, "user_version", version).map_err(fault)?;
        tx.commit().map_err(fault)?;
    }
    Ok(())
}

/// A transaction on its way to the disk.
pub(crate) struct Commit {
    pub(crate) state: State,
    pub(crate) changes: Vec<Change>,
    /// The sequence number of its last change.
    pub(crate) sequence: u64,
    pub(crate) done: oneshot::Sender<Result<(), Fault>>,
}

/// The way to the writer thread. Dropping it waits until the thread has closed the database: whoever
/// opens or copies the files afterwards finds them at rest.
pub(crate) struct CommitLog {
    queue: Option<mpsc::Sender<Commit>>,
    writer: Option<JoinHandle<()>>,
}

impl Drop for CommitLog {
    fn drop(&mut self) {
        self.queue = None;
        let Some(writer) = self.writer.take() else { return };
        // A transaction may hold the last handle, and then this is the writer's own thread.
        if writer.thread().id() != thread::current().id() && writer.join().is_err() {
            tracing::error!("the store's writer ended by a panic");
        }
    }
}

impl CommitLog {
    pub(crate) fn start(
        connection: Connection,
        head: Arc<Mutex<Head>>,
        published: Arc<ArcSwap<State>>,
    ) -> std::io::Result<(Self, watch::Receiver<u64>)> {
        let sequence = head.lock().unwrap_or_else(PoisonError::into_inner).sequence;
        let (queue, commits) = mpsc::channel();
        let (announce, watcher) = watch::channel(sequence);
        let writer = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            Writer { connection, head, published, announce, trimmed: sequence }.run(&commits)
        })?;
        Ok((Self { queue: Some(queue), writer: Some(writer) }, watcher))
    }

    pub(crate) fn append(&self, commit: Commit) -> Result<(), Fault> {
        let queue = self.queue.as_ref().ok_or(Fault::Poisoned)?;
        queue.send(commit).map_err(|_| Fault::Poisoned)
    }
}

struct Writer {
    connection: Connection,
    head: Arc<Mutex<Head>>,
    published: Arc<ArcSwap<State>>,
    announce: watch::Sender<u64>,
    trimmed: u64,
}

impl Writer {
    fn run(mut self, commits: &mpsc::Receiver<Commit>) {
        while let Ok(first) = commits.recv() {
            let mut group = vec![first];
            while group.len() < GROUP_MAX
                && let Ok(next) = commits.try_recv()
            {
                group.push(next);
            }
            match (self.commit(&group), group.last()) {
                (Ok(()), Some(last)) => {
                    self.publish(last);
                    answer(group, &Ok(()));
                }
                (Err(error), _) => {
                    let goes_on = is_disk_full(&error);
                    let fault = Fault::Commit(error.to_string());
                    tracing::error!(%fault, goes_on, "state could not be written");
                    // Before anybody is told: who asks again must not find what is not there.
                    self.take_back(commits, &fault, goes_on);
                    answer(group, &Err(fault));
                    if !goes_on {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    /// Forgets every transaction that was built on one that could not be written. They are added under the lock of the
    /// head, so none is added meanwhile.
    fn take_back(&self, commits: &mpsc::Receiver<Commit>, fault: &Fault, goes_on: bool) {
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        answer(commits.try_iter(), &Err(fault.clone()));
        head.state = State::clone(&self.published.load());
        head.sequence = *self.announce.borrow();
        head.is_broken = !goes_on;
    }

    fn commit(&mut self, group: &[Commit]) -> rusqlite::Result<()> {
        if group.iter().all(|commit| commit.changes.is_empty()) {
            return Ok(());
        }
        let tx = self.connection.transaction()?;
        let mut last = 0;
        for commit in group {
            let logged = commit.changes.iter().filter(|change| change.is_logged()).count() as u64;
            let mut seq = commit.sequence - logged;
            for change in &commit.changes {
                seq += u64::from(change.is_logged());
                apply(&tx, change, seq)?;
            }
            last = last.max(seq);
        }
        if last > self.trimmed + TRIM_EVERY {
            let keep_from = last.saturating_sub(CHANGE_LOG_MAX);
            tx.execute("DELETE FROM changes WHERE seq < ?1", params![keep_from as i64])?;
            self.trimmed = last;
        }
        tx.commit()
    }

    fn publish(&self, last: &Commit) {
        self.published.store(Arc::new(last.state.clone()));
        self.announce.send_if_modified(|sequence| {
            let moved = *sequence != last.sequence;
            *sequence = last.sequence;
            moved
        });
    }
}

fn answer(commits: impl IntoIterator<Item = Commit>, outcome: &Result<(), Fault>) {
    for commit in commits {
        let _ = commit.done.send(outcome.clone());
    }
}

/// Of a full disk SQLite knows that nothing was written, and the next transaction may find room. After any other
/// failure, such as one of fdatasync, nobody knows what is on the disk.
/// <https://www.sqlite.org/rescode.html#full>
fn is_disk_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

fn apply(tx: &Transaction<'_>, change: &Change, seq: u64) -> rusqlite::Result<()> {
    match change {
        Change::Put { table, key, json } => {
            let sql = "INSERT OR REPLACE INTO rows (tbl, key, json) VALUES (?1, ?2, ?3)";
            tx.prepare_cached(sql)?.execute(params![table, key, &json[..]])?;
            note(tx, seq, table, key, false)
        }
        Change::Remove { table, key } => {
            tx.prepare_cached("DELETE FROM rows WHERE tbl = ?1 AND key = ?2")?
                .execute(params![table, key])?;
            note(tx, seq, table, key, true)
        }
        Change::PutCold { table, key, at, json } => {
            let sql = "INSERT OR REPLACE INTO cold (tbl, key, at, json) VALUES (?1, ?2, ?3, ?4)";
            tx.prepare_cached(sql)?.execute(params![table, key, at, json]).map(drop)
        }
        Change::RemoveCold { table, key } => {
            let sql = "DELETE FROM cold WHERE tbl = ?1 AND key = ?2";
            tx.prepare_cached(sql)?.execute(params![table, key]).map(drop)
        }
        Change::ClearCold { table, prefix } => {
            let sql = "DELETE FROM cold WHERE tbl = ?1 AND key >= ?2 AND key < ?3";
            let named = table.map(|name| vec![name.to_owned()]);
            for table in named.map_or_else(|| tables(tx), Ok)? {
                tx.prepare_cached(sql)?.execute(params![table, prefix, end_of(prefix)])?;
            }
            Ok(())
        }
    }
}

fn note(tx: &Transaction<'_>, seq: u64, table: &str, key: &str, removed: bool) -> rusqlite::Result<()> {
    let sql = "INSERT INTO changes (seq, tbl, key, removed) VALUES (?1, ?2, ?3, ?4)";
    tx.prepare_cached(sql)?.execute(params![seq as i64, table, key, removed]).map(drop)
}
