//! The command whose output or complaints nobody takes.
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::process::{Command, Output, Stdio};

fn moat(words: &[&str], out: Stdio, complaints: Stdio) -> Output {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_moat"));
    command.args(words).env("MOAT_DATA_DIR", data.path()).env("RUST_BACKTRACE", "1");
    command.stdin(Stdio::null()).stdout(out).stderr(complaints);
    command.spawn().unwrap().wait_with_output().unwrap()
}

/// The end of a pipe that nobody reads.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

const ANSWERS: [(&[&str], i32); 4] =
    [(&["status"], 1), (&["status", "--output", "json"], 1), (&["reset"], 0), (&["completions", "bash"], 0)];

#[test]
fn a_reader_that_is_gone_changes_nothing() {
    for (words, code) in ANSWERS {
        let done = moat(words, unread(), Stdio::piped());
        assert_eq!((done.status.code(), done.stderr.as_slice()), (Some(code), &b""[..]), "{words:?}");
    }
}

#[test]
fn a_full_disk_below_the_answer_is_told() {
    for (words, _) in ANSWERS {
        let done = moat(words, full(), Stdio::piped());
        let told = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(2), "{words:?}: {told}");
        assert!(told.starts_with("moat: cannot write the answer: "), "{words:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{words:?}: {told}");
    }
}

#[test]
fn a_complaint_that_nobody_takes_leaves_the_exit_code() {
    for complaints in [unread(), full()] {
        assert_eq!(moat(&["env"], Stdio::null(), complaints).status.code(), Some(2));
    }
}
