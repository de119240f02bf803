//! Machines with several interfaces, gateway endpoints and the way outside, against this machine's kernel.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use netplane::{DataPlane, Outward, Plane, Probe, original_destination};
use vpc::{Attachment, Network, compile, hardware_address};
use world::net::inside;

/// A machine `eni-one`, an interface that becomes its second one, and somebody in the subnet of each.
const NETWORK: &str = "
    vpc 10.0.0.0/16
    igw igw-1
    subnet subnet-a 10.0.0.0/24 acl-1 rtb-a
    subnet subnet-b 10.0.1.0/24 acl-1 rtb-b
    acl acl-1 open
    route rtb-a 0.0.0.0/0 igw-1
    sg sg-all out all to 0.0.0.0/0
    sg sg-all in all from 10.0.0.0/16
    sg sg-web out all to 0.0.0.0/0
    sg sg-web in tcp 80 from 0.0.0.0/0
    eni eni-one host subnet-a 10.0.0.10=198.19.1.10 sg-all
    eni eni-two host subnet-b 10.0.1.10 sg-web
    eni eni-near host subnet-a 10.0.0.20=198.19.1.20 sg-all
    eni eni-far host subnet-b 10.0.1.20 sg-all
";
const TIMEOUT: Duration = Duration::from_millis(200);

fn network(more: &str) -> Network {
    vpc::testing::network(&format!("{NETWORK}\n{more}")).expect("a network")
}

fn attached(mut network: Network, device_index: u32) -> Network {
    let place = |device_index| Attachment { instance: "i-1".into(), device_index, first: "eni-one".into() };
    network.attachments.insert("eni-one".into(), place(0));
    network.attachments.insert("eni-two".into(), place(device_index));
    network
}

fn apply(plane: &Plane, network: &Network) {
    let applied = plane.apply(&[compile(network)]).expect("applies");
    assert!(applied.failed.is_empty(), "{applied:?}");
}

fn at(address: [u8; 4], port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from(address), port))
}

fn probe(plane: &Plane, from: &str, to: SocketAddr) -> Probe {
    let once = || plane.probe_tcp(&from.into(), to, TIMEOUT).expect("a probe");
    // Silence may be that of a busy machine, whose packets wait: it is asked once more.
    match once() {
        Probe::TimedOut => once(),
        heard => heard,
    }
}

/// What a probe meets that is not to meet silence: a busy machine lets it wait.
fn heard(plane: &Plane, from: &str, to: SocketAddr) -> Probe {
    let end = std::time::Instant::now() + Duration::from_secs(30);
    loop {
        match probe(plane, from, to) {
            Probe::TimedOut if std::time::Instant::now() < end => {}
            heard => return heard,
        }
    }
}

/// The interfaces there, with their hardware addresses.
fn links(netns: &Path) -> Vec<(String, String)> {
    let names = inside(Some(netns), || {
        let listed = std::process::Command::new("ip").args(["-o", "link"]).output().expect("ip runs");
        String::from_utf8_lossy(&listed.stdout).into_owned()
    });
    let link = |line: &str| {
        let name = line.split(": ").nth(1)?.split('@').next()?.to_owned();
        let mac = line.split("link/ether ").nth(1)?.split(' ').next()?.to_owned();
        Some((name, mac))
    };
    names.lines().filter_map(link).collect()
}

fn mac(id: &str) -> String {
    hardware_address(id).map(|octet| format!("{octet:02x}")).join(":")
}

