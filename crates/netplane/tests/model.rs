//! The model against this kernel: random networks, random flows, each flow a real exchange of packets whose outcome,
//! and whose dropping rule, must be what `vpc::walk` says.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use netplane::{DataPlane, DropRecord, EnvironmentNet, Hub, Plane};
use vpc::testing::{INTERNET_HOSTS, network_text, sample};
use vpc::{Delivery, Flow, InterfaceKind, Network, Origin, Payload, Step, Trace, Verdict, compile, walk};
use world::net::{Answer, Client, Servers, Serving, wait};

const NETWORKS: u64 = 90;
const FLOWS: usize = 40;
/// How long nothing may come back before a flow counts as lost. Everything is on this machine.
const TIMEOUT: Duration = Duration::from_millis(200);
const PORTS: [u16; 4] = [53, 80, 443, 5432];
const FIRST_PORT: u16 = 20_000;
const INTERNET: &str = "internet";

#[test]
fn the_kernel_does_what_the_model_says() {
    world::run("the_kernel_does_what_the_model_says", || {
        let began = Instant::now();
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        INTERNET_HOSTS
            .iter()
            .for_each(|host| plane.add_public_address(*host).expect("a host of the internet"));
        let mut tally = Tally::default();
        for seed in 0..NETWORKS {
            let (network, flows) = sample(seed, FLOWS).expect("a network");
            let flows: Vec<Flow> = flows.into_iter().map(|flow| possible(&network, flow)).collect();
            let applied = plane.apply(&[compile(&network)]).expect("the network applies");
            assert_eq!(applied.failed, BTreeMap::new());
            round(&plane, &network, &flows, &mut tally);
            if seed % 4 == 3 {
                plane.apply(&[]).expect("the network goes");
            }
        }
        println!("{} networks, {tally:?}, {:?}", NETWORKS, began.elapsed());
        assert!(tally.delivered + tally.dropped >= 2000, "too few flows: {tally:?}");
        assert!(
            tally.named >= tally.dropped / 2 && tally.delivered >= 300,
            "the flows say little: {tally:?}"
        );
        assert_eq!(tally.disagreements, Vec::<String>::new());
    });
}

#[derive(Debug, Default)]
struct Tally {
    next_port: u16,
    delivered: usize,
    dropped: usize,
    /// Drops whose rule was named by the kernel and compared.
    named: usize,
    disagreements: Vec<String>,
}

fn round(plane: &Plane, network: &Network, flows: &[Flow], tally: &mut Tally) {
    let _serving = serve(plane, network);
    let environments = environments(plane, network);
    let watch = plane.watch_drops();
    let mut clients: Vec<Client> = Vec::new();
    for flow in flows {
        tally.next_port += 1;
        clients.push(start(plane, network, &environments, flow, FIRST_PORT + tally.next_port));
    }
    let mut drops: Vec<DropRecord> = Vec::new();
    wait(&mut clients, TIMEOUT, |client| {
        drops.extend(watch.try_iter());
        drops.iter().any(|drop| is_of(drop, client.port))
    });
    std::thread::sleep(Duration::from_millis(5));
    drops.extend(watch.try_iter());
    for (flow, client) in flows.iter().zip(&clients) {
        compare(network, flow, client, &drops, tally);
    }
    environments.values().for_each(|e| plane.release(e).expect("an environment goes"));
}

/// Nothing behind a hub can claim a source: the hub puts its own address on whatever it forwards.
fn possible(network: &Network, flow: Flow) -> Flow {
    let hub =
        |id| network.interfaces.get(id).is_some_and(|i: &vpc::NetworkInterface| i.kind == InterfaceKind::Hub);
    match &flow.from {
        Origin::Interface(id) if hub(id) => Flow { source: None, ..flow },
        _ => flow,
    }
}

