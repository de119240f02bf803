//! Invocations that find their environment waiting.

use super::identity::Rounds;
use super::{Bounds, lists, progress};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::load::load;
use crate::memory::{Memory, name, with_descendants};
use crate::moat::Moat;
use crate::report::Figure;
use crate::samples::Samples;
use crate::stack::{Echo, Stack};
use std::time::{Duration, Instant};

/// Invocations before the first that counts.
const UNCOUNTED: usize = 50;
/// The functions and the raw round trip take turns, this many calls each.
const BLOCK: usize = 20;
/// Long enough for what follows an answer: the last log lines.
const PACE: Duration = Duration::from_millis(5);
const CONNECTIONS: usize = 8;
const ROUNDS: usize = 5;
/// Between the first invocations of a load: each is to find the others at work.
const SETTLE: Duration = Duration::from_millis(200);

/// Calls one after another without a pause, then one every [`PACE`], when what moat does behind an
/// answer is over; then many at once.
pub fn measure(bounds: Bounds, moat: &Moat, stack: &Stack) -> Result<Vec<Figure>, Failure> {
    progress("warm invocations, one connection");
    let mut caller = Caller::new(moat.address)?;
    for echo in &stack.functions {
        for number in 0..UNCOUNTED {
            invoke(&mut caller, echo, number)?;
        }
    }
    let mut figures = in_turns(bounds, &mut caller, stack, Duration::ZERO, "one after another")?;
    figures.extend(environments(moat));
    progress("warm invocations, one connection, with pauses");
    figures.extend(in_turns(bounds, &mut caller, stack, PACE, "with pauses")?);
    for echo in stack.functions.iter().filter(|echo| echo.in_vpc) {
        figures.push(throughput(bounds, moat, &caller, echo)?);
    }
    Ok(figures)
}

/// The functions and the raw round trip take turns of [`BLOCK`] calls.
fn in_turns(
    bounds: Bounds,
    caller: &mut Caller,
    stack: &Stack,
    pause: Duration,
    how: &str,
) -> Result<Vec<Figure>, Failure> {
    let begun = Instant::now();
    let mut raw = Samples::default();
    let mut warm = vec![Samples::default(); stack.functions.len()];
    while raw.count() < bounds.samples && !bounds.over(begun) {
        for _ in 0..BLOCK {
            std::thread::sleep(pause);
            let request = caller.health();
            raw.add(caller.timed(&request)?.1);
        }
        for (echo, samples) in stack.functions.iter().zip(&mut warm) {
            for number in 0..BLOCK {
                std::thread::sleep(pause);
                samples.add(invoke(caller, echo, number)?);
            }
        }
    }
    let raw = Figure::new(format!("raw round trip, {how}")).latency(&raw);
    let figure = |(echo, samples): (&Echo, &Samples)| {
        Figure::new(format!("warm invoke, {}, {how}", echo.label())).latency(samples).against(&raw)
    };
    let mut figures: Vec<Figure> = stack.functions.iter().zip(&warm).map(figure).collect();
    figures.push(raw);
    Ok(figures)
}

fn invoke(caller: &mut Caller, echo: &Echo, number: usize) -> Result<Duration, Failure> {
    let (request, event) = echo.invoke(caller, number);
    let (answer, took) = caller.timed(&request)?;
    echo.check(&answer, &event)?;
    Ok(took)
}

fn throughput(bounds: Bounds, moat: &Moat, caller: &Caller, echo: &Echo) -> Result<Figure, Failure> {
    progress(&format!("warm invocations, {CONNECTIONS} connections, {}", echo.label()));
    let each = (bounds.samples / 2).max(20);
    let mut rounds = Rounds::default();
    let begun = Instant::now();
    // The first round starts the environments and is not counted.
    for round in 0..=ROUNDS {
        if bounds.over(begun) {
            break;
        }
        let round_trip = load(moat.address, &lists(CONNECTIONS, each, || echo.invoke(caller, round).0))?;
        if round > 0 {
            rounds.add(round_trip);
        } else {
            std::thread::sleep(SETTLE);
        }
    }
    Ok(rounds.figure(format!("warm invoke, {}, {CONNECTIONS} connections", echo.label())))
}

/// How names of processes begin, and what they are. Node.js that waits cannot be told from Node.js that works.
const KINDS: [(&str, &str); 6] = [
    ("python3", "a warm environment, Python"),
    ("bootstrap", "a warm environment, Rust"),
    ("node", "an environment, warm or waiting, Node.js"),
    ("waiting-python", "a waiting environment, Python"),
    ("parked-python", "the parked interpreter, Python"),
    ("init", "process 1 of an environment"),
];

/// What the functions' own processes hold after their invocations: the median of each kind. The
/// daemon's children are the environments.
fn environments(moat: &Moat) -> Vec<Figure> {
    let own = with_descendants(&[moat.front()]);
    let mut found: Vec<(&str, Vec<Memory>)> = KINDS.iter().map(|(_, what)| (*what, Vec::new())).collect();
    for pid in own {
        let (Some(name), Some(memory)) = (name(pid), Memory::of(pid)) else { continue };
        let kinds = KINDS.iter().zip(&mut found);
        for (_, (_, all)) in kinds.filter(|((start, _), _)| name.starts_with(start)) {
            all.push(memory);
        }
    }
    let figure = |(what, mut all): (&str, Vec<Memory>)| {
        all.sort_unstable();
        let median = all.get(all.len().checked_sub(1)? / 2)?;
        Some(Figure::new(format!("memory of {what}")).memory(*median, all.len()))
    };
    found.into_iter().filter_map(figure).collect()
}
