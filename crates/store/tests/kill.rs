//! kill -9 at random moments: a process writes and says what was acknowledged; it is killed; what it
//! said is there, whole transactions are there or not, rows on the disk only among them, and the
//! sequence goes on.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};
use store::{ColdTable, Durability, Fault, Order, Span, Store, Table};

/// `MOAT_KILL_ROUNDS` for longer runs.
const ROUNDS: u32 = 1000;
const WRITERS: u32 = 4;
const CHILD: &str = "MOAT_KILL_CHILD";

/// Written in pairs, in one transaction: half a pair is half a transaction.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    name: String,
    value: u64,
}

impl Table for Entry {
    const NAME: &'static str = "entry";
    fn key(&self) -> String {
        self.name.clone()
    }
}

/// Written in the transaction of the pair with its value, and removed when it is old.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    writer: u32,
    value: u64,
}

/// How many lines of a writer stay; and how many more there may be before the oldest go.
const LINES_KEPT: u64 = 100;
const LINES_MORE: u64 = 50;

impl ColdTable for Line {
    const NAME: &'static str = "line";
    fn key(&self) -> String {
        format!("{}/{:020}", self.writer, self.value)
    }
    fn at(&self) -> i64 {
        self.value as i64
    }
}

/// In the child this writes until it is killed; in an ordinary run it does nothing.
#[test]
fn writes_until_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let store = Store::open(Path::new(&dir), Durability::Full).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = store.clone();
            // Values only grow, so that what an earlier round left cannot pass for what this one wrote.
            let last = store.read().get::<Entry>(&format!("{writer}/a")).unwrap().map_or(0, |e| e.value);
            scope.spawn(move || {
                for n in last + 1.. {
                    put_pair(&store, writer, n);
                    if n % LINES_MORE == 0 {
                        remove_old_lines(&store, writer, n);
                    }
                    // One write call per line, so that a line is whole or not there.
                    std::io::stdout().lock().write_all(format!("ack {writer} {n}\n").as_bytes()).unwrap();
                }
            });
        }
    });
}

fn put_pair(store: &Store, writer: u32, value: u64) {
    let pair = |side: &str| Entry { name: format!("{writer}/{side}"), value };
    store
        .write_blocking(|tx| {
            tx.put(&pair("a"))?;
            tx.put_cold(&Line { writer, value })?;
            tx.put(&pair("b"))
        })
        .unwrap_or_else(|fault: Fault| panic!("{fault}"));
}

/// As retention does it: what to remove is read outside a transaction, and removed in one.
fn remove_old_lines(store: &Store, writer: u32, newest: u64) {
    let before = newest.saturating_sub(LINES_KEPT) as i64;
    let old = store.cold().unwrap().older::<Line>(&format!("{writer}/"), before, 1000).unwrap();
    store
        .write_blocking(|tx| {
            old.iter().for_each(|key| tx.delete_cold::<Line>(key));
            Ok(())
        })
        .unwrap_or_else(|fault: Fault| panic!("{fault}"));
}

#[test]
fn no_acknowledged_write_is_lost() {
    let rounds = std::env::var("MOAT_KILL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS);
    let dir = std::env::temp_dir().join(format!("moat-kill-{}", std::process::id()));
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
    let (mut chance, mut acknowledged, mut sequence) = (u64::from(seed) | 1, 0u64, 0);
    println!("seed {seed}");
    for round in 0..rounds {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        // In two rounds of three the kill comes after something was acknowledged, however busy the machine.
        let acks = write_and_kill(&dir, Duration::from_micros(2_000 + chance % 13_000), round % 3 > 0);
        let store = reopen(&dir);
        check(&store, &acks, round);
        assert!(store.sequence() >= sequence, "round {round}: the sequence went back");
        sequence = store.sequence();
        acknowledged += acks.len() as u64;
    }
    println!("{rounds} rounds, {acknowledged} writers' last acknowledgements checked, {sequence} changes");
    assert!(acknowledged > u64::from(rounds) / 2, "too few rounds got as far as an acknowledgement");
    std::fs::remove_dir_all(&dir).unwrap();
}

/// The last acknowledged value of each writer.
fn write_and_kill(dir: &PathBuf, after: Duration, acknowledged: bool) -> BTreeMap<u32, u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writes_until_killed", "--nocapture", "--test-threads=1"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut acks, mut output) = (BTreeMap::new(), BufReader::new(child.stdout.take().unwrap()).lines());
    let mut said: Vec<_> = Vec::new();
    while acknowledged && said.last().is_none_or(|line: &std::io::Result<String>| !ack(line)) {
        said.push(output.next().unwrap());
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    for line in said.into_iter().chain(output) {
        let line = line.unwrap();
        let mut words = line.split(' ').skip_while(|word| !word.ends_with("ack")).skip(1);
        if let (Some(Ok(writer)), Some(Ok(n))) = (words.next().map(str::parse), words.next().map(str::parse))
        {
            acks.insert(writer, n);
        }
    }
    child.wait().unwrap();
    acks
}

fn ack(line: &std::io::Result<String>) -> bool {
    line.as_ref().is_ok_and(|line| line.contains("ack "))
}

fn reopen(dir: &Path) -> Store {
    Store::open(dir, Durability::Full).unwrap_or_else(|fault| panic!("{fault}"))
}

fn check(store: &Store, acks: &BTreeMap<u32, u64>, round: u32) {
    let read = store.read();
    for writer in 0..WRITERS {
        let value = |side: &str| read.get::<Entry>(&format!("{writer}/{side}")).unwrap().map(|e| e.value);
        let (a, b) = (value("a"), value("b"));
        assert_eq!(a, b, "round {round}: half a transaction of writer {writer}");
        if let Some(acked) = acks.get(&writer) {
            assert!(a >= Some(*acked), "round {round}: writer {writer} lost {acked}, has {a:?}");
        }
        let lines = lines(store, writer);
        assert_eq!(
            lines.first().copied(),
            a,
            "round {round}: writer {writer}'s last line is of another transaction"
        );
        let whole = lines.windows(2).all(|pair| matches!(pair, [newer, older] if *newer == older + 1));
        let kept = a.map_or(0, |a| a.min(LINES_KEPT));
        assert!(
            whole && lines.len() as u64 >= kept,
            "round {round}: writer {writer} lost lines of {lines:?}"
        );
    }
}

/// The values of a writer's lines, the newest first.
fn lines(store: &Store, writer: u32) -> Vec<u64> {
    let mut values = Vec::new();
    let span = Span::prefix(&format!("{writer}/")).order(Order::NewestFirst);
    let visit = |line: Line| {
        values.push(line.value);
        Ok(ControlFlow::Continue(()))
    };
    store.cold().unwrap().scan(&span, visit).unwrap();
    values
}
