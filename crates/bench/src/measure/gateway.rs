//! Requests to APIs: refused, answered by a mock, passed on to a server, handed to a function; signed
//! and allowed, or with a key and a throttle; beside nginx, that looks at a key, throttles and passes on
//! to the same server; in one run, in turns.

use super::identity::Rounds;
use super::{Bounds, balancer, flood, lists, progress};
use crate::caller::{Caller, Expected, Request};
use crate::failure::Failure;
use crate::load::load;
use crate::memory::{cpu_time, with_descendants};
use crate::moat::Moat;
use crate::nginx::Nginx;
use crate::report::Figure;
use crate::rest_api::{Behind, Key, RestApi, get};
use std::net::SocketAddr;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

const CONNECTIONS: [usize; 2] = [1, 16];
const ROUNDS: usize = 5;
/// More than what is measured reaches: nothing is throttled, but every request is counted.
const PLENTY: u32 = 10_000;
/// Most usage plans of an account.
const PLANS: usize = 300;
/// Plans that are needed later.
const SPARE: usize = 10;
/// Between two lanes: an account may have 10,000 requests a second and 5,000 at once, and a lane has
/// 4,000 of them faster than that.
const REFILL: Duration = Duration::from_millis(350);
/// What moat takes for a server outside; it leads to the one that nginx passes on to.
const OUTSIDE: &str = "203.0.113.10:80";

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

pub fn measure(bounds: Bounds, program: &Path, directory: &Path) -> Result<Vec<Figure>, Failure> {
    progress("APIs");
    let behind = Nginx::behind(directory)?;
    let nginx = behind.as_ref().map(|behind| Nginx::in_front_of(behind, directory)).transpose()?.flatten();
    let outside: Vec<String> = match &behind {
        Some(behind) => {
            ["--internet=proxy".to_owned(), format!("--internet-to={OUTSIDE}={}", behind.address)].into()
        }
        None => Vec::new(),
    };
    if behind.is_none() {
        progress("nginx is not there and is left out, and so is a server behind an API");
    }
    let moat = Moat::start_with(program, &directory.join("gateway"), &outside)?;
    let mut caller = Caller::new(moat.address)?;
    let server = behind.as_ref().map(|_| "http://203.0.113.10/");
    let api = RestApi::make(moat.address, &mut caller, directory, server)?;
    let key = api.key(&mut caller, 0, PLENTY, PLENTY)?;
    let mut figures = Vec::new();
    for connections in CONNECTIONS {
        progress(&format!("APIs, {}", words(connections)));
        let each = if connections == 1 { bounds.samples } else { (bounds.samples / 4).max(20) };
        let measured = Measured { moat: &moat, api: &api, key: &key, caller: &caller };
        let lanes = measured.lanes(behind.as_ref(), nginx.as_ref());
        figures.extend(in_turns(bounds, lanes, connections, each)?);
    }
    progress(&format!("a REST API beside {PLANS} usage plans"));
    for number in 1..PLANS - SPARE {
        api.key(&mut caller, number, PLENTY, PLENTY)?;
    }
    let request = || api.with_key(Behind::Mock, &key, Expected::Success);
    let lane = Lane::new(MANY_PLANS, (moat.address, moat.front()), request);
    figures.extend(in_turns(bounds, vec![lane], 1, bounds.samples)?.into_iter().take(1));
    let answers = if behind.is_some() { Behind::Server } else { Behind::Mock };
    figures.extend(flood::measure(bounds, moat.address, &api, answers, &mut caller, PLANS)?);
    figures.extend(balancer::measure(bounds, program, &moat, &mut caller, directory)?);
    Ok(figures)
}

const MANY_PLANS: &str = "API key, plan and throttle, mock; beside 290 plans";
const RAW: &str = "raw round trip to moat";
const DIRECTLY: &str = "the server itself";

fn words(connections: usize) -> String {
    if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") }
}

/// What is measured of moat.
struct Measured<'a> {
    moat: &'a Moat,
    api: &'a RestApi,
    key: &'a Key,
    caller: &'a Caller,
}

