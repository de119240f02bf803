//! Requests to a REST API: refused before its function, signed and allowed, with a key and a
//! throttle; beside nginx, that looks at a key, throttles and passes on; in one run, in turns.

use super::identity::Rounds;
use super::{Bounds, flood, lists, progress};
use crate::caller::{Caller, Expected, Request};
use crate::failure::Failure;
use crate::load::load;
use crate::memory::{cpu_time, with_descendants};
use crate::moat::Moat;
use crate::nginx::Nginx;
use crate::report::Figure;
use crate::rest_api::{Key, RestApi, get};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

const CONNECTIONS: [usize; 2] = [1, 16];
const ROUNDS: usize = 5;
/// More than what is measured reaches: nothing is throttled, but every request is counted.
const PLENTY: u32 = 10_000;
/// Most usage plans of an account.
const PLANS: usize = 300;
/// Plans that are needed later.
const SPARE: usize = 10;

/// One kind of request, sent in turns with the others.
struct Lane<'a> {
    what: String,
    address: SocketAddr,
    request: Box<dyn Fn() -> Request + 'a>,
    /// The process that serves it, with its descendants.
    server: i32,
    rounds: Rounds,
    served: u32,
    cpu: Duration,
}

impl<'a> Lane<'a> {
    fn new(
        what: impl Into<String>,
        (address, server): (SocketAddr, i32),
        request: impl Fn() -> Request + 'a,
    ) -> Self {
        let (rounds, served, cpu) = (Rounds::default(), 0, Duration::ZERO);
        Self { what: what.into(), address, request: Box::new(request), server, rounds, served, cpu }
    }

    fn round(&mut self, connections: usize, each: usize, counts: bool) -> Result<(), Failure> {
        let lists = lists(connections, each, &self.request);
        let before = cpu_time(with_descendants(&[self.server]));
        let load = load(self.address, &lists)?;
        if counts {
            self.cpu += cpu_time(with_descendants(&[self.server])).saturating_sub(before);
            self.served += u32::try_from(load.latency.count()).unwrap_or(u32::MAX);
            self.rounds.add(load);
        }
        Ok(())
    }

    /// What a core would serve that did nothing else: the client's part is not in it.
    fn per_core(&self, words: &str) -> Figure {
        let seconds = self.cpu.as_secs_f64();
        let rate = (seconds > 0.0).then(|| f64::from(self.served) / seconds);
        Figure::new(format!("{}, {words}, in a second of one core", self.what)).rate(rate)
    }
}

pub fn measure(
    bounds: Bounds,
    moat: &Moat,
    caller: &mut Caller,
    directory: &Path,
) -> Result<Vec<Figure>, Failure> {
    progress("a REST API");
    let api = RestApi::make(moat.address, caller, directory)?;
    let key = api.key(caller, 0, PLENTY, PLENTY)?;
    let nginx = Nginx::start(directory)?;
    if nginx.is_none() {
        progress("nginx is not there and is left out");
    }
    let mut figures = Vec::new();
    for connections in CONNECTIONS {
        let words = words(connections);
        progress(&format!("a REST API, {words}"));
        let each = if connections == 1 { bounds.samples } else { (bounds.samples / 4).max(20) };
        figures.extend(in_turns(bounds, lanes(moat, &api, &key, caller, nginx.as_ref()), connections, each)?);
    }
    progress(&format!("a REST API beside {PLANS} usage plans"));
    for number in 1..PLANS - SPARE {
        api.key(caller, number, PLENTY, PLENTY)?;
    }
    let one = |request| Lane::new(MANY_PLANS, (moat.address, moat.front()), request);
    let lane = one(|| api.with_key(&key, Expected::Success));
    figures.extend(in_turns(bounds, vec![lane], 1, bounds.samples)?.into_iter().take(1));
    figures.extend(flood::measure(bounds, moat.address, &api, caller, PLANS)?);
    Ok(figures)
}

const MANY_PLANS: &str = "API key, plan and throttle, function; beside 290 plans";
const RAW: &str = "raw round trip to moat";

fn words(connections: usize) -> String {
    if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") }
}

fn lanes<'a>(
    moat: &Moat,
    api: &'a RestApi,
    key: &'a Key,
    caller: &'a Caller,
    nginx: Option<&Nginx>,
) -> Vec<Lane<'a>> {
    let own = (moat.address, moat.front());
    let mut lanes = vec![
        Lane::new(RAW, own, || caller.health()),
        Lane::new("refused: no API key", own, || api.without_key()),
        Lane::new("refused: signed, no policy allows it", own, || api.signed_by_denied()),
        Lane::new("signed, allowed, function", own, || api.signed_by_allowed()),
        Lane::new("API key, plan and throttle, function", own, || api.with_key(key, Expected::Success)),
        Lane::new("the same function through the Lambda API", own, || RestApi::invoke(caller)),
    ];
    if let Some(nginx) = nginx {
        let peer = (nginx.address, nginx.pid());
        let request = |headers: &[(&str, &str)], expected| Request {
            what: "nginx".to_owned(),
            bytes: get("bench", "/v1/keyed", headers),
            expected,
        };
        let what = format!("{}, refused for want of a key", nginx.name);
        lanes.push(Lane::new(what, peer, move || request(&[], Expected::Status(403))));
        let with_key = move || request(&[("x-api-key", "a-key-of-more-than-twenty-0")], Expected::Success);
        let what = format!("{}, proxy_pass and limit_req", nginx.name);
        lanes.push(Lane::new(what, peer, with_key));
    }
    lanes
}

/// What is refused is held against what nginx refuses, the rest against what it passes on.
fn in_turns(
    bounds: Bounds,
    mut lanes: Vec<Lane<'_>>,
    connections: usize,
    each: usize,
) -> Result<Vec<Figure>, Failure> {
    let begun = Instant::now();
    // The first round warms up and is not counted.
    for round in 0..=ROUNDS {
        for lane in &mut lanes {
            if !bounds.over(begun) {
                lane.round(connections, each, round > 0)?;
            }
        }
    }
    let words = words(connections);
    let own = |lane: Lane<'_>| {
        let cores = lane.per_core(&words);
        let refused = lane.what.contains("refused");
        (
            refused,
            lane.what.starts_with("nginx"),
            lane.rounds.figure(format!("{}, {words}", lane.what)),
            cores,
        )
    };
    let found: Vec<_> = lanes.into_iter().map(own).collect();
    let peer = |refused: bool| found.iter().find(|(r, is_peer, ..)| *is_peer && *r == refused).cloned();
    let mut figures = Vec::new();
    for (refused, is_peer, figure, cores) in &found {
        let (mut figure, mut cores) = (figure.clone(), cores.clone());
        if let Some((_, _, other, other_cores)) = peer(*refused).filter(|_| !is_peer) {
            (figure, cores) = (figure.against(&other), cores.against(&other_cores));
        }
        figures.extend([figure, cores]);
    }
    Ok(figures)
}
