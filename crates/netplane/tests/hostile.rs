//! Who is root in a namespace of its own and sends whatever it likes: nothing of it arrives, and what a rule drops is
//! reported. And a kernel that refuses part of what it is told: nothing is open that should be closed.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::{Duration, Instant};

use netplane::{DataPlane, Plane, Probe};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, sendto, socket,
};
use vpc::{Network, Payload, compile};
use world::net::{Answer, Client, inside, output_in, wait};

const NETWORK: &str = "
    vpc 10.0.0.0/16
    igw igw-1
    subnet subnet-a 10.0.0.0/24 acl-1 rtb-a
    subnet subnet-b 10.0.1.0/24 acl-1 rtb-a
    acl acl-1 open
    sg sg-bad out all to 0.0.0.0/0
    sg sg-app out all to 0.0.0.0/0
    sg sg-db in tcp 5432 from sg-app
    eni eni-bad host subnet-a 10.0.0.66 sg-bad
    eni eni-app host subnet-a 10.0.0.10 sg-app
    eni eni-db host subnet-b 10.0.1.10 sg-db
";
const TIMEOUT: Duration = Duration::from_millis(200);
const DATABASE: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 10);
const EXPERIMENTAL: u8 = 253;

fn network(text: &str) -> Network {
    vpc::testing::network(text).expect("a network")
}

fn started(dir: &Path) -> Plane {
    let plane = world::plane(dir);
    plane.apply(&[compile(&network(NETWORK))]).expect("applies");
    plane
}

fn probe(plane: &Plane, from: &str, to: Ipv4Addr, port: u16) -> Probe {
    let once = || plane.probe_tcp(&from.into(), SocketAddr::from((to, port)), TIMEOUT).expect("a probe");
    // Silence may be that of a busy machine, whose packets wait: it is asked once more.
    match once() {
        Probe::TimedOut => once(),
        heard => heard,
    }
}

/// What a probe meets that is not to meet silence: a busy machine lets it wait.
fn heard(plane: &Plane, from: &str, to: Ipv4Addr, port: u16) -> Probe {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match probe(plane, from, to, port) {
            Probe::TimedOut if Instant::now() < end => {}
            heard => return heard,
        }
    }
}

/// Waits for a drop under this name by this interface, or for half a minute to pass.
fn reported(plane: &Plane, name: &str, source: impl Into<IpAddr>) -> bool {
    let source = source.into();
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        let mut drops = plane.recent_drops().into_iter();
        if drops.any(|drop| drop.by.to_string() == name && drop.source == source) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

/// An IP packet as its sender wrote it, header and all.
fn send_raw(netns: &Path, source: Ipv4Addr, to: Ipv4Addr, protocol: u8) {
    let mut packet = vec![0x45, 0, 0, 28, 0, 1, 0, 0, 64, protocol, 0, 0];
    packet.extend(source.octets());
    packet.extend(to.octets());
    packet.extend([0; 8]);
    inside(Some(netns), || {
        let fd =
            socket(AddressFamily::Inet, SockType::Raw, SockFlag::empty(), SockProtocol::Raw).expect("raw");
        let to = SockaddrIn::from(SocketAddrV4::new(to, 0));
        sendto(fd.as_raw_fd(), &packet, &to, MsgFlags::empty()).expect("sent");
    });
}

#[test]
fn forged_sources_are_dropped_and_named() {
    world::run("forged_sources_are_dropped_and_named", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        listener.set_nonblocking(true).expect("a listener that does not wait");
        let bad = plane.netns_path(&"eni-bad".into()).expect("a namespace");
        let app = Ipv4Addr::new(10, 0, 0, 10);
        for payload in [Payload::tcp(5432), Payload::udp(5432), Payload::ECHO_REQUEST] {
            let mut clients = [Client::start(Some(&bad), app, DATABASE, payload, 40_001)];
            wait(&mut clients, TIMEOUT, |_| false);
            assert_eq!(clients[0].answer, None, "{payload}");
        }
        assert!(reported(&plane, "spoof eni-bad", app), "{:?}", plane.recent_drops());
        let of_nobody = Ipv4Addr::new(192, 0, 2, 1);
        send_raw(&bad, of_nobody, DATABASE, EXPERIMENTAL);
        assert!(reported(&plane, "spoof eni-bad", of_nobody), "{:?}", plane.recent_drops());
        assert!(listener.accept().is_err(), "a forged connection arrived");
    });
}

#[test]
fn raw_packets_meet_the_same_rules() {
    world::run("raw_packets_meet_the_same_rules", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let app = plane.netns_path(&"eni-app".into()).expect("a namespace");
        let own = Ipv4Addr::new(10, 0, 0, 10);
        send_raw(&app, own, DATABASE, EXPERIMENTAL);
        assert!(reported(&plane, "sg-in eni-db", own), "{:?}", plane.recent_drops());
    });
}

