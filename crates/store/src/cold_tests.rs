use crate::{ColdTable, Durability, Fault, Order, Span, Store};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Event {
    place: String,
    at: i64,
}

impl ColdTable for Event {
    const NAME: &'static str = "event";
    fn key(&self) -> String {
        self.place.clone()
    }
    fn at(&self) -> i64 {
        self.at
    }
}

fn put(store: &Store, places: &[(&str, i64)]) {
    let rows = places.iter().map(|(place, at)| Event { place: (*place).to_owned(), at: *at });
    store.write_blocking(|tx| rows.into_iter().try_for_each(|row| tx.put_cold(&row))).unwrap();
}

/// The keys that a scan visits, and where it stops.
fn scan(store: &Store, span: &Span, most: usize) -> String {
    let mut seen = Vec::new();
    let visit = |row: Event| {
        seen.push(row.place);
        Ok(if seen.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    };
    store.cold().unwrap().scan(span, visit).unwrap();
    seen.join(" ")
}

#[test]
fn a_span_is_visited_in_its_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
    put(&store, &[("a/1", 1), ("a/2", 2), ("a/3", 3), ("a/ü", 4), ("a", 9), ("b/1", 9)]);
    let all = || Span::prefix("a/");
    assert_eq!(scan(&store, &all(), 9), "a/1 a/2 a/3 a/ü");
    assert_eq!(scan(&store, &all().order(Order::NewestFirst), 2), "a/ü a/3");
    assert_eq!(scan(&store, &all().from("a/2".into()), 9), "a/2 a/3 a/ü");
    assert_eq!(scan(&store, &all().before("a/3".into()).order(Order::NewestFirst), 9), "a/2 a/1");
    assert_eq!(scan(&store, &all().since(3), 9), "a/3 a/ü");
    assert_eq!(
        scan(&store, &all().from("0".into()).before("z".into()), 9),
        "a/1 a/2 a/3 a/ü",
        "in the prefix"
    );
    assert_eq!(store.cold().unwrap().get::<Event>("b/1").unwrap().map(|row| row.at), Some(9));
    assert_eq!(store.counts("a/").unwrap(), [("event".to_owned(), 4)]);
}

#[test]
fn rows_are_there_after_reopening_and_go_in_batches() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = Store::open(dir.path(), Durability::Full).unwrap();
        put(&store, &[("a/1", 1), ("a/2", 2), ("a/3", 3)]);
        put(&store, &[("a/2", 5)]);
    }
    let store = Store::open(dir.path(), Durability::Full).unwrap();
    assert_eq!(store.sequence(), 0, "they are not in the change log");
    let older = |most| store.cold().unwrap().older::<Event>("a/", 4, most).unwrap();
    assert_eq!((older(1), older(9)), (vec!["a/1".to_owned()], vec!["a/1".to_owned(), "a/3".to_owned()]));
    let remove = |keys: Vec<String>| {
        store.write_blocking(|tx| {
            keys.iter().for_each(|key| tx.delete_cold::<Event>(key));
            Ok::<_, Fault>(())
        })
    };
    remove(older(9)).unwrap();
    assert_eq!(scan(&store, &Span::prefix(""), 9), "a/2");
    let clear = |tx: &mut crate::Tx| {
        tx.clear("a");
        Ok::<_, Fault>(())
    };
    store.write_blocking(clear).unwrap();
    assert_eq!(scan(&store, &Span::prefix(""), 9), "");
}

#[test]
fn a_reader_keeps_what_it_began_with_while_others_write() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
    put(&store, &[("1", 1), ("2", 2)]);
    let reader = store.cold().unwrap();
    let mut seen = 0;
    reader
        .scan::<Event>(&Span::prefix(""), |_| {
            seen += 1;
            put(&store, &[("3", 3)]);
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    assert_eq!(seen, 2, "the write came through, and the reader did not see it");
    drop(reader);
    assert_eq!(scan(&store, &Span::prefix(""), 9), "1 2 3");
}

#[test]
fn a_failed_transaction_leaves_no_cold_row() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
    let failed: Result<(), Fault> = store.write_blocking(|tx| {
        tx.put_cold(&Event { place: "1".into(), at: 1 })?;
        Err(Fault::Poisoned)
    });
    assert!(failed.is_err());
    put(&store, &[("2", 2)]);
    assert_eq!(scan(&store, &Span::prefix(""), 9), "2");
}

/// A database of the first version, with rows that are on the disk only since the second.
#[test]
fn rows_that_were_in_memory_move_to_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(dir.path().join("moat.db")).unwrap();
    old.execute_batch(
        r#"CREATE TABLE rows (tbl TEXT NOT NULL, key TEXT NOT NULL, json BLOB NOT NULL, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
           CREATE TABLE changes (seq INTEGER PRIMARY KEY, tbl TEXT NOT NULL, key TEXT NOT NULL, removed INTEGER NOT NULL);
           INSERT INTO changes VALUES (7, 'note', 'a', 0);
           INSERT INTO rows VALUES ('note', 'a', CAST('{"name":"a","text":"kept"}' AS BLOB));
           INSERT INTO rows VALUES ('cloudtrail_segment', '0/r/00000000000000000003', CAST('{"number":3,"newest":1700000000123}' AS BLOB));
           INSERT INTO rows VALUES ('logs_log_batch', '0/r/g:s:00000000000000000012', CAST('{"events":[[1700000000001,"a"],[1700000000009,"b"]]}' AS BLOB));
           INSERT INTO rows VALUES ('logs_log_batch', '0/r/g:s:00000000000000000013', CAST('{"events":[]}' AS BLOB));
           PRAGMA user_version = 1;"#,
    )
    .unwrap();
    drop(old);
    let store = Store::open(dir.path(), Durability::Full).unwrap();
    assert_eq!(store.sequence(), 7);
    assert_eq!(store.read().counts(""), [("note".to_owned(), 1)]);
    drop(store);
    let new = rusqlite::Connection::open(dir.path().join("moat.db")).unwrap();
    let mut rows =
        new.prepare("SELECT tbl || ' ' || key || ' ' || at || ' ' || json FROM cold ORDER BY 1").unwrap();
    let rows: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(
        rows,
        [
            r#"cloudtrail_segment 0/r/00000000000000000003 1700000000123 {"number":3,"newest":1700000000123}"#,
            r#"logs_log_batch 0/r/g:s:00000001700000000001:00000000000000000012 1700000000009 {"events":[[1700000000001,"a"],[1700000000009,"b"]]}"#,
        ]
    );
}