fn serve(plane: &Plane, network: &Network) -> Serving {
    let mut servers = Servers::default();
    servers.add(None, &INTERNET_HOSTS, &PORTS, INTERNET);
    for (id, interface) in network.interfaces.iter().filter(|(_, i)| !i.is_nat_gateway()) {
        let addresses: Vec<Ipv4Addr> = interface.addresses.iter().map(|a| a.private).collect();
        let path = plane.netns_path(id).expect("the interface's namespace");
        servers.add(Some(&path), &addresses, &PORTS, id.as_str());
    }
    servers.serve()
}

fn environments(plane: &Plane, network: &Network) -> BTreeMap<String, EnvironmentNet> {
    let hubs = network.interfaces.values().filter(|i| i.kind == InterfaceKind::Hub);
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
    let send =
        |netns: Option<&Path>, source| Client::start(netns, source, flow.destination, flow.payload, port);
    match &flow.from {
        Origin::Internet(source) => send(None, *source),
        Origin::Interface(id) => match environments.get(id.as_str()) {
            Some(environment) => send(Some(&environment.netns_path), environment.address),
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

fn compare(network: &Network, flow: &Flow, client: &Client, drops: &[DropRecord], tally: &mut Tally) {
    let trace = walk(network, flow);
    let wrong = match &trace.verdict {
        Verdict::Delivered(delivery) => {
            tally.delivered += 1;
            delivered(&trace, delivery, flow, client, drops)
        }
        Verdict::Dropped { .. } => {
            tally.dropped += 1;
            dropped(&trace, flow, client, drops, &mut tally.named)
        }
    };
    if let Some(wrong) = wrong {
        let text = network_text(network).replace('\n', "; ");
        let of_flow: Vec<_> = drops.iter().filter(|d| is_of(d, client.port)).collect();
        let line = format!(
            "{wrong}: flow `{flow}`: model {:?}, kernel {:?} {of_flow:?} in `{text}`",
            trace.verdict, client.answer
        );
        println!("{line}");
        tally.disagreements.push(line);
    }
}

fn delivered(
    trace: &Trace,
    to: &Delivery,
    flow: &Flow,
    client: &Client,
    drops: &[DropRecord],
) -> Option<String> {
    let name = match to {
        Delivery::Interface(id) => id.to_string(),
        Delivery::Internet => INTERNET.to_string(),
        Delivery::GatewayEndpoint(_) | Delivery::Resolver => {
            return Some("unexpected kind of delivery".into());
        }
    };
    // Who is handed a packet for somebody else gets it and answers nothing.
    let answers = !trace.reply.is_empty();
    let expected = match flow.payload {
        _ if !answers => None,
        Payload::Icmp { .. } => Some(Answer::Echo),
        _ => Some(Answer::From(name)),
    };
    if client.answer != expected {
        return Some(format!("expected {expected:?}"));
    }
    drops.iter().any(|d| is_of(d, client.port)).then(|| "a packet of an allowed flow was dropped".into())
}

fn dropped(
    trace: &Trace,
    flow: &Flow,
    client: &Client,
    drops: &[DropRecord],
    named: &mut usize,
) -> Option<String> {
    match &client.answer {
        Some(Answer::From(_) | Answer::Echo) => return Some("what is forbidden came through".into()),
        Some(Answer::Error(nix::errno::Errno::ECONNREFUSED)) => {
            return Some("what is forbidden was answered".into());
        }
        Some(Answer::Error(_)) | None => {}
    }
    let hop = trace.forward.iter().chain(&trace.reply).find(|hop| matches!(hop.step, Step::Dropped(_)))?;
    let Step::Dropped(reason) = &hop.step else { return None };
    let expected = reason.drop_ref()?;
    *named += 1;
    let icmp = matches!(flow.payload, Payload::Icmp { .. });
    let ends = |d: &DropRecord| (d.source, d.destination) == (hop.packet.source, hop.packet.destination);
    let mine = |d: &&DropRecord| if icmp { ends(d) } else { is_of(d, client.port) };
    match drops.iter().filter(mine).any(|d| d.by == expected) {
        true => None,
        false => Some(format!("no drop is reported under `{expected}`")),
    }
}
