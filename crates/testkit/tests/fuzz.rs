//! The fuzz targets, run for a bounded number of inputs: the cases that are kept, and mutations of
//! them. `MOAT_FUZZ_ROUNDS` for longer runs, `MOAT_FUZZ_SEED` for others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;

use fuzz::targets;
use std::panic::catch_unwind;
use std::path::Path;

const ROUNDS: u32 = 10_000;
const SEED: u64 = 0x6d6f_6174;
/// Inputs do not grow beyond this.
const LENGTH: usize = 8192;
/// What parsers decide by.
const TOKENS: [&[u8]; 28] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\u0000",
    b"null",
    b"<",
    b"/>",
    b"<![CDATA[",
    b"&amp;",
    b"&#0;",
    b"%",
    b"%2F",
    b"&",
    b"=",
    b".1",
    b"*",
    b"${",
    b",",
    b"1e999",
    b"-0",
    b"\xff",
    b"\x00",
    b"\r\n",
    b"\n\n",
    b"2026-01-01T00:00:00Z",
    b"9223372036854775808",
];

/// Xorshift: the same seed gives the same inputs.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).unwrap()
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let from = self.below(length + 1);
        from..from + self.below((length - from).min(64) + 1)
    }
}

/// One change: a byte, a token, a part that goes, comes twice, or comes from another input.
fn mutate(data: &mut Vec<u8>, other: &[u8], chance: &mut Chance) {
    let range = chance.range(data.len());
    match chance.below(7) {
        0 if !data.is_empty() => {
            let at = chance.below(data.len());
            data[at] ^= 1 << chance.below(8);
        }
        1 => drop(data.splice(range, TOKENS[chance.below(TOKENS.len())].iter().copied())),
        2 => drop(data.drain(range)),
        3 => {
            let part = data[range.clone()].to_vec();
            data.splice(range.end..range.end, part);
        }
        4 => drop(data.splice(range, other[chance.range(other.len())].iter().copied())),
        // Depth, which recursion pays for.
        5 => {
            let part = data[range.clone()].repeat(1 + chance.below(40));
            data.splice(range, part);
        }
        _ => data.truncate(range.end),
    }
    data.truncate(LENGTH);
}

fn number<T: std::str::FromStr>(name: &str, usual: T) -> T {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// Runs a target on what is kept for it, then on mutations; an input that it fails on is printed.
fn run(name: &str, target: fn(&[u8])) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/cases").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut inputs: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(!inputs.is_empty(), "there are no cases in {}", cases.display());
    let attempt = |data: &[u8]| {
        assert!(catch_unwind(|| target(data)).is_ok(), "{name} fails on b\"{}\"", data.escape_ascii());
    };
    inputs.iter().for_each(|data| attempt(data));
    let mut chance = Chance(number("MOAT_FUZZ_SEED", SEED));
    for _ in 0..number("MOAT_FUZZ_ROUNDS", ROUNDS) {
        let mut data = inputs[chance.below(inputs.len())].clone();
        for _ in 0..=chance.below(4) {
            let other = &inputs[chance.below(inputs.len())];
            mutate(&mut data, other, &mut chance);
        }
        attempt(&data);
        // Some stay, so that changes add up.
        if chance.below(20) == 0 && inputs.len() < 500 {
            inputs.push(data);
        }
    }
}

#[test]
fn decode_input() {
    run("decode_input", targets::decode_input);
}

#[test]
fn round_trip() {
    run("round_trip", targets::round_trip);
}

#[test]
fn route() {
    run("route", targets::route);
}

#[test]
fn openapi_document() {
    run("openapi_document", targets::openapi_document);
}

#[test]
fn policy_document() {
    run("policy_document", targets::policy_document);
}

#[test]
fn signature() {
    run("signature", targets::signature);
}

#[test]
fn template() {
    run("template", targets::template);
}
