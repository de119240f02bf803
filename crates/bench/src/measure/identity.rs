//! The whole way of a call that does nothing: SigV4, IAM, the protocol; beside the same round
//! trip without them.

use super::{Bounds, lists, progress};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::load::{Load, load};
use crate::report::Figure;
use crate::samples::{Samples, median};
use std::net::SocketAddr;
use std::time::Instant;

const CONNECTIONS: [usize; 2] = [1, 16];
/// Raw and signed take turns, so that what others do on the machine meets both alike.
const ROUNDS: usize = 9;

pub fn measure(bounds: Bounds, address: SocketAddr) -> Result<Vec<Figure>, Failure> {
    let caller = Caller::new(address)?;
    let mut figures = Vec::new();
    for connections in CONNECTIONS {
        let words =
            if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") };
        progress(&format!("sts:GetCallerIdentity over {words}"));
        let each = (bounds.samples * 2).div_ceil(ROUNDS).max(20);
        let (mut raw, mut signed) = (Rounds::default(), Rounds::default());
        let begun = Instant::now();
        // The first round warms both up and is not counted.
        for round in 0..=ROUNDS {
            if bounds.over(begun) {
                break;
            }
            let health = load(address, &lists(connections, each, || caller.health()))?;
            let identity = || caller.query("sts", "2011-06-15", "GetCallerIdentity", &[]);
            let identity = load(address, &lists(connections, each, identity))?;
            if round > 0 {
                raw.add(health);
                signed.add(identity);
            }
        }
        let raw = raw.figure(format!("raw round trip, {words}"));
        figures.push(signed.figure(format!("sts:GetCallerIdentity, {words}")).against(&raw));
        figures.push(raw);
    }
    Ok(figures)
}

#[derive(Default)]
pub struct Rounds {
    latency: Samples,
    rates: Vec<f64>,
}

impl Rounds {
    pub fn add(&mut self, load: Load) {
        self.rates.push(load.per_second());
        self.latency.append(load.latency);
    }

    /// The rate is the median of the rounds'.
    pub fn figure(&self, what: String) -> Figure {
        Figure::new(what).latency(&self.latency).rate(median(&self.rates))
    }
}
