//! How long moat takes from exec to its first line, and what it holds when it has nothing to do.

use super::{Bounds, progress};
use crate::failure::Failure;
use crate::memory::{Memory, name, with_descendants};
use crate::moat::Moat;
use crate::python::Python;
use crate::report::Figure;
use crate::samples::Samples;
use std::path::Path;
use std::time::{Duration, Instant};

const STARTS: usize = 20;
/// How long after its start moat counts as idle.
pub const IDLE_AFTER: Duration = Duration::from_secs(2);

/// Starts on an empty data directory, each with one of the interpreter's beside it.
pub fn empty(bounds: Bounds, moat: &Path, directory: &Path, python: &Python) -> Result<Vec<Figure>, Failure> {
    progress("starting on empty data directories");
    let begun = Instant::now();
    let (mut starts, mut beside) = (Samples::default(), Samples::default());
    for number in 0..STARTS {
        if bounds.over(begun) {
            break;
        }
        beside.add(python.pass()?);
        starts.add(Moat::start(moat, &directory.join(format!("empty-{number}")))?.started_in);
    }
    let beside = Figure::new(python.label()).latency(&beside);
    let start = Figure::new("start, empty data directory").latency(&starts).against(&beside);
    let mut figures = vec![beside, start];
    figures.extend(idle(&Moat::start(moat, &directory.join("idle"))?)?);
    Ok(figures)
}

/// Starts on a data directory that holds what the other measurements left.
pub fn with_state(bounds: Bounds, moat: &Path, data_dir: &Path) -> Result<Figure, Failure> {
    progress("starting on a data directory with state");
    let begun = Instant::now();
    let mut starts = Samples::default();
    for _ in 0..STARTS {
        if bounds.over(begun) {
            break;
        }
        starts.add(Moat::start(moat, data_dir)?.started_in);
    }
    let what = format!("start, with the {} MiB that this run left", bytes_below(data_dir) >> 20);
    Ok(Figure::new(what).latency(&starts))
}

fn bytes_below(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}

/// What the daemon has grown to, its functions' processes left out.
pub fn afterwards(moat: &Moat) -> Option<Figure> {
    Some(Figure::new("memory after all that, process `moat`").memory(daemon(moat, IDLE_AFTER)?, 1))
}

/// What the daemon alone holds after a time.
pub fn daemon(moat: &Moat, after: Duration) -> Option<Memory> {
    std::thread::sleep(after);
    let own = with_descendants(&[moat.front()]);
    let daemon = own.into_iter().find(|&pid| pid != moat.front() && name(pid).as_deref() == Some("moat"))?;
    Memory::of(daemon)
}

fn idle(moat: &Moat) -> Result<Vec<Figure>, Failure> {
    std::thread::sleep(IDLE_AFTER);
    let keeper = moat.keeper()?;
    let front = moat.front();
    let everything = with_descendants(&[&[front], keeper.as_slice()].concat());
    let all = Figure::new("idle memory, all of moat").memory(Memory::of_all(everything.iter().copied()), 1);
    let mut figures = vec![all];
    for pid in everything {
        let role = match () {
            () if pid == front => "front".to_owned(),
            () if Some(pid) == keeper => "keeper".to_owned(),
            () => name(pid).unwrap_or_default(),
        };
        if let Some(memory) = Memory::of(pid) {
            figures.push(Figure::new(format!("idle memory, process `{role}`")).memory(memory, 1));
        }
    }
    Ok(figures)
}
