//! Load from several connections at once, one thread each, on the same machine as what is loaded.

use crate::caller::{Request, timed};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::samples::Samples;
use std::net::SocketAddr;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// What one load gave.
#[derive(Debug, Default)]
pub struct Load {
    pub latency: Samples,
    pub elapsed: Duration,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        f64::from(u32::try_from(self.latency.count()).unwrap_or(u32::MAX)) / self.elapsed.as_secs_f64()
    }
}

/// Sends every list over a connection of its own, each request when the one before is answered.
/// The connections are open and the requests signed before the clock starts.
pub fn load(address: SocketAddr, lists: &[Vec<Request>]) -> Result<Load, Failure> {
    let gate = Barrier::new(lists.len());
    std::thread::scope(|scope| {
        let open = || Connection::open(address).map_err(Failure::io("open a connection"));
        let connections = lists.iter().map(|_| open()).collect::<Result<Vec<_>, _>>()?;
        let threads: Vec<_> = lists
            .iter()
            .zip(connections)
            .map(|(list, mut connection)| {
                let gate = &gate;
                scope.spawn(move || {
                    gate.wait();
                    let begun = Instant::now();
                    let one = |request| timed(&mut connection, request).map(|(_, took)| took);
                    let latency = list.iter().map(one).collect::<Result<Samples, Failure>>()?;
                    Ok::<_, Failure>((latency, begun, Instant::now()))
                })
            })
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join().map_err(|_| Failure::Thread)?);
        Ok(together(ended.collect::<Result<Vec<_>, Failure>>()?))
    })
}

/// From the first request of any connection to the last answer of any.
fn together(ended: Vec<(Samples, Instant, Instant)>) -> Load {
    let begun = ended.iter().map(|(_, begun, _)| *begun).min();
    let last = ended.iter().map(|(_, _, end)| *end).max();
    let mut load = Load::default();
    if let (Some(begun), Some(last)) = (begun, last) {
        load.elapsed = last - begun;
    }
    for (latency, _, _) in ended {
        load.latency.append(latency);
    }
    load
}