#[test]
fn a_second_interface_is_in_the_machine_with_its_own_address_groups_and_way() {
    world::run("a_second_interface_is_in_the_machine_with_its_own_address_groups_and_way", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        apply(&plane, &network(""));
        let machine = plane.netns_path(&"eni-one".into()).expect("a namespace");
        let server = inside(Some(&machine), || TcpListener::bind("0.0.0.0:80")).expect("listens");
        assert_eq!(links(&machine), [("eth0".to_owned(), mac("eni-one"))]);
        assert_eq!(
            heard(&plane, "eni-near", at([10, 0, 1, 10], 80)),
            Probe::Refused,
            "it is a place of its own"
        );

        apply(&plane, &attached(network(""), 1));
        assert_eq!(
            links(&machine),
            [("eth0".to_owned(), mac("eni-one")), ("eth1".to_owned(), mac("eni-two"))]
        );
        for (from, to) in [
            ("eni-near", [10, 0, 0, 10]),
            ("eni-far", [10, 0, 0, 10]),
            ("eni-near", [10, 0, 1, 10]),
            ("eni-far", [10, 0, 1, 10]),
        ] {
            assert_eq!(heard(&plane, from, at(to, 80)), Probe::Connected, "{from} to {to:?}");
        }
        assert_eq!(probe(&plane, "eni-near", at([10, 0, 1, 10], 81)), Probe::TimedOut, "its own groups");
        assert_eq!(heard(&plane, "eni-near", at([10, 0, 0, 10], 81)), Probe::Refused);

        // What the machine begins takes the interface of the neighbourhood, and a bound address its own way.
        let far = plane.listen_tcp(&"eni-far".into(), 80).expect("listens");
        let client = inside(Some(&machine), || TcpStream::connect_timeout(&at([10, 0, 1, 20], 80), PATIENCE));
        let peer = far.accept().expect("accepted").1.ip();
        assert_eq!((client.is_ok(), peer.to_string()), (true, "10.0.1.10".to_owned()));
        for (from, source) in [("eni-one", "10.0.0.10"), ("eni-two", "10.0.1.10")] {
            let connected =
                plane.connect_tcp(&from.into(), at([10, 0, 1, 20], 80), PATIENCE).expect("enters");
            let local = connected.expect("connected").local_addr().expect("an address").ip();
            assert_eq!(local.to_string(), source, "{from}");
            assert_eq!(far.accept().expect("accepted").1.ip().to_string(), source);
        }

        apply(&plane, &network(""));
        assert_eq!(links(&machine), [("eth0".to_owned(), mac("eni-one"))], "it is gone from the machine");
        assert_eq!(heard(&plane, "eni-near", at([10, 0, 1, 10], 80)), Probe::Refused, "and itself again");
        assert_eq!(heard(&plane, "eni-near", at([10, 0, 0, 10], 80)), Probe::Connected);
        let left = inside(Some(&machine), || {
            let rules = std::process::Command::new("ip").args(["rule"]).output().expect("ip runs");
            String::from_utf8_lossy(&rules.stdout).into_owned()
        });
        assert!(!left.contains("10.0."), "{left}");
        drop(server);
    });
}

#[test]
fn a_second_interface_outlives_the_daemon_and_what_somebody_broke() {
    world::run("a_second_interface_outlives_the_daemon_and_what_somebody_broke", || {
        let dir = world::run_dir();
        let plan = compile(&attached(network(""), 2));
        {
            let plane = world::plane(&dir);
            assert!(plane.apply(std::slice::from_ref(&plan)).expect("applies").failed.is_empty());
        }
        let plane = world::plane(&dir);
        let machine = plane.netns_path(&"eni-one".into()).expect("a namespace");
        let server = inside(Some(&machine), || TcpListener::bind("0.0.0.0:80")).expect("listens");
        assert_eq!(links(&machine).len(), 2, "adopted with the next daemon");
        let applied = plane.apply(std::slice::from_ref(&plan)).expect("applies");
        assert_eq!((applied.links_created, applied.links_removed), (0, 0), "{applied:?}");
        assert_eq!(heard(&plane, "eni-near", at([10, 0, 1, 10], 80)), Probe::Connected);
        let broken = inside(Some(&machine), || {
            std::process::Command::new("ip")
                .args(["link", "delete", "eth2"])
                .status()
                .expect("ip runs")
                .success()
        });
        assert!(broken);
        plane.apply_full(std::slice::from_ref(&plan)).expect("applies");
        assert_eq!(heard(&plane, "eni-near", at([10, 0, 1, 10], 80)), Probe::Connected, "repaired");
        drop(server);
    });
}

/// The same with IPv6; the lines of the machine's interfaces come with the test.
const DUAL_STACK: &str = "
    vpc 10.0.0.0/16
    vpc 2001:db8:1::/56
    subnet subnet-a 10.0.0.0/24,2001:db8:1:a::/64 acl-1 rtb-a
    subnet subnet-b 10.0.1.0/24,2001:db8:1:b::/64 acl-1 rtb-b
    acl acl-1 open6
    sg sg-all out all to ::/0
    sg sg-all in all from 2001:db8:1::/56
    sg sg-web out all to ::/0
    sg sg-web in tcp 80 from ::/0
    eni eni-near host subnet-a 10.0.0.20,2001:db8:1:a::20 sg-all
    eni eni-far host subnet-b 10.0.1.20,2001:db8:1:b::20 sg-all
";
const ONE: &str = "2001:db8:1:a::10";
const TWO: &str = "2001:db8:1:b::10";
const NEAR: &str = "[2001:db8:1:a::20]:80";
const FAR: &str = "[2001:db8:1:b::20]:80";

/// For what must come: as long as a busy machine may need.
const PATIENCE: Duration = Duration::from_secs(30);

fn reach(plane: &Plane, from: &str, to: SocketAddr) -> Probe {
    plane.probe_tcp(&from.into(), to, PATIENCE).expect("a probe")
}

