//! The model against this kernel: random networks, alone and peered, random flows, each flow a real exchange of packets
//! whose outcome, and whose dropping rule, must be what `vpc::walk` says.
//!
//! A busy machine may lose a packet, or be later than the test waits: a flow of which nothing came, neither an answer nor
//! a drop that should have, is sent again alone with more patience, and the tally counts it as `repeated`. What came
//! through, was refused or was dropped against the model is a disagreement at once.
//!
//! `MOAT_MODEL_PROBES=100000` sends that many, `MOAT_MODEL_SEED` begins elsewhere.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use netplane::{DataPlane, DropRecord, EnvironmentNet, Hub, Plane};
use vpc::testing::{INTERNET_HOSTS, INTERNET_HOSTS_V6, World, networks_text, sample_world};
use vpc::{
    Delivery, Flow, InterfaceKind, Link, Network, Origin, Payload, Plan, Step, Trace, Verdict, Way, compile,
    walk,
};
use world::net::{Answer, Client, Servers, Serving, wait};

/// How many flows a test run sends.
const PROBES: u64 = 2_600;
const FLOWS: usize = 40;
/// How long nothing may come back before a flow counts as lost. Everything is on this machine.
const TIMEOUT: Duration = Duration::from_millis(200);
/// The same for a flow that is sent again, and how often it is.
const PATIENCE: Duration = Duration::from_secs(2);
const REPETITIONS: usize = 3;
const PORTS: [u16; 4] = [53, 80, 443, 5432];
const FIRST_PORT: u16 = 20_000;
/// Within how many flows no two have the same port.
const SOURCE_PORTS: usize = 40_000;
const INTERNET: &str = "internet";

#[test]
fn the_kernel_does_what_the_model_says() {
    world::run("the_kernel_does_what_the_model_says", || {
        let began = Instant::now();
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        hosts().iter().for_each(|host| plane.add_public_address(*host).expect("a host of the internet"));
        let mut tally = Tally::default();
        let (first, probes) = (number("MOAT_MODEL_SEED", 0), number("MOAT_MODEL_PROBES", PROBES));
        let worlds = probes.div_ceil(FLOWS as u64);
        for seed in first..first + worlds {
            let mut world = sample_world(seed, FLOWS).expect("a world");
            world.flows.iter_mut().for_each(|(home, flow)| possible(&world.networks[*home], flow));
            let plans: Vec<Plan> = world.networks.iter().map(compile).collect();
            change_by_change(&plane, &world, &plans);
            round(&plane, &world, seed, &mut tally);
            if seed % 4 == 3 {
                plane.apply(&[]).expect("the networks go");
            }
        }
        println!("seeds {first} to {}, {tally:?}, {:?}", first + worlds - 1, began.elapsed());
        let flows = tally.delivered + tally.dropped;
        assert!(flows >= 2000, "too few flows: {tally:?}");
        assert!(
            tally.named >= tally.dropped / 2 && tally.delivered >= flows / 10 && tally.across >= flows / 100,
            "the flows say little: {tally:?}"
        );
        assert!(
            tally.ipv6 >= flows / 5 && tally.ipv6_delivered >= tally.ipv6 / 20,
            "little of IPv6: {tally:?}"
        );
        assert_eq!(tally.disagreements, Vec::<String>::new());
    });
}

/// Hosts of the internet.
fn hosts() -> Vec<IpAddr> {
    INTERNET_HOSTS.map(IpAddr::V4).into_iter().chain(INTERNET_HOSTS_V6.map(IpAddr::V6)).collect()
}

