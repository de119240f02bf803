//! Durable state: typed tables in one SQLite file, kept whole in memory for reading; but for the
//! tables of [`ColdTable`]s, which only grow and stay on the disk.
//!
//! Writes are serialised transactions. One thread owns the SQLite connection and commits whatever
//! has queued up as one group; [`Store::write`] returns when that group is on the disk
//! (`synchronous=FULL`), and only then do readers see it. A group that finds the disk full is
//! taken back with all that was built on it; after any other failure nothing is written any more. Readers take a [`Snapshot`], which is a
//! pointer to an immutable tree, so they never wait and never see half a transaction.
//!
//! This crate is the only one that knows the disk.

mod blob;
mod cold;
mod log;
mod snapshot;
mod table;
mod tx;

pub use blob::{BlobError, Digest};
pub use cold::{Cold, ColdTable, Order, Span};
pub use snapshot::Snapshot;
pub use table::Table;
pub use tx::Tx;

use arc_swap::ArcSwap;
use log::{Commit, CommitLog, Loaded};
use snapshot::State;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::{oneshot, watch};

/// What can go wrong below the services. Never shown to a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    #[error("open the database in `{path}`: {reason}")]
    Open { path: PathBuf, reason: String },
    #[error("another moat uses the data directory `{0}`")]
    InUse(PathBuf),
    #[error("the database was written by a newer moat (schema {found}, known {known})")]
    NewerSchema { found: i64, known: i64 },
    #[error("read rows on the disk: {0}")]
    Read(String),
    #[error("commit: {0}")]
    Commit(String),
    #[error("an earlier commit failed; the store accepts no more writes until moat is started again")]
    Poisoned,
    #[error("encode a row of `{table}`: {reason}")]
    Encode { table: &'static str, reason: String },
    #[error("decode row `{key}` of `{table}`: {reason}")]
    Decode { table: &'static str, key: String, reason: String },
}

/// How much a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// An answer only after fdatasync.
    Full,
    /// For tests and throw-away instances: the operating system writes when it likes.
    Ephemeral,
}

/// The durable state of one moat. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    /// What the next transaction starts from. May be ahead of `published` by commits under way.
    head: Arc<Mutex<Head>>,
    published: Arc<ArcSwap<State>>,
    log: CommitLog,
    sequence: watch::Receiver<u64>,
    cold: cold::Readers,
    blobs: blob::Blobs,
    _lock: File,
}

struct Head {
    state: State,
    sequence: u64,
    /// Whether a commit failed so that nobody knows what is on the disk.
    is_broken: bool,
}

/// The file in the data directory.
const DATABASE: &str = "moat.db";

fn unopened(dir: &Path, reason: impl ToString) -> Fault {
    Fault::Open { path: dir.to_owned(), reason: reason.to_string() }
}

fn lock(dir: &Path) -> Result<File, Fault> {
    std::fs::create_dir_all(dir).map_err(|e| unopened(dir, e))?;
    let lock = File::create(dir.join("store.lock")).map_err(|e| unopened(dir, e))?;
    lock.try_lock().map_err(|_| Fault::InUse(dir.to_owned()))?;
    Ok(lock)
}

impl Store {
    /// Opens or creates the state in `dir`; one process at a time.
    pub fn open(dir: &Path, durability: Durability) -> Result<Self, Fault> {
        let lock = lock(dir)?;
        Self::of(dir, lock, log::load(&dir.join(DATABASE), durability)?)
    }