#[test]
fn who_takes_anothers_address_gets_none_of_its_packets() {
    world::run("who_takes_anothers_address_gets_none_of_its_packets", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        let bad = plane.netns_path(&"eni-bad".into()).expect("a namespace");
        let thief = inside(Some(&bad), || {
            std::fs::write("/proc/sys/net/ipv4/conf/eth0/arp_notify", "1").expect("a switch");
            std::fs::write("/proc/sys/net/ipv4/ip_nonlocal_bind", "1").expect("a switch");
            // It tells everybody that the address is here, by ARP, and serves it.
            world::by_hand::add_address(2, DATABASE);
            TcpListener::bind((DATABASE, 5432)).expect("a listener")
        });
        thief.set_nonblocking(true).expect("a listener that does not wait");
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(heard(&plane, "eni-app", DATABASE, 5432), Probe::Connected);
        listener.accept().expect("the owner got it");
        assert!(thief.accept().is_err(), "the thief got it");
        let router = plane.router_path(&"vpc-1".into()).expect("a router");
        let neighbours = output_in(&router, &["cat", "/proc/net/arp"]);
        let of_database = |line: &&str| line.starts_with("10.0.1.10 ");
        assert_eq!(neighbours.lines().filter(of_database).count(), 1, "{neighbours}");
    });
}

#[test]
fn link_local_addresses_and_the_hosts_loopback_are_out_of_reach() {
    world::run("link_local_addresses_and_the_hosts_loopback_are_out_of_reach", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let _outside = TcpListener::bind(("0.0.0.0", 7070)).expect("a listener beside the network");
        let _loopback = TcpListener::bind(("127.0.0.1", 7071)).expect("a listener beside the network");
        let own = Ipv4Addr::new(10, 0, 0, 66);
        for (third, fourth) in [(1, 1), (169, 254), (170, 2), (64, 1)] {
            let to = Ipv4Addr::new(169, 254, third, fourth);
            assert_eq!(probe(&plane, "eni-bad", to, 7070), Probe::TimedOut, "{to}");
        }
        assert!(reported(&plane, "no-interface", own), "{:?}", plane.recent_drops());
        // The router's own address and its resolver serve nothing but DNS.
        assert_eq!(probe(&plane, "eni-bad", Ipv4Addr::new(10, 0, 0, 1), 7070), Probe::TimedOut);
        assert_eq!(probe(&plane, "eni-bad", Ipv4Addr::new(10, 0, 0, 2), 7070), Probe::TimedOut);
        // A loopback address is the sender's own.
        for port in [7070, 7071] {
            assert_eq!(heard(&plane, "eni-bad", Ipv4Addr::LOCALHOST, port), Probe::Refused);
        }
    });
}

#[test]
fn a_batch_that_the_kernel_refuses_leaves_nothing_open() {
    world::run("a_batch_that_the_kernel_refuses_leaves_nothing_open", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let _listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        // The name of its drops is longer than the kernel lets a report's prefix be.
        let id = format!("acl-{}", "0".repeat(150));
        let more = format!(
            "eni eni-new host subnet-b 10.0.1.77 sg-app\nacl {id} open\nsubnet subnet-c 10.0.2.0/24 {id} rtb-a"
        );
        let refused = plane.apply(&[compile(&network(&format!("{NETWORK}\n{more}")))]);
        let error = refused.expect_err("the kernel refuses it");
        assert!(error.to_string().contains("vpc-1"), "{error}");
        // What was in force still is, and who was to come has no way.
        assert_eq!(heard(&plane, "eni-app", DATABASE, 5432), Probe::Connected);
        assert_eq!(probe(&plane, "eni-bad", DATABASE, 5432), Probe::TimedOut);
        assert_ne!(probe(&plane, "eni-new", DATABASE, 5432), Probe::Connected);
        let good = format!("{NETWORK}\neni eni-new host subnet-b 10.0.1.77 sg-app");
        plane.apply(&[compile(&network(&good))]).expect("applies");
        assert_eq!(heard(&plane, "eni-new", DATABASE, 5432), Probe::Connected);
    });
}

/// The same with IPv6, and a VPC beside it that has none.
const NETWORK_V6: &str = "
    network vpc-6
    vpc 10.0.0.0/16
    vpc 2001:db8:1:100::/56
    igw igw-1
    subnet subnet-a 10.0.0.0/24,2001:db8:1:100::/64 acl-1 rtb-a
    subnet subnet-b 10.0.1.0/24,2001:db8:1:101::/64 acl-1 rtb-a
    route rtb-a ::/0 igw-1
    acl acl-1 open6
    sg sg-bad out all to ::/0
    sg sg-app out all to ::/0
    sg sg-db in tcp 5432 from sg-app
    eni eni-bad host subnet-a 10.0.0.66,2001:db8:1:100::66 sg-bad
    eni eni-app host subnet-a 10.0.0.10,2001:db8:1:100::10 sg-app
    eni eni-db host subnet-b 10.0.1.10,2001:db8:1:101::10 sg-db
    network vpc-4
    vpc 10.9.0.0/16
    subnet subnet-9 10.9.0.0/24 acl-9 rtb-9
    acl acl-9 open
    eni eni-old host subnet-9 10.9.0.10 sg-9
