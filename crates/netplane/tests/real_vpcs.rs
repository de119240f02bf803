//! Three real VPCs, exported from AWS, in this kernel: each of the packets that are known of is sent, and must meet
//! what is known. Without the exports, which are not part of this repository, this says so.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[allow(dead_code, reason = "the model's test compares more of it")]
#[path = "../../vpc/tests/real_vpcs/export.rs"]
mod export;
mod world;

use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use export::{Case, Export, SITE_HOST, exports, is_somebody_elses};
use netplane::{DataPlane, DropRecord, Plane};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, sendto, socket,
};
use vpc::{Delivery, Network, Origin, Packet, Payload, Plan, Reason, Verdict, compile, walk};
use world::net::{Answer, Client, Servers, Serving, inside, wait};

/// How long nothing may come back before a packet counts as lost. Everything is on this machine.
const TIMEOUT: Duration = Duration::from_millis(300);
/// For what is to come, on a busy machine, too.
const PATIENCE: Duration = Duration::from_secs(20);
const PORT: u16 = 80;
const FIRST_PORT: u16 = 30_000;
const INTERNET: &str = "internet";

#[test]
fn packets_of_real_vpcs_meet_what_is_known() {
    world::run("packets_of_real_vpcs_meet_what_is_known", || {
        let Ok(exports) = exports() else {
            println!("real VPCs: no packet is known of");
            return;
        };
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let hosts = internet_hosts(&exports);
        hosts.iter().for_each(|host| plane.add_public_address(*host).expect("a host of the internet"));
        let (mut sent, mut wrong) = (0, Vec::new());
        for export in &exports {
            let plans: Vec<Plan> = export.networks.iter().map(compile).collect();
            let applied = plane.apply(&plans).expect("the networks apply");
            assert!(applied.failed.is_empty(), "{:?}", applied.failed);
            let _serving = serve(&plane, export, &hosts);
            for case in &export.cases {
                let port = FIRST_PORT + sent;
                wrong.extend(send(&plane, export, case, port));
                sent += 1;
            }
            plane.apply(&[]).expect("the networks go");
        }
        println!("real VPCs: {sent} packets");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert_eq!(sent, 23);
    });
}

/// Who is on the internet: those who send from there, and those whose addresses are sent to and are nobody's here.
fn internet_hosts(exports: &[Export]) -> Vec<IpAddr> {
    let mut hosts = Vec::new();
    for export in exports {
        let known = |address: &IpAddr| {
            export.networks.iter().any(|n| n.behind_public(*address).is_some() || n.is_local(*address))
        };
        for case in &export.cases {
            match &case.flow.from {
                Origin::Internet(source) => hosts.push(*source),
                Origin::Interface(_) => {}
            }
            // An address of the site is one of the internet too, for who has no route to the site.
            let site = export.networks.get(1).is_some_and(|site| site.is_local(case.flow.destination));
            hosts
                .extend(Some(case.flow.destination).filter(|a| is_somebody_elses(*a) && (site || !known(a))));
        }
    }
    hosts.sort();
    hosts.dedup();
    hosts
}

fn serve(plane: &Plane, export: &Export, hosts: &[IpAddr]) -> Serving {
    let mut servers = Servers::default();
    servers.add(None, hosts, &[PORT], INTERNET);
    let interfaces = export.networks.iter().flat_map(|network| network.interfaces.values());
    for interface in interfaces.filter(|interface| !interface.is_nat_gateway()) {
        let addresses: Vec<IpAddr> = interface.all_addresses().collect();
        let path = plane.netns_path(&interface.id).expect("the interface's namespace");
        servers.add(Some(&path), &addresses, &[PORT], interface.id.as_str());
    }
    servers.serve()
}

/// Sends the packet; what is wrong about what became of it.
fn send(plane: &Plane, export: &Export, case: &Case, port: u16) -> Option<String> {
    let network = export.home(&case.flow);
    let expected = expected(network, case);
    let (netns, packet) = start(plane, network, case);
    let drops = plane.watch_drops();
    let answer = match packet.payload {
        Payload::Other(protocol) => {
            inside(netns.as_deref(), || send_raw(packet, protocol));
            None
        }
        payload => {
            let client = Client::start(netns.as_deref(), packet.source, packet.destination, payload, port);
            let mut clients = vec![client];
            wait(&mut clients, if expected.is_some() { PATIENCE } else { TIMEOUT }, |_| false);
            clients.pop().and_then(|client| client.answer)
        }
    };
    let reason = match walk(network, &case.flow).verdict {
        Verdict::Delivered(_) => None,
        Verdict::Dropped { by, .. } => Some(by),
    };
    let dropped =
        reason.as_ref().and_then(Reason::drop_ref).is_none_or(|by| is_reported(&drops, packet, &by));
    let came = match &answer {
        Some(Answer::From(name)) => Some(name.as_str()),
        Some(Answer::Echo | Answer::Error(_)) | None => None,
    };
    let agrees = came == expected.as_deref() && dropped;
    (!agrees).then(|| {
        let told = format!("{} {}: {}", export.name, case.name, case.disposition);
        format!("{told}: expected {expected:?}, met {answer:?}, the drop is reported: {dropped}")
    })
}

fn start(plane: &Plane, network: &Network, case: &Case) -> (Option<PathBuf>, Packet) {
    let packet = case.flow.packet(network).expect("a packet");
    let netns = match &case.flow.from {
        Origin::Internet(_) => None,
        Origin::Interface(id) => Some(plane.netns_path(id).expect("the interface's namespace")),
    };
    (netns, packet)
}

/// Who answers, by what is known, not by the model: nobody, the other end of the VPN, or somebody on the internet.
fn expected(network: &Network, case: &Case) -> Option<String> {
    let leaves = case.disposition == "EXITS_NETWORK";
    let by_vpn = case.gateways.iter().any(|gateway| gateway.starts_with("vgw-"));
    match &walk(network, &case.flow).verdict {
        _ if leaves => Some(if by_vpn { SITE_HOST } else { INTERNET }.to_owned()),
        Verdict::Delivered(Delivery::Interface(id)) if case.disposition == "ACCEPTED" => Some(id.to_string()),
        _ => None,
    }
}

/// A packet of a protocol that no socket speaks, with its header.
fn send_raw(packet: Packet, protocol: u8) {
    let kind = SockType::Raw;
    let fd = socket(AddressFamily::Inet, kind, SockFlag::SOCK_CLOEXEC, SockProtocol::Raw).expect("a socket");
    let mut bytes = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, protocol, 0, 0];
    let (IpAddr::V4(source), IpAddr::V4(destination)) = (packet.source, packet.destination) else {
        panic!("the exports are of IPv4");
    };
    bytes.extend(source.octets());
    bytes.extend(destination.octets());
    bytes.extend(*b"who here");
    let to = SockaddrIn::from(std::net::SocketAddrV4::new(destination, 0));
    sendto(fd.as_raw_fd(), &bytes, &to, MsgFlags::empty()).expect("sent");
}

/// Whether the kernel says of the packet that the place dropped it.
fn is_reported(drops: &Receiver<DropRecord>, packet: Packet, by: &vpc::DropRef) -> bool {
    let end = Instant::now() + PATIENCE;
    let of_packet = |drop: &DropRecord| {
        let protocol = drop.payload.protocol() == packet.payload.protocol();
        let ends = [drop.source, drop.destination];
        protocol && (ends.contains(&packet.source) || ends.contains(&packet.destination))
    };
    while let Ok(drop) = drops.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if of_packet(&drop) && drop.by == *by {
            return true;
        }
    }
    false
}