    /// A store whose database may have so many pages, as if there were no room for more on the disk.
    #[cfg(test)]
    fn open_within(dir: &Path, pages: u32) -> Result<Self, Fault> {
        let lock = lock(dir)?;
        let loaded = log::load(&dir.join(DATABASE), Durability::Full)?;
        let limited = loaded.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()));
        limited.map_err(|e| unopened(dir, e))?;
        Self::of(dir, lock, loaded)
    }

    fn of(dir: &Path, lock: File, loaded: Loaded) -> Result<Self, Fault> {
        let published = Arc::new(ArcSwap::from_pointee(loaded.state.clone()));
        let head = Head { state: loaded.state, sequence: loaded.sequence, is_broken: false };
        let head = Arc::new(Mutex::new(head));
        let (log, sequence) = CommitLog::start(loaded.connection, head.clone(), published.clone())
            .map_err(|e| unopened(dir, e))?;
        let blobs = blob::Blobs::open(dir.join("blobs")).map_err(|e| unopened(dir, e))?;
        let cold = cold::Readers::new(dir.join(DATABASE));
        Ok(Self { inner: Arc::new(Inner { head, published, log, sequence, cold, blobs, _lock: lock }) })
    }

    /// The latest durable state.
    pub fn read(&self) -> Snapshot {
        Snapshot::new(self.inner.published.load_full())
    }

    /// The durable rows of [`ColdTable`]s. Blocking file I/O, as is everything that it offers.
    pub fn cold(&self) -> Result<Cold<'_>, Fault> {
        self.inner.cold.begin()
    }

    /// How many rows of each table, in memory and on the disk, have a key that begins with `prefix`.
    /// Blocking file I/O.
    pub fn counts(&self, prefix: &str) -> Result<Vec<(String, usize)>, Fault> {
        let mut counts = self.read().counts(prefix);
        counts.extend(self.cold()?.counts(prefix)?);
        counts.sort();
        Ok(counts)
    }

    /// Runs one transaction. Nothing of it is kept when `f` fails; all of it is durable, and
    /// visible to readers, when this returns `Ok`.
    pub async fn write<R, E, F>(&self, f: F) -> Result<R, E>
    where
        E: From<Fault>,
        F: FnOnce(&mut Tx) -> Result<R, E>,
    {
        let (result, durable) = self.begin(f)?;
        durable.await.map_err(|_| Fault::Poisoned)??;
        Ok(result)
    }

    /// [`Store::write`] for threads that are not part of the async runtime.
    pub fn write_blocking<R, E, F>(&self, f: F) -> Result<R, E>
    where
        E: From<Fault>,
        F: FnOnce(&mut Tx) -> Result<R, E>,
    {
        let (result, durable) = self.begin(f)?;
        durable.blocking_recv().map_err(|_| Fault::Poisoned)??;
        Ok(result)
    }

    fn begin<R, E, F>(&self, f: F) -> Result<(R, oneshot::Receiver<Result<(), Fault>>), E>
    where
        E: From<Fault>,
        F: FnOnce(&mut Tx) -> Result<R, E>,
    {
        // A panic inside `f` poisons the mutex before anything was changed: `Tx` works on a copy.
        let mut head = self.inner.head.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if head.is_broken {
            return Err(Fault::Poisoned.into());
        }
        let mut tx = Tx::on(head.state.clone());
        let result = f(&mut tx)?;
        let (state, changes) = tx.finish();
        let sequence = head.sequence + changes.iter().filter(|change| change.is_logged()).count() as u64;
        let (done, durable) = oneshot::channel();
        // Also a transaction without changes waits for those before it: it may have read them.
        self.inner.log.append(Commit { state: state.clone(), changes, sequence, done })?;
        (head.state, head.sequence) = (state, sequence);
        Ok((result, durable))
    }

    /// Follows the sequence number of the last durable change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.sequence.clone()
    }

    /// The sequence number of the last durable change.
    pub fn sequence(&self) -> u64 {
        *self.inner.sequence.borrow()
    }

    /// Keeps bytes by their SHA-256; durable when it returns.
    pub async fn put_blob(&self, bytes: Vec<u8>) -> Result<Digest, BlobError> {
        let inner = self.inner.clone();
        tokio::task::spawn_blocking(move || inner.blobs.put(&bytes))
            .await
            .map_err(|_| BlobError::Cancelled)?
    }

    /// The bytes of a blob. Blocking file I/O.
    pub fn blob(&self, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        self.inner.blobs.get(digest)
    }

    /// Forgets a blob that no row names any more.
    pub fn remove_blob(&self, digest: &Digest) -> Result<(), BlobError> {
        self.inner.blobs.remove(digest)
    }
}

#[cfg(test)]
mod cold_tests;
#[cfg(test)]
mod tests;