impl<'a> Measured<'a> {
    fn lanes(self, behind: Option<&Nginx>, nginx: Option<&Nginx>) -> Vec<Lane<'a>> {
        let Self { moat, api, key, caller } = self;
        let own = (moat.address, moat.front());
        let signed = |what: &str, behind| Lane::new(what, own, move || api.signed_by_allowed(behind));
        let keyed =
            |what: &str, behind| Lane::new(what, own, move || api.with_key(behind, key, Expected::Success));
        let mut lanes = vec![
            Lane::new(RAW, own, || caller.health()),
            Lane::new("refused: no API key", own, || api.without_key()),
            Lane::new("refused: signed, no policy allows it", own, || api.signed_by_denied()),
            signed("signed, allowed, mock", Behind::Mock),
            keyed("API key, plan and throttle, mock", Behind::Mock),
        ];
        if let Some(behind) = behind {
            lanes.push(signed("signed, allowed, proxy", Behind::Server));
            lanes.push(keyed("API key, plan and throttle, proxy", Behind::Server));
            lanes.push(Lane::new("HTTP API, signed, allowed, proxy", own, || api.http_signed()));
            lanes.push(Lane::new("HTTP API, throttle, proxy", own, || api.http_open()));
            lanes.push(of_nginx(DIRECTLY.to_owned(), behind, &[], Expected::Success));
        }
        lanes.extend([
            signed("signed, allowed, function", Behind::Function),
            keyed("API key, plan and throttle, function", Behind::Function),
            Lane::new("the same function through the Lambda API", own, || RestApi::invoke(caller)),
        ]);
        if let Some(nginx) = nginx {
            let what = format!("{}, refused for want of a key", nginx.name);
            lanes.push(of_nginx(what, nginx, &[], Expected::Status(403)));
            let what = format!("{}, proxy_pass and limit_req", nginx.name);
            let key = [("x-api-key", "a-key-of-more-than-twenty-0")];
            lanes.push(of_nginx(what, nginx, &key, Expected::Success));
        }
        lanes
    }
}

fn of_nginx<'a>(what: String, nginx: &Nginx, headers: &[(&str, &str)], expected: Expected) -> Lane<'a> {
    let bytes = get("bench", "/v1/keyed", headers);
    let request = move || Request { what: "nginx".to_owned(), bytes: bytes.clone(), expected };
    Lane::new(what, (nginx.address, nginx.pid()), request)
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
                if connections > 1 {
                    sleep(REFILL);
                }
                lane.round(connections, each, round > 0)?;
            }
        }
    }
    let words = words(connections);
    let own = |lane: Lane<'_>| {
        let figure = lane.rounds.figure(format!("{}, {words}", lane.what));
        let cores = lane.per_core(&words);
        Measurement { what: lane.what, figure, cores }
    };
    let found: Vec<_> = lanes.into_iter().map(own).collect();
    let mut figures: Vec<Figure> = found.iter().flat_map(|one| one.figures(&found)).collect();
    if connections == 1 {
        figures.extend(found.iter().filter_map(|one| one.added(&found)));
    }
    Ok(figures)
}

/// What one lane gave.
struct Measurement {
    what: String,
    figure: Figure,
    cores: Figure,
}

impl Measurement {
    fn is_peer(&self) -> bool {
        self.what.starts_with("nginx")
    }

    fn figures(&self, all: &[Self]) -> [Figure; 2] {
        let is_refused = |one: &Self| one.what.contains("refused");
        let peer = all.iter().find(|one| one.is_peer() && is_refused(one) == is_refused(self));
        let (figure, cores) = (self.figure.clone(), self.cores.clone());
        match peer.filter(|_| !self.is_peer()) {
            Some(peer) => [figure.against(&peer.figure), cores.against(&peer.cores)],
            None => [figure, cores],
        }
    }

    /// What passing on takes longer than asking the server without anybody between.
    fn added(&self, all: &[Self]) -> Option<Figure> {
        let directly = all.iter().find(|one| one.what == DIRECTLY)?;
        let passes_on = self.what.contains("proxy");
        let (own, other) = self.figure.p50_micros.zip(directly.figure.p50_micros).filter(|_| passes_on)?;
        let mut figure = Figure::new(format!("added to the server's own median: {}", self.what));
        figure.samples = self.figure.samples;
        figure.p50_micros = Some((own - other).max(0.0));
        Some(figure)
    }
}
