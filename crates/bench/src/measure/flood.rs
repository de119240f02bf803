//! Throttles under a flood: how many get through, and what it costs a caller who keeps to its rate.

use super::{Bounds, progress};
use crate::caller::{Caller, Expected, Request, timed};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::report::{Against, Figure};
use crate::rest_api::{Behind, Key, RestApi};
use crate::samples::Samples;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What a throttled caller is told.
const TOO_MANY: u16 = 429;
/// The flood comes this often as fast as its plan allows.
const TIMES: u32 = 10;
/// Connections of a flood.
const FLOODING: u32 = 4;
/// Rates, in requests a second, that are held against what passes.
const RATES: [u32; 3] = [50, 300, 1000];
const EXACT_FOR: Duration = Duration::from_secs(4);
/// The flooded rate while another caller is watched, and how often that one calls.
const FLOODED: u32 = 200;
const PACE: Duration = Duration::from_millis(4);
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;

pub fn measure(
    bounds: Bounds,
    address: SocketAddr,
    api: &RestApi,
    behind: Behind,
    caller: &mut Caller,
    first_number: usize,
) -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for (rate, number) in RATES.into_iter().zip(first_number..) {
        progress(&format!("a flood of {TIMES} times {rate} requests a second"));
        let key = api.key(caller, number, rate, rate / 10)?;
        figures.push(exact(address, &api.with_key(behind, &key, Expected::Either(TOO_MANY)), &key)?);
    }
    progress("a caller beside a flood");
    let flooding = api.key(caller, first_number + RATES.len(), FLOODED, FLOODED / 10)?;
    let steady = api.key(caller, first_number + RATES.len() + 1, 10_000, 5000)?;
    let flooding = api.with_key(behind, &flooding, Expected::Either(TOO_MANY));
    let steady = api.with_key(behind, &steady, Expected::Success);
    let (mut quiet, mut flooded) = (Samples::default(), Samples::default());
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        if bounds.over(begun) {
            break;
        }
        quiet.append(paced(address, &steady, PACE, ROUND)?.latency);
        let (own, _) = std::thread::scope(|scope| {
            let flood = scope.spawn(|| many(address, &flooding, FLOODED * TIMES, ROUND));
            let own = paced(address, &steady, PACE, ROUND);
            let flood = flood.join().map_err(|_| Failure::Thread)??;
            Ok::<_, Failure>((own?, flood))
        })?;
        flooded.append(own.latency);
    }
    let quiet = Figure::new("a caller with a key, 250/s, nobody else").latency(&quiet);
    let what = format!("the same beside a flood of {TIMES} times the rate of another key");
    let mut flooded = Figure::new(what).latency(&flooded).against(&quiet);
    if let Some((own, other)) = flooded.p99_micros.zip(quiet.p99_micros) {
        flooded.against =
            Some(Against { what: "the 99th percentile without".to_owned(), ratio: own / other });
    }
    figures.extend([quiet, flooded]);
    Ok(figures)
}

/// What one connection or several met.
#[derive(Default)]
struct Met {
    latency: Samples,
    passed: u32,
}

/// How many pass, against burst and rate times time.
fn exact(address: SocketAddr, request: &Request, key: &Key) -> Result<Figure, Failure> {
    let begun = Instant::now();
    let met = many(address, request, key.rate * TIMES, EXACT_FOR)?;
    let took = begun.elapsed().as_secs_f64();
    let allowed = f64::from(key.burst) + f64::from(key.rate) * took;
    let sent = f64::from(u32::try_from(met.latency.count()).unwrap_or(u32::MAX)) / took;
    let mut figure = Figure::new(format!("passed at {} a second, of {sent:.0} sent", key.rate));
    figure.samples = usize::try_from(met.passed).unwrap_or(usize::MAX);
    figure.per_second = Some(f64::from(met.passed) / took);
    let what = format!("burst and rate for {took:.1} s: {allowed:.0}");
    figure.against = Some(Against { what, ratio: f64::from(met.passed) / allowed });
    Ok(figure)
}

/// So many a second over [`FLOODING`] connections.
fn many(address: SocketAddr, request: &Request, per_second: u32, time: Duration) -> Result<Met, Failure> {
    let pace = Duration::from_secs(1) * FLOODING / per_second;
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..FLOODING).map(|_| scope.spawn(|| paced(address, request, pace, time))).collect();
        let mut all = Met::default();
        for thread in threads {
            let met = thread.join().map_err(|_| Failure::Thread)??;
            all.latency.append(met.latency);
            all.passed += met.passed;
        }
        Ok(all)
    })
}

/// One request each `pace`; one that comes late is sent at once, so that the rate holds.
fn paced(address: SocketAddr, request: &Request, pace: Duration, time: Duration) -> Result<Met, Failure> {
    let mut connection = Connection::open(address).map_err(Failure::io("open a connection"))?;
    let begun = Instant::now();
    let mut due = begun;
    let mut met = Met::default();
    while begun.elapsed() < time {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        due += pace;
        let (answer, took) = timed(&mut connection, request)?;
        met.latency.add(took);
        met.passed += u32::from(answer.status != TOO_MANY);
    }
    Ok(met)
}