/// Who is seen by a server when a machine connects to it without saying from where.
fn seen_by(server: &TcpListener, machine: &Path) -> String {
    let to = server.local_addr().expect("an address");
    let client = inside(Some(machine), || TcpStream::connect_timeout(&to, PATIENCE)).expect("connected");
    let peer = server.accept().expect("accepted").1.ip().to_string();
    drop(client);
    peer
}

#[test]
fn interfaces_of_a_machine_have_their_own_addresses_of_ipv6() {
    world::run("interfaces_of_a_machine_have_their_own_addresses_of_ipv6", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let bring = |one: &str, two: &str| {
            let text = format!(
                "{DUAL_STACK}eni eni-one host subnet-a 10.0.0.10{one} sg-all\n\
                 eni eni-two host subnet-b 10.0.1.10{two} sg-web"
            );
            apply(&plane, &attached(vpc::testing::network(&text).expect("a network"), 1));
        };
        let address = |text: &str, port| SocketAddr::new(text.parse().expect("an address"), port);
        let listen = |id: &str, at: &str| {
            let netns = plane.netns_path(&id.into()).expect("a namespace");
            inside(Some(&netns), || TcpListener::bind(at)).expect("listens")
        };
        let (only_two, both, only_one) = [("", TWO), (ONE, TWO), (ONE, "")].into();
        let part = |text: &str| if text.is_empty() { String::new() } else { format!(",{text}") };

        bring(&part(only_two.0), &part(only_two.1));
        let machine = plane.netns_path(&"eni-one".into()).expect("a namespace");
        let server = inside(Some(&machine), || TcpListener::bind("[::]:80")).expect("listens");
        let (near, far) = (listen("eni-near", NEAR), listen("eni-far", FAR));
        for from in ["eni-near", "eni-far"] {
            assert_eq!(reach(&plane, from, address(TWO, 80)), Probe::Connected, "{from}");
        }
        assert_eq!(probe(&plane, "eni-near", address(TWO, 81)), Probe::TimedOut, "its own groups");
        assert_eq!((seen_by(&near, &machine), seen_by(&far, &machine)), (TWO.into(), TWO.into()));
        let to_near = near.local_addr().expect("an address");
        assert_eq!(reach(&plane, "eni-one", to_near), Probe::Unreachable, "it has no address of IPv6");
        assert_eq!(reach(&plane, "eni-two", to_near), Probe::Connected);
        assert_eq!(near.accept().expect("accepted").1.ip().to_string(), TWO);

        bring(&part(both.0), &part(both.1));
        assert_eq!((seen_by(&near, &machine), seen_by(&far, &machine)), (ONE.into(), TWO.into()));
        for (from, source) in [("eni-one", ONE), ("eni-two", TWO)] {
            for (to, server) in [(NEAR, &near), (FAR, &far)] {
                let to = to.parse().expect("an address");
                assert_eq!(reach(&plane, from, to), Probe::Connected, "{from} to {to}");
                assert_eq!(server.accept().expect("accepted").1.ip().to_string(), source);
            }
            let ping = plane.probe_icmp(&from.into(), to_near.ip(), PATIENCE);
            assert_eq!(ping.expect("a probe"), Probe::Connected, "{from}");
        }
        assert_eq!(reach(&plane, "eni-far", address(ONE, 81)), Probe::Refused);

        bring(&part(only_one.0), &part(only_one.1));
        assert_eq!((seen_by(&near, &machine), seen_by(&far, &machine)), (ONE.into(), ONE.into()));
        assert_eq!(reach(&plane, "eni-two", to_near), Probe::Unreachable);
        drop(server);
    });
}

#[test]
fn an_interface_without_the_check_passes_on_what_is_not_its_own() {
    world::run("an_interface_without_the_check_passes_on_what_is_not_its_own", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let mut with_secondary = attached(network("route rtb-a 192.0.2.0/24 eni-two"), 1);
        let two = with_secondary.interfaces.get_mut(&"eni-two".into()).expect("is there");
        two.addresses.push(vpc::InterfaceAddress { private: Ipv4Addr::new(10, 0, 1, 11), public: None });
        apply(&plane, &with_secondary);
        let machine = plane.netns_path(&"eni-two".into()).expect("a namespace");
        let server =
            inside(Some(&machine), || TcpListener::bind("10.0.1.11:80")).expect("a secondary address");
        assert_eq!(heard(&plane, "eni-near", at([10, 0, 1, 11], 80)), Probe::Connected);
        inside(Some(&machine), || {
            let mut add = std::process::Command::new("ip");
            let added = add.args(["addr", "add", "192.0.2.7/32", "dev", "lo"]).status();
            assert!(added.expect("ip runs").success());
        });
        let elsewhere = inside(Some(&machine), || TcpListener::bind("192.0.2.7:80")).expect("listens");
        assert_eq!(probe(&plane, "eni-near", at([192, 0, 2, 7], 80)), Probe::TimedOut, "the check is on");
        let two = with_secondary.interfaces.get_mut(&"eni-two".into()).expect("is there");
        two.source_dest_check = false;
        apply(&plane, &with_secondary);
        // The answer comes from an address that no interface has, so it leaves by the machine's own choice: the
        // packet arrives, which is what the check decides.
        let from = plane.netns_path(&"eni-near".into()).expect("a namespace");
        let _ = inside(Some(&from), || TcpStream::connect_timeout(&at([192, 0, 2, 7], 80), TIMEOUT));
        let end = std::time::Instant::now() + Duration::from_secs(30);
        while plane.recent_drops().last().is_none_or(|drop| drop.by.to_string() != "spoof eni-one") {
            assert!(std::time::Instant::now() < end, "{:?}", plane.recent_drops());
            std::thread::sleep(Duration::from_millis(5));
        }
        drop((server, elsewhere));
    });
}

