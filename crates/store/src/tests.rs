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
