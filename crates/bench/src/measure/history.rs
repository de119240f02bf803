//! What a long past costs: rows of log events, and the record of the calls that wrote them.

use super::start::{IDLE_AFTER, daemon};
use super::{Bounds, progress, shared};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::load::load;
use crate::moat::Moat;
use crate::report::Figure;
use crate::samples::Samples;
use std::path::Path;
use std::time::Instant;

const STARTS: usize = 20;
const CONNECTIONS: usize = 32;
/// Written between two looks at the clock.
const ROUND: usize = 10_000;
const STREAM: &str = "past";

/// Starts and memory before and after so many calls of PutLogEvents, each a row.
pub fn measure(bounds: Bounds, program: &Path, data_dir: &Path, rows: usize) -> Result<Vec<Figure>, Failure> {
    drop(Moat::start(program, data_dir)?);
    let mut figures = again(bounds, program, data_dir, "without a past")?;
    progress(&format!("writing {rows} rows of log events"));
    let moat = Moat::start(program, data_dir)?;
    let written = write(bounds, &moat, rows)?;
    let memory = daemon(&moat, IDLE_AFTER).unwrap_or_default();
    let past = format!("after {written} calls that each left a row");
    figures.push(Figure::new(format!("memory, process `moat`, {past}")).memory(memory, 1));
    drop(moat);
    let after = again(bounds, program, data_dir, &past)?;
    let after: Vec<_> =
        after.into_iter().zip(&figures).map(|(after, before)| after.against(before)).collect();
    figures.extend(after);
    Ok(figures)
}

fn write(bounds: Bounds, moat: &Moat, rows: usize) -> Result<usize, Failure> {
    let caller = Caller::new(moat.address)?;
    let streams: Vec<String> = (0..CONNECTIONS).map(|number| format!("{STREAM}-{number}")).collect();
    for name in &streams {
        shared::make_stream(moat.address, name, STREAM)?;
    }
    let (mut written, begun) = (0, Instant::now());
    while written < rows && !bounds.over(begun) {
        let each = ROUND.min(rows - written).div_ceil(CONNECTIONS);
        let requests =
            |group: &String| (0..each).map(|n| shared::put_event(&caller, group, STREAM, n)).collect();
        load(moat.address, &streams.iter().map(requests).collect::<Vec<Vec<_>>>())?;
        written += each * CONNECTIONS;
    }
    Ok(written)
}

/// Starting on a directory that was used before, and what the daemon then holds.
fn again(bounds: Bounds, program: &Path, data_dir: &Path, what: &str) -> Result<Vec<Figure>, Failure> {
    progress(&format!("starting again {what}"));
    let (mut starts, begun) = (Samples::default(), Instant::now());
    for _ in 0..STARTS {
        if bounds.over(begun) {
            break;
        }
        starts.add(Moat::start(program, data_dir)?.started_in);
    }
    let memory = daemon(&Moat::start(program, data_dir)?, IDLE_AFTER).unwrap_or_default();
    Ok(vec![
        Figure::new(format!("start again {what}")).latency(&starts),
        Figure::new(format!("idle memory, process `moat`, started again {what}")).memory(memory, 1),
    ])
}
