//! Invocations that find no environment: the caller's clock, and moat's own trace of the steps.

use super::{Bounds, progress};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::python::Python;
use crate::report::{Figure, StepFigure, micros};
use crate::samples::Samples;
use crate::stack::{Echo, Stack};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Between an update and the invocation: what the environment before leaves behind is cleared
/// away, and the pool filled, on nobody's time.
const SETTLE: Duration = Duration::from_millis(20);
/// moat keeps the latest 64 traces of a function.
const BETWEEN_LOOKS: usize = 40;
/// How many rounds make a line of progress.
const BETWEEN_LINES: usize = 200;

/// One function's cold starts.
struct Lane<'a> {
    echo: &'a Echo,
    caller_s_clock: Samples,
    seen: BTreeSet<String>,
    steps: Vec<(String, Samples)>,
}

#[derive(Deserialize)]
struct Trace {
    environment: String,
    steps: Vec<TracedStep>,
}

#[derive(Deserialize)]
struct TracedStep {
    name: String,
    micros: u64,
}

pub fn measure(
    bounds: Bounds,
    address: SocketAddr,
    stack: &Stack,
    python: &Python,
) -> Result<(Vec<Figure>, Vec<StepFigure>), Failure> {
    progress("cold invocations");
    let mut caller = Caller::new(address)?;
    let mut lanes: Vec<Lane<'_>> = stack.functions.iter().map(Lane::new).collect();
    let mut beside = Samples::default();
    for lane in &mut lanes {
        lane.once(&mut caller, usize::MAX, false)?;
        lane.look(&mut caller)?;
        lane.forget();
    }
    let begun = Instant::now();
    for round in 0..bounds.samples {
        if bounds.over(begun) {
            break;
        }
        beside.add(python.pass()?);
        // The order changes, so that no lane always follows the same other.
        let count = lanes.len();
        lanes.rotate_left(round % count.max(1));
        for lane in &mut lanes {
            lane.once(&mut caller, round, true)?;
        }
        if round % BETWEEN_LOOKS == BETWEEN_LOOKS - 1 {
            lanes.iter_mut().try_for_each(|lane| lane.look(&mut caller))?;
        }
        if round % BETWEEN_LINES == BETWEEN_LINES - 1 {
            progress(&format!("{} rounds of cold invocations", round + 1));
        }
    }
    for lane in &mut lanes {
        lane.look(&mut caller)?;
        lane.must_all_be_cold()?;
    }
    lanes.sort_by_key(|lane| stack.functions.iter().position(|echo| echo == lane.echo));
    let beside = Figure::new(format!("{}, beside cold invocations", python.label())).latency(&beside);
    let mut figures = vec![beside.clone()];
    for lane in &lanes {
        figures.push(lane.figure().against(&beside));
    }
    figures.extend(vpc_costs(&lanes));
    Ok((figures, lanes.iter().flat_map(Lane::step_figures).collect()))
}

/// The same function with and without a VPC, in turns of one run.
fn vpc_costs(lanes: &[Lane<'_>]) -> Vec<Figure> {
    let inside = lanes.iter().filter(|lane| lane.echo.in_vpc);
    let pair = |lane: &Lane<'_>| {
        let open = lanes.iter().find(|o| o.echo.language == lane.echo.language && !o.echo.in_vpc)?;
        let mut figure = lane.figure().against(&open.figure());
        figure.what = format!("what the VPC adds to a cold {} invoke", lane.echo.language);
        Some(figure)
    };
    inside.filter_map(pair).collect()
}

impl<'a> Lane<'a> {
    fn new(echo: &'a Echo) -> Self {
        Self { echo, caller_s_clock: Samples::default(), seen: BTreeSet::new(), steps: Vec::new() }
    }

    fn once(&mut self, caller: &mut Caller, round: usize, counts: bool) -> Result<(), Failure> {
        self.echo.make_cold(caller, round)?;
        std::thread::sleep(SETTLE);
        let (request, event) = self.echo.invoke(caller, round);
        let (answer, took) = caller.timed(&request)?;
        self.echo.check(&answer, &event)?;
        if counts {
            self.caller_s_clock.add(took);
        }
        Ok(())
    }

    /// Takes the traces that were not yet seen.
    fn look(&mut self, caller: &mut Caller) -> Result<(), Failure> {
        let target = format!("/_moat/functions/cold-starts?name={}", self.echo.name);
        let answer = caller.ok(&caller.rest("moat", "GET", &target, &Value::Null))?;
        let traces: Vec<Trace> = serde_json::from_slice(&answer.body)?;
        for trace in traces {
            if self.seen.insert(trace.environment) {
                add_steps(&mut self.steps, trace.steps);
            }
        }
        Ok(())
    }

    /// What came before the first round that counts.
    fn forget(&mut self) {
        self.steps.clear();
    }

    fn must_all_be_cold(&self) -> Result<(), Failure> {
        let seen = self.steps.first().map_or(0, |(_, samples)| samples.count());
        let wanted = self.caller_s_clock.count();
        if seen == wanted {
            return Ok(());
        }
        Err(Failure::NotCold { function: self.echo.name.clone(), seen, wanted })
    }

    fn figure(&self) -> Figure {
        Figure::new(format!("cold invoke, {}", self.echo.label())).latency(&self.caller_s_clock)
    }

    fn step_figures(&self) -> Vec<StepFigure> {
        let mean = |samples: &Samples| samples.mean().map(micros).unwrap_or_default();
        let whole: f64 = self.steps.iter().map(|(_, samples)| mean(samples)).sum();
        let figure = |(step, samples): &(String, Samples)| StepFigure {
            function: self.echo.label(),
            step: step.clone(),
            samples: samples.count(),
            mean_micros: mean(samples),
            p50_micros: samples.p50().map(micros).unwrap_or_default(),
            share: if whole > 0.0 { mean(samples) / whole } else { 0.0 },
        };
        self.steps.iter().map(figure).collect()
    }
}

/// Steps keep their order; one that comes twice in a trace counts as one.
fn add_steps(all: &mut Vec<(String, Samples)>, steps: Vec<TracedStep>) {
    let mut order = Vec::new();
    let mut sums: BTreeMap<String, Duration> = BTreeMap::new();
    for step in steps {
        if !sums.contains_key(&step.name) {
            order.push(step.name.clone());
        }
        *sums.entry(step.name).or_default() += Duration::from_micros(step.micros);
    }
    for name in order {
        let took = sums.get(&name).copied().unwrap_or_default();
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, samples)) => samples.add(took),
            None => all.push((name, [took].into_iter().collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_comes_twice_counts_once() {
        let mut all = Vec::new();
        for (first, second) in [(1, 2), (3, 4)] {
            let step = |name: &str, micros| TracedStep { name: name.to_owned(), micros };
            add_steps(&mut all, vec![step("start", first), step("init", 10), step("start", second)]);
        }
        let totals: Vec<_> =
            all.iter().map(|(name, s)| (name.as_str(), s.count(), s.total().as_micros())).collect();
        assert_eq!(totals, [("start", 2, 10), ("init", 2, 20)]);
    }
}