#[test]
fn a_gateway_endpoint_is_reached_by_its_route_alone() {
    world::run("a_gateway_endpoint_is_reached_by_its_route_alone", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let service = at([198, 18, 1, 1], 443);
        apply(&plane, &network(""));
        assert_ne!(probe(&plane, "eni-far", service), Probe::Connected, "no route");
        let routed = network("route rtb-b 198.18.1.0/24 vpce-1");
        apply(&plane, &routed);
        let endpoint = plane.listen_tcp(&"vpce-1".into(), 443).expect("the endpoint has a namespace");
        let client =
            plane.connect_tcp(&"eni-far".into(), service, PATIENCE).expect("enters").expect("connected");
        let (_, peer) = endpoint.accept().expect("accepted");
        assert_eq!(peer.ip(), client.local_addr().expect("an address").ip(), "it sees who asks");
        assert_ne!(probe(&plane, "eni-near", service), Probe::Connected, "another table has no route");
        assert_eq!(heard(&plane, "eni-far", at([198, 18, 1, 1], 80)), Probe::Refused);

        // Groups decide as everywhere; and what stands there reaches nobody of its own accord.
        let mut closed = routed.clone();
        closed.security_groups.get_mut(&"sg-all".into()).expect("is there").rules.clear();
        apply(&plane, &closed);
        assert_eq!(probe(&plane, "eni-far", service), Probe::TimedOut);
        apply(&plane, &routed);
        let far = plane.listen_tcp(&"eni-far".into(), 80).expect("listens");
        let there = plane.netns_path(&"vpce-1".into()).expect("a namespace");
        let reached = inside(Some(&there), || TcpStream::connect_timeout(&at([10, 0, 1, 20], 80), TIMEOUT));
        assert!(reached.is_err());
        drop(far);

        let listeners = plane.apply(&[compile(&network(""))]).expect("applies");
        assert_eq!(listeners.interfaces_removed, 1, "its namespace goes with the last route: {listeners:?}");
        assert_ne!(probe(&plane, "eni-far", service), Probe::Connected);
    });
}

#[test]
fn connections_to_the_outside_are_led_to_the_daemon() {
    world::run("connections_to_the_outside_are_led_to_the_daemon", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        apply(&plane, &network(""));
        let somewhere = at([93, 184, 215, 14], 8443);
        assert_ne!(probe(&plane, "eni-near", somewhere), Probe::Connected, "off until asked for");
        let outward = Outward {
            always: vec![Ipv4Addr::new(203, 0, 113, 10)],
            inside: vec!["203.0.113.0/24".parse().unwrap(), "198.18.0.0/15".parse().unwrap()],
        };
        let carrier = plane.lead_outside(Some(&outward)).expect("leads").expect("a listener");
        for to in [somewhere, at([203, 0, 113, 10], 443)] {
            let client =
                plane.connect_tcp(&"eni-near".into(), to, PATIENCE).expect("enters").expect("connected");
            let (mut server, _) = carrier.accept().expect("accepted");
            assert_eq!(SocketAddr::V4(original_destination(&server).expect("was led here")), to);
            server.write_all(b"hello").expect("written");
            drop(server);
            let mut heard = String::new();
            (&client).read_to_string(&mut heard).expect("read");
            assert_eq!(heard, "hello");
        }
        assert_ne!(probe(&plane, "eni-near", at([203, 0, 113, 11], 443)), Probe::Connected, "not outside");
        assert_ne!(probe(&plane, "eni-far", somewhere), Probe::Connected, "its table has no way out");
        assert!(plane.lead_outside(None).expect("stops").is_none());
        assert_ne!(probe(&plane, "eni-near", somewhere), Probe::Connected);
    });
}