";

fn v6(text: &str) -> Ipv6Addr {
    text.parse().expect("an address")
}

#[test]
fn ipv6_is_as_strict() {
    world::run("ipv6_is_as_strict", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let networks = vpc::testing::networks(NETWORK_V6).expect("networks");
        plane.apply(&networks.iter().map(compile).collect::<Vec<_>>()).expect("applies");
        let path = plane.netns_path(&"eni-db".into()).expect("a namespace");
        let database = v6("2001:db8:1:101::10");
        let listener = plane.listen_in(&path, SocketAddr::from((database, 5432))).expect("a listener");
        let try_from = |from: &str, to: Ipv6Addr, port| {
            plane.probe_tcp(&from.into(), SocketAddr::from((to, port)), TIMEOUT).expect("a probe")
        };
        let end = Instant::now() + Duration::from_secs(30);
        while try_from("eni-app", database, 5432) != Probe::Connected {
            assert!(Instant::now() < end, "never connected");
        }
        assert_eq!(try_from("eni-bad", database, 5432), Probe::TimedOut);
        assert!(reported(&plane, "sg-in eni-db", v6("2001:db8:1:100::66")), "{:?}", plane.recent_drops());
        listener.set_nonblocking(true).expect("a listener that does not wait");
        while listener.accept().is_ok() {}
        // Sources that are somebody else's, nobody's, of the link alone, or private ones that no VPC has.
        let bad = plane.netns_path(&"eni-bad".into()).expect("a namespace");
        for forged in ["2001:db8:1:100::10", "2001:db8:ffff::1", "fd00::66", "fe80::66"] {
            for payload in [Payload::tcp(5432), Payload::udp(5432), Payload::ECHO_REQUEST_V6] {
                let mut clients = [Client::start(Some(&bad), v6(forged), database, payload, 40_001)];
                wait(&mut clients, Duration::from_millis(60), |_| false);
                assert!(
                    !matches!(clients[0].answer, Some(Answer::From(_) | Answer::Echo)),
                    "{forged} {payload}"
                );
            }
        }
        assert!(reported(&plane, "spoof eni-bad", v6("2001:db8:1:100::10")), "{:?}", plane.recent_drops());
        assert!(reported(&plane, "spoof eni-bad", v6("fd00::66")), "{:?}", plane.recent_drops());
        assert!(listener.accept().is_err(), "a forged connection arrived");
        // No link has an address of its own making, and the router answers at none.
        for interface in ["eni-bad", "eni-app"] {
            let path = plane.netns_path(&interface.into()).expect("a namespace");
            let addresses = output_in(&path, &["cat", "/proc/net/if_inet6"]);
            let of_link = addresses.lines().filter(|line| line.ends_with("eth0"));
            assert_eq!(of_link.filter(|line| line.starts_with("fe80")).count(), 0, "{addresses}");
        }
        for to in ["fe80::1%eth0", "2001:db8:1:100::1", "fd00::1"] {
            let to = v6(to.split('%').next().expect("an address"));
            assert_ne!(try_from("eni-bad", to, 7070), Probe::Connected, "{to}");
            assert_ne!(try_from("eni-bad", to, 7070), Probe::Refused, "{to}");
        }
        // A VPC without IPv6 has it switched off everywhere.
        let router = plane.router_path(&"vpc-4".into()).expect("a router");
        let old = plane.netns_path(&"eni-old".into()).expect("a namespace");
        for namespace in [router, old] {
            let off = output_in(&namespace, &["cat", "/proc/sys/net/ipv6/conf/all/disable_ipv6"]);
            assert_eq!(off.trim(), "1");
        }
        // And one that loses it has it no more, while IPv4 goes on.
        let without: Vec<&str> = NETWORK_V6.lines().filter(|line| !line.contains("::/")).collect();
        let without =
            without.join("\n").replace(",2001:db8:1:100::66", "").replace(",2001:db8:1:100::10", "");
        let without = without.replace(",2001:db8:1:101::10", "").replace("open6", "open");
        let blocks = ["10.0.0.0/24 acl", "10.0.1.0/24 acl"];
        let more = format!(
            "subnet subnet-a {}-1 rtb-a\nsubnet subnet-b {}-1 rtb-a\nsg sg-app out all to 0.0.0.0/0\nnetwork vpc-4",
            blocks[0], blocks[1]
        );
        let without = without.replace("network vpc-4", &more);
        let networks = vpc::testing::networks(&without).expect("networks");
        plane.apply(&networks.iter().map(compile).collect::<Vec<_>>()).expect("applies");
        assert_ne!(try_from("eni-app", database, 5432), Probe::Connected);
        let _ipv4 = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        assert_eq!(heard(&plane, "eni-app", DATABASE, 5432), Probe::Connected);
        let router = plane.router_path(&"vpc-6".into()).expect("a router");
        let off = output_in(&router, &["cat", "/proc/sys/net/ipv6/conf/all/disable_ipv6"]);
        assert_eq!(off.trim(), "1");
    });
}