/// Brings the kernel to the networks by way of others with an interface less, then makes sure that nothing is left to do
/// when everything is looked at.
fn change_by_change(plane: &Plane, world: &World, plans: &[Plan]) {
    let less: Vec<Plan> = world
        .networks
        .iter()
        .map(|network| {
            let mut less = network.clone();
            less.interfaces.pop_last();
            compile(&less)
        })
        .collect();
    for plans in [&less, plans] {
        let applied = plane.apply(plans).expect("the networks apply");
        assert_eq!(applied.failed, BTreeMap::new());
        plane.prepare_interfaces(1).expect("an interface ahead of need");
    }
    let generations = || -> Vec<u32> {
        let path = |plan: &Plan| plane.router_path(&plan.vpc).expect("a router");
        plans.iter().map(|plan| world::net::inside(Some(&path(plan)), world::by_hand::generation)).collect()
    };
    let before = generations();
    plane.apply_full(plans).expect("the networks apply");
    assert_eq!(generations(), before, "a change by the short way left something to do");
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

#[derive(Debug, Default)]
struct Tally {
    next_port: usize,
    delivered: usize,
    dropped: usize,
    /// Delivered in another VPC than the one they began in.
    across: usize,
    /// With addresses of IPv6.
    ipv6: usize,
    /// Of these, those that arrived.
    ipv6_delivered: usize,
    /// And those that went by the internet to another VPC.
    beyond: usize,
    /// Drops whose rule was named by the kernel and compared.
    named: usize,
    /// Of which nothing came at first, and what the model says when they were sent again.
    repeated: usize,
    disagreements: Vec<String>,
}

impl Tally {
    fn port(&mut self) -> u16 {
        self.next_port = (self.next_port + 1) % SOURCE_PORTS;
        FIRST_PORT + u16::try_from(self.next_port).expect("a port")
    }
}

/// How a flow went against the model.
enum Wrong {
    /// Something is missing that should have come.
    Lost(String),
    Against(String),
}

fn round(plane: &Plane, world: &World, seed: u64, tally: &mut Tally) {
    let _serving = serve(plane, &world.networks);
    let environments = environments(plane, &world.networks);
    let watch = plane.watch_drops();
    let mut clients: Vec<Client> = Vec::new();
    for (home, flow) in &world.flows {
        clients.push(start(plane, &world.networks[*home], &environments, flow, tally.port()));
    }
    let drops = outcome(&mut clients, &watch, TIMEOUT);
    for ((home, flow), client) in world.flows.iter().zip(&clients) {
        tally.ipv6 += usize::from(flow.destination.is_ipv6());
        let wrong = compare(&world.networks, *home, flow, client, &drops, tally);
        let again = |port| {
            let mut clients = [start(plane, &world.networks[*home], &environments, flow, port)];
            let drops = outcome(&mut clients, &watch, PATIENCE);
            let [client] = &clients;
            compare(&world.networks, *home, flow, client, &drops, &mut Tally::default())
        };
        if let Some(wrong) = repeated(wrong, again, tally) {
            let text = networks_text(&world.networks).replace('\n', "; ");
            let line = format!("seed {seed}: {wrong} in `{text}`");
            println!("{line}");
            tally.disagreements.push(line);
        }
    }
    environments.values().for_each(|e| plane.release(e).expect("an environment goes"));
}

/// The drops until every client has its answer or its drop, or the time is over.
fn outcome(clients: &mut [Client], watch: &Receiver<DropRecord>, timeout: Duration) -> Vec<DropRecord> {
    let mut drops: Vec<DropRecord> = Vec::new();
    wait(clients, timeout, |client| {
        drops.extend(watch.try_iter());
        drops.iter().any(|drop| is_of(drop, client.port))
    });
    std::thread::sleep(Duration::from_millis(5));
    drops.extend(watch.try_iter());
    drops
}

/// What stays wrong of a flow when it is sent again as long as something is missing.
fn repeated(
    mut wrong: Option<Wrong>,
    again: impl Fn(u16) -> Option<Wrong>,
    tally: &mut Tally,
) -> Option<String> {
    for _ in 0..REPETITIONS {
        match wrong {
            None => return None,
            Some(Wrong::Against(text)) => return Some(text),
            Some(Wrong::Lost(text)) => {
                println!("sent again, as something is missing: {text}");
                wrong = again(tally.port());
                tally.repeated += usize::from(wrong.is_none());
            }
        }
    }
    wrong.map(|(Wrong::Lost(text) | Wrong::Against(text))| text)
}

/// Nothing behind a hub can claim a source: the hub puts its own address on whatever it forwards.
fn possible(network: &Network, flow: &mut Flow) {
    let hub =
        |id| network.interfaces.get(id).is_some_and(|i: &vpc::NetworkInterface| i.kind == InterfaceKind::Hub);
    if let Origin::Interface(id) = &flow.from
        && hub(id)
    {
        flow.source = None;
    }
}

fn serve(plane: &Plane, networks: &[Network]) -> Serving {
    let mut servers = Servers::default();
    servers.add(None, &hosts(), &PORTS, INTERNET);
    let interfaces = networks.iter().flat_map(|network| &network.interfaces);
    for (id, interface) in interfaces.filter(|(_, i)| !i.is_nat_gateway()) {
        let addresses: Vec<IpAddr> = interface.all_addresses().collect();
        let path = plane.netns_path(id).expect("the interface's namespace");
        servers.add(Some(&path), &addresses, &PORTS, id.as_str());
    }
    servers.serve()
}

fn environments(plane: &Plane, networks: &[Network]) -> BTreeMap<String, EnvironmentNet> {
    let interfaces = networks.iter().flat_map(|network| network.interfaces.values());
    let hubs = interfaces.filter(|i| i.kind == InterfaceKind::Hub);
    let wire = |id: &base::NetworkInterfaceId| {
        plane.environment(&Hub::Interface(id.clone())).expect("an environment")
    };
    hubs.map(|hub| (hub.id.to_string(), wire(&hub.id))).collect()
}

/// Functions send from an environment behind their hub, everybody else from its own namespace.
fn start(
    plane: &Plane,
    network: &Network,
    environments: &BTreeMap<String, EnvironmentNet>,
    flow: &Flow,
    port: u16,
) -> Client {
    let send = |netns: Option<&Path>, source: IpAddr| {
        Client::start(netns, source, flow.destination, flow.payload, port)
    };
    match &flow.from {
        Origin::Internet(source) => send(None, *source),
        Origin::Interface(id) => match environments.get(id.as_str()) {
            Some(environment) => send(Some(&environment.netns_path), environment.address.into()),
            None => {
                let path: PathBuf = plane.netns_path(id).expect("the interface's namespace");
                send(Some(&path), flow.packet(network).expect("an address").source)
            }
        },
    }
}

fn is_of(drop: &DropRecord, port: u16) -> bool {
    match drop.payload {
        Payload::Tcp { source_port, destination_port } | Payload::Udp { source_port, destination_port } => {
            source_port == port || destination_port == port
        }
        _ => false,
    }
}

fn compare(
    networks: &[Network],
    home: usize,
    flow: &Flow,
    client: &Client,
    drops: &[DropRecord],
    tally: &mut Tally,
) -> Option<Wrong> {
    let network = &networks[home];
    let trace = walk(network, flow);
    let beyond = beyond(networks, home, &trace, flow);
    tally.beyond += usize::from(beyond.is_some());
    let wrong = match &trace.verdict {
        Verdict::Delivered(delivery) => {
            tally.delivered += 1;
            let is_home = |id| network.interfaces.contains_key(id);
            tally.ipv6_delivered += usize::from(flow.destination.is_ipv6());
            tally.across += usize::from(matches!(delivery, Delivery::Interface(id) if !is_home(id)));
            delivered(&trace, delivery, beyond.as_ref(), flow, client, drops)
        }
        Verdict::Dropped { .. } => {
            tally.dropped += 1;
            dropped(&trace, flow, client, drops, &mut tally.named)
        }
    };
    let of_flow: Vec<_> = drops.iter().filter(|d| is_of(d, client.port)).collect();
    let (verdict, answer) = (&trace.verdict, &client.answer);
    let told = |wrong| format!("{wrong}: flow `{flow}`: model {verdict:?}, kernel {answer:?} {of_flow:?}");
    Some(match wrong? {
        Wrong::Lost(text) => Wrong::Lost(told(text)),
        Wrong::Against(text) => Wrong::Against(told(text)),
    })
}

fn is_exit(link: Option<&Link>) -> bool {
    matches!(link, Some(Link::InternetGateway | Link::EgressOnlyInternetGateway))
}

/// With IPv6 every address is public: what leaves for the internet may come to another VPC, which knows of it only
/// what the internet does.
fn beyond(networks: &[Network], home: usize, trace: &Trace, flow: &Flow) -> Option<Trace> {
    let left = matches!(trace.verdict, Verdict::Delivered(Delivery::Internet));
    let source = flow.packet(&networks[home])?.source;
    let others = networks.iter().enumerate().filter(|(place, _)| *place != home).map(|(_, other)| other);
    let there =
        others.filter(|_| left && flow.destination.is_ipv6()).find(|n| n.is_local(flow.destination))?;
    Some(walk(there, &Flow { from: Origin::Internet(source), source: None, ..flow.clone() }))
}

/// Of the internet only some hosts are there. What goes out to another answers nothing.
fn is_to_nobody(trace: &Trace, flow: &Flow) -> bool {
    let mut routed = trace.forward.iter().rev().filter_map(|hop| match &hop.step {
        Step::Routed { to, .. } => Some(to),
        _ => None,
    });
    let left = !matches!(trace.verdict, Verdict::Dropped { on: Way::Forward, .. });
    left && is_exit(routed.next()) && !hosts().contains(&flow.destination)
}

fn delivered(
    trace: &Trace,
    to: &Delivery,
    beyond: Option<&Trace>,
    flow: &Flow,
    client: &Client,
    drops: &[DropRecord],
) -> Option<Wrong> {
    // What happens to it further on is the other network's affair, and so is who answers.
    let (trace, to) = match beyond {
        Some(Trace { verdict: Verdict::Delivered(to), .. }) => (beyond.unwrap_or(trace), to),
        Some(there) => {
            let silent = !matches!(client.answer, Some(Answer::From(_) | Answer::Echo));
            let verdict = &there.verdict;
            let through = || Wrong::Against(format!("what another VPC forbids ({verdict}) came through"));
            return (!silent).then(through);
        }
        None => (trace, to),
    };
    let name = match to {
        Delivery::Interface(id) => id.to_string(),
        Delivery::Internet => INTERNET.to_string(),
        Delivery::GatewayEndpoint(_) | Delivery::Resolver => {
            return Some(Wrong::Against("unexpected kind of delivery".into()));
        }
    };
    // Who is handed a packet for somebody else gets it and answers nothing.
    let nobody = beyond.is_none() && is_to_nobody(trace, flow);
    let answers = !trace.reply.is_empty() && !nobody;
    let expected = match flow.payload {
        _ if !answers => None,
        Payload::Icmp { .. } | Payload::Icmpv6 { .. } => Some(Answer::Echo),
        _ => Some(Answer::From(name)),
    };
    // The sender may be told that there is no way.
    let lost = nobody && matches!(client.answer, Some(Answer::Error(_)));
    if client.answer != expected && !lost {
        let is_dropped = drops.iter().any(|d| is_of(d, client.port));
        let text = format!("expected {expected:?}");
        let lost = client.answer.is_none() && !is_dropped;
        return Some(if lost { Wrong::Lost(text) } else { Wrong::Against(text) });
    }
    let against = || Wrong::Against("a packet of an allowed flow was dropped".into());
    drops.iter().any(|d| is_of(d, client.port)).then(against)
}

fn dropped(
    trace: &Trace,
    flow: &Flow,
    client: &Client,
    drops: &[DropRecord],
    named: &mut usize,
) -> Option<Wrong> {
    let against = |text: &str| Some(Wrong::Against(text.into()));
    match &client.answer {
        Some(Answer::From(_) | Answer::Echo) => return against("what is forbidden came through"),
        Some(Answer::Error(nix::errno::Errno::ECONNREFUSED)) => {
            return against("what is forbidden was answered");
        }
        Some(Answer::Error(_)) | None => {}
    }
    let hop = trace.forward.iter().chain(&trace.reply).find(|hop| matches!(hop.step, Step::Dropped(_)))?;
    let Step::Dropped(reason) = &hop.step else { return None };
    // Nobody is there to send the answer that would be dropped.
    if is_to_nobody(trace, flow) {
        return None;
    }
    let expected = reason.drop_ref()?;
    *named += 1;
    let icmp = matches!(flow.payload, Payload::Icmp { .. } | Payload::Icmpv6 { .. });
    let ends = |d: &DropRecord| (d.source, d.destination) == (hop.packet.source, hop.packet.destination);
    let mine = |d: &&DropRecord| if icmp { ends(d) } else { is_of(d, client.port) };
    match drops.iter().filter(mine).any(|d| d.by == expected) {
        true => None,
        false => Some(Wrong::Lost(format!("no drop is reported under `{expected}`"))),
    }
}
