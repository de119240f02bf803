use crate::{Durability, Fault, Store, Table};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    name: String,
    text: String,
}

impl Table for Note {
    const NAME: &'static str = "note";
    fn key(&self) -> String {
        self.name.clone()
    }
}

fn note(name: &str, text: &str) -> Note {
    Note { name: name.to_owned(), text: text.to_owned() }
}

struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("moat-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn put(store: &Store, name: &str, text: &str) {
    store.write_blocking(|tx| tx.put(&note(name, text))).unwrap();
}

fn text(store: &Store, name: &str) -> Option<String> {
    store.read().get::<Note>(name).unwrap().map(|n| n.text.clone())
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let dir = Dir::new();
    {
        let store = Store::open(&dir.0, Durability::Full).unwrap();
        put(&store, "a", "one");
        put(&store, "b", "two");
        put(&store, "a", "three");
        store.write_blocking(|tx| tx.delete::<Note>("b").map(drop)).unwrap();
    }
    let store = reopen(&dir);
    assert_eq!(text(&store, "a").as_deref(), Some("three"));
    assert_eq!(text(&store, "b"), None);
    assert_eq!(store.sequence(), 4);
}

/// The writer thread lets go of the file a moment after the last handle is dropped.
fn reopen(dir: &Dir) -> Store {
    Store::open(&dir.0, Durability::Full).unwrap()
}

#[test]
fn a_failed_transaction_leaves_nothing() {
    let dir = Dir::new();
    let store = Store::open(&dir.0, Durability::Ephemeral).unwrap();
    let failed: Result<(), Fault> = store.write_blocking(|tx| {
        tx.put(&note("a", "half"))?;
        Err(Fault::Poisoned)
    });
    assert!(failed.is_err());
    assert_eq!(text(&store, "a"), None);
    assert_eq!(store.sequence(), 0);
}

#[test]
fn a_transaction_sees_its_own_writes_and_a_snapshot_does_not_move() {
    let dir = Dir::new();
    let store = Store::open(&dir.0, Durability::Ephemeral).unwrap();
    put(&store, "k/1", "x");
    let before = store.read();
    let seen = store
        .write_blocking(|tx| {
            tx.put(&note("k/2", "y"))?;
            tx.put(&note("l/1", "z"))?;
            Ok::<_, Fault>(tx.scan::<Note>("k/")?.len())
        })
        .unwrap();
    assert_eq!(seen, 2);
    assert_eq!(before.scan::<Note>("").unwrap().len(), 1);
    assert_eq!(store.read().scan::<Note>("").unwrap().len(), 3);
}

/// As on a full disk: SQLite may not make the file any larger than it is.
#[test]
fn a_full_disk_takes_back_what_it_refused_and_goes_on_when_there_is_room() {
    let dir = Dir::new();
    let large = "x".repeat(100_000);
    let store = Store::open_within(&dir.0, 40).unwrap();
    put(&store, "a", "one");
    let filled = (0..20).find_map(|n| {
        let name = format!("b{n}");
        store.write_blocking(|tx| tx.put(&note(&name, &large))).err().map(|fault| (n, fault))
    });
    let Some((refused, Fault::Commit(_))) = filled else { panic!("never full: {filled:?}") };
    assert!(refused > 0);
    // What was not written is not there, for readers and for the next transaction.
    let name = format!("b{refused}");
    assert_eq!(text(&store, &name), None);
    let seen = store.write_blocking(|tx| Ok::<_, Fault>(tx.get::<Note>(&name)?.is_some()));
    assert!(!seen.unwrap());
    // Room is made, and it goes on.
    store.write_blocking(|tx| tx.delete::<Note>("b0").map(drop)).unwrap();
    put(&store, &name, &large);
    let sequence = store.sequence();
    drop(store);
    let store = reopen(&dir);
    assert_eq!(store.sequence(), sequence);
    assert_eq!(text(&store, &name), Some(large));
    assert_eq!((text(&store, "a").as_deref(), text(&store, "b0")), (Some("one"), None));
}

#[test]
fn transactions_that_waited_behind_a_full_disk_are_refused_with_it() {
    let dir = Dir::new();
    let store = Store::open_within(&dir.0, 40).unwrap();
    let large = "x".repeat(400_000);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (store, large) = (&store, &large);
            scope.spawn(move || {
                for n in 0..20 {
                    let (small, big) = (format!("s{thread}-{n}"), format!("l{thread}"));
                    let both = store.write_blocking(|tx| {
                        tx.put(&note(&small, "x"))?;
                        if n % 4 == 0 { tx.put(&note(&big, large)) } else { Ok(()) }
                    });
                    assert_eq!(text(store, &small).is_some(), both.is_ok(), "{small}");
                }
            });
        }
    });
    let rows = store.read().scan::<Note>("").unwrap().len();
    drop(store);
    assert_eq!(reopen(&dir).read().scan::<Note>("").unwrap().len(), rows);
}

#[test]
fn after_a_failure_that_nobody_understands_nothing_is_written() {
    let dir = Dir::new();
    let store = Store::open(&dir.0, Durability::Ephemeral).unwrap();
    put(&store, "a", "one");
    rusqlite::Connection::open(dir.0.join("moat.db")).unwrap().execute_batch("DROP TABLE changes").unwrap();
    let write = || store.write_blocking(|tx| tx.put(&note("b", "two")));
    assert!(matches!(write(), Err(Fault::Commit(_))));
    assert!(matches!(write(), Err(Fault::Poisoned)));
    let asked = store.write_blocking(|tx| Ok::<_, Fault>(tx.get::<Note>("b")?.is_some()));
    assert!(matches!(asked, Err(Fault::Poisoned)));
    assert_eq!((text(&store, "a").as_deref(), text(&store, "b")), (Some("one"), None));
}

#[test]
fn two_processes_cannot_share_a_data_directory() {
    let dir = Dir::new();
    let _first = Store::open(&dir.0, Durability::Ephemeral).unwrap();
    assert!(matches!(Store::open(&dir.0, Durability::Ephemeral), Err(Fault::InUse(_))));
}

#[test]
fn concurrent_increments_are_serialised() {
    let dir = Dir::new();
    let store = Store::open(&dir.0, Durability::Ephemeral).unwrap();
    put(&store, "n", "0");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    store
                        .write_blocking(|tx| {
                            let n: u32 = tx.get::<Note>("n")?.unwrap().text.parse().unwrap();
                            tx.put(&note("n", &(n + 1).to_string()))
                        })
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(text(&store, "n").as_deref(), Some("400"));
}

#[tokio::test]
async fn a_blob_is_found_by_its_digest() {
    let dir = Dir::new();
    let store = Store::open(&dir.0, Durability::Ephemeral).unwrap();
    let digest = store.put_blob(b"code".to_vec()).await.unwrap();
    assert_eq!(store.blob(&digest).unwrap(), b"code");
    std::fs::write(dir.0.join("blobs").join(digest.as_str()), b"c0de").unwrap();
    assert!(store.blob(&digest).is_err(), "damage is noticed");
}
