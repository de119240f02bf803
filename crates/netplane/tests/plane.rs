//! The plane against this machine's kernel, one property per test.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod world;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::{Duration, Instant};

use netplane::{DataPlane, DropRecord, EnvironmentNet, Hub, Plane, Probe};
use vpc::flow_log::{FlowAction, FlowLog, FlowRecord, Recorded, TrafficPath};
use vpc::{Direction, Network, compile};
use world::net::inside;

/// An application and a NAT gateway in a public subnet, a database and a function hub in a private one.
const NETWORK: &str = "
    vpc 10.0.0.0/16
    igw igw-1
    subnet subnet-a 10.0.0.0/24 acl-1 rtb-a
    subnet subnet-b 10.0.1.0/24 acl-1 rtb-b
    acl acl-1 open
    route rtb-a 0.0.0.0/0 igw-1
    route rtb-b 0.0.0.0/0 nat-1
    sg sg-app out all to 0.0.0.0/0
    sg sg-db in tcp 5432 from sg-app
    eni eni-app host subnet-a 10.0.0.10=198.19.0.10 sg-app
    eni eni-nat nat-1 subnet-a 10.0.0.5=198.19.0.5
    eni eni-db host subnet-b 10.0.1.10 sg-db
    eni eni-fn hub subnet-b 10.0.1.20 sg-app
";
const TIMEOUT: Duration = Duration::from_millis(200);
/// The same where something has to come, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(30);
const PUBLIC_ENDPOINT: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

fn network(text: &str) -> Network {
    vpc::testing::network(text).expect("a network")
}

fn without(line: &str) -> Network {
    let kept: Vec<&str> = NETWORK.lines().filter(|l| l.trim() != line).collect();
    assert!(kept.len() < NETWORK.lines().count(), "no line `{line}`");
    network(&kept.join("\n"))
}

fn with(line: &str) -> Network {
    network(&format!("{NETWORK}\n{line}"))
}

fn at(address: [u8; 4], port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from(address), port))
}

const DATABASE: ([u8; 4], u16) = ([10, 0, 1, 10], 5432);

fn database() -> SocketAddr {
    at(DATABASE.0, DATABASE.1)
}

fn started(dir: &Path) -> Plane {
    let plane = world::plane(dir);
    apply(&plane, &network(NETWORK));
    plane
}

fn apply(plane: &Plane, network: &Network) {
    let applied = plane.apply(&[compile(network)]).expect("applies");
    assert!(applied.failed.is_empty(), "{applied:?}");
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
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match probe(plane, from, to) {
            Probe::TimedOut if Instant::now() < end => {}
            heard => return heard,
        }
    }
}

fn connect_from(netns: &Path, to: SocketAddr) -> std::io::Result<TcpStream> {
    inside(Some(netns), || TcpStream::connect_timeout(&to, PATIENCE))
}

fn is_cut(netns: &Path, to: SocketAddr) -> bool {
    inside(Some(netns), || TcpStream::connect_timeout(&to, TIMEOUT)).is_err()
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for a drop to be reported under this name, or for half a minute to pass.
fn reported(plane: &Plane, name: &str) -> bool {
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        if plane.recent_drops().iter().any(|drop| drop.by.to_string() == name) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

#[test]
fn a_group_rule_opens_one_port_and_no_other() {
    world::run("a_group_rule_opens_one_port_and_no_other", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Connected);
        assert_eq!(probe(&plane, "eni-app", at([10, 0, 1, 10], 5433)), Probe::TimedOut);
        assert!(reported(&plane, "sg-in eni-db"), "{:?}", plane.recent_drops());
        let drop = plane.recent_drops().pop().expect("a record");
        assert_eq!(drop.from, Some("eni-app".into()));
        assert_eq!(drop.destination, Ipv4Addr::new(10, 0, 1, 10));
        assert_eq!(drop.payload.destination_port(), Some(5433));
        std::mem::drop(listener);
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Refused);
    });
}

#[test]
fn a_group_change_acts_on_new_connections_only() {
    world::run("a_group_change_acts_on_new_connections_only", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        let app = plane.netns_path(&"eni-app".into()).expect("a namespace");
        let mut client = connect_from(&app, database()).expect("connected");
        let (mut server, _) = listener.accept().expect("accepted");
        apply(&plane, &without("sg sg-db in tcp 5432 from sg-app"));
        assert_eq!(probe(&plane, "eni-app", database()), Probe::TimedOut);
        echo(&mut client, &mut server);
        apply(&plane, &network(NETWORK));
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Connected);
        echo(&mut client, &mut server);
    });
}

fn echo(client: &mut TcpStream, server: &mut TcpStream) {
    let mut buffer = [0; 4];
    for stream in [&*client, &*server] {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    }
    client.write_all(b"ping").expect("sent");
    server.read_exact(&mut buffer).expect("received");
    server.write_all(&buffer).expect("answered");
    client.read_exact(&mut buffer).expect("answer received");
    assert_eq!(&buffer, b"ping");
}

#[test]
fn an_acl_is_stateless_and_drops_the_answer() {
    world::run("an_acl_is_stateless_and_drops_the_answer", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        let app = plane.netns_path(&"eni-app".into()).expect("a namespace");
        let mut client = connect_from(&app, database()).expect("connected");
        let (mut server, _) = listener.accept().expect("accepted");
        echo(&mut client, &mut server);
        apply(
            &plane,
            &with(
                "acl acl-1 50 deny out tcp 1024-5431 to 0.0.0.0/0\nacl acl-1 51 deny out tcp 5433-65535 to 0.0.0.0/0",
            ),
        );
        assert_eq!(probe(&plane, "eni-app", database()), Probe::TimedOut);
        assert!(reported(&plane, "nacl-out acl-1 51"), "{:?}", plane.recent_drops());
        // Unlike a group, it also cuts what was established.
        client.write_all(b"ping").expect("queued");
        client.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
        server.write_all(b"pong").expect("queued");
        assert!(client.read(&mut [0; 4]).is_err());
    });
}

#[test]
fn a_function_reaches_the_internet_behind_the_nat_gateway() {
    world::run("a_function_reaches_the_internet_behind_the_nat_gateway", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        plane.add_public_address(PUBLIC_ENDPOINT.into()).expect("an address");
        let listener = TcpListener::bind((PUBLIC_ENDPOINT, 443)).expect("a listener");
        let environment = plane.environment(&Hub::Interface("eni-fn".into())).expect("an environment");
        let client = connect_from(&environment.netns_path, SocketAddr::from((PUBLIC_ENDPOINT, 443)));
        client.expect("connected");
        let (_, seen_as) = listener.accept().expect("accepted");
        assert_eq!(seen_as.ip(), Ipv4Addr::new(198, 19, 0, 5));
        // The application goes through the internet gateway under its own public address.
        assert_eq!(heard(&plane, "eni-app", SocketAddr::from((PUBLIC_ENDPOINT, 443))), Probe::Connected);
        assert_eq!(listener.accept().expect("accepted").1.ip(), Ipv4Addr::new(198, 19, 0, 10));
        apply(&plane, &without("route rtb-b 0.0.0.0/0 nat-1"));
        assert!(is_cut(&environment.netns_path, SocketAddr::from((PUBLIC_ENDPOINT, 443))));
        assert!(reported(&plane, "no-route rtb-b"), "{:?}", plane.recent_drops());
    });
}

#[test]
fn a_hub_hides_its_environments_from_everybody() {
    world::run("a_hub_hides_its_environments_from_everybody", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        plane.prepare_environments(2).expect("a pool");
        let hub = Hub::Interface("eni-fn".into());
        let [one, two] = [(), ()].map(|()| plane.environment(&hub).expect("an environment"));
        let database_listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        connect_from(&one.netns_path, database()).expect("connected");
        assert_eq!(database_listener.accept().expect("accepted").1.ip(), Ipv4Addr::new(10, 0, 1, 20));
        let inward = listen(&two, 8080);
        assert!(is_cut(&one.netns_path, SocketAddr::from((two.address, 8080))));
        assert_eq!(probe(&plane, "eni-app", at([10, 0, 1, 20], 8080)), Probe::TimedOut);
        drop(inward);
        plane.release(&one).expect("released");
        assert!(is_cut(&one.netns_path, database()));
        let again = plane.environment(&hub).expect("an environment");
        assert_eq!(again.name, one.name);
        connect_from(&again.netns_path, database()).expect("connected");
    });
}

#[test]
fn of_environments_that_nobody_has_only_some_are_kept() {
    world::run("of_environments_that_nobody_has_only_some_are_kept", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let kept = || {
            let names = std::fs::read_dir(dir.join("netns")).expect("the namespaces").flatten();
            names.filter(|entry| entry.file_name().to_string_lossy().starts_with("env-")).count()
        };
        let spares: Vec<_> = (0..66).map(|_| plane.spare_environment().expect("an environment")).collect();
        assert_eq!(kept(), 66);
        spares.iter().for_each(|spare| plane.release_spare(spare));
        assert_eq!(kept(), 64);
        assert_eq!(plane.spare_environment().map(|_| kept()).expect("an environment"), 64);
    });
}

fn listen(environment: &EnvironmentNet, port: u16) -> TcpListener {
    inside(Some(&environment.netns_path), || TcpListener::bind(("0.0.0.0", port))).expect("a listener")
}

#[test]
fn a_function_without_a_vpc_has_the_internet_and_nothing_else() {
    world::run("a_function_without_a_vpc_has_the_internet_and_nothing_else", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        plane.add_public_address(PUBLIC_ENDPOINT.into()).expect("an address");
        let _listener = TcpListener::bind((PUBLIC_ENDPOINT, 443)).expect("a listener");
        let _database = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        let environment = plane.environment(&Hub::Internet).expect("an environment");
        connect_from(&environment.netns_path, SocketAddr::from((PUBLIC_ENDPOINT, 443))).expect("connected");
        assert!(is_cut(&environment.netns_path, database()));
        apply(&plane, &network(NETWORK));
        connect_from(&environment.netns_path, SocketAddr::from((PUBLIC_ENDPOINT, 443)))
            .expect("still connected");
    });
}

#[test]
fn the_resolver_answers_at_base_plus_two() {
    world::run("the_resolver_answers_at_base_plus_two", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let router = plane.router_path(&"vpc-1".into()).expect("a router");
        let environment = plane.environment(&Hub::Interface("eni-fn".into())).expect("an environment");
        for address in [[10, 0, 0, 2], [169, 254, 169, 253]] {
            let resolver = plane.bind_udp_in(&router, at(address, 53)).expect("a socket");
            for (netns, seen_as) in [
                (plane.netns_path(&"eni-db".into()).expect("a namespace"), [10, 0, 1, 10]),
                (environment.netns_path.clone(), [10, 0, 1, 20]),
            ] {
                let client = inside(Some(&netns), || UdpSocket::bind("0.0.0.0:0")).expect("a socket");
                client.send_to(b"who?", at(address, 53)).expect("sent");
                resolver.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                let (_, from) = resolver.recv_from(&mut [0; 16]).expect("received");
                assert_eq!(from.ip(), Ipv4Addr::from(seen_as));
                resolver.send_to(b"me", from).expect("answered");
                client.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                client.recv_from(&mut [0; 16]).expect("an answer");
            }
        }
        let _other = plane.listen_in(&router, at([10, 0, 0, 2], 8080)).expect("a listener");
        assert_eq!(probe(&plane, "eni-db", at([10, 0, 0, 2], 8080)), Probe::TimedOut);
    });
}

#[test]
fn a_killed_daemon_is_succeeded_without_a_break() {
    const NAME: &str = "a_killed_daemon_is_succeeded_without_a_break";
    if let Some((_, dir)) = world::role() {
        let _plane = started(&dir);
        nix::sys::signal::kill(nix::unistd::Pid::this(), nix::sys::signal::SIGKILL).expect("killed");
    }
    world::run(NAME, || {
        let dir = world::run_dir();
        let status = world::second_process(NAME, "daemon", &dir);
        assert_eq!(status.signal(), Some(9));
        let plane = world::plane(&dir);
        // Before anything is applied the rules are what the dead daemon left.
        let listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("the database's namespace is there");
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Connected);
        assert_eq!(probe(&plane, "eni-app", at([10, 0, 1, 10], 5433)), Probe::TimedOut);
        assert!(reported(&plane, "sg-in eni-db"), "{:?}", plane.recent_drops());
        let app = plane.netns_path(&"eni-app".into()).expect("a namespace");
        let mut client = connect_from(&app, database()).expect("connected");
        let mut server = accepted_last(&listener);
        let applied = plane.apply(&[compile(&network(NETWORK))]).expect("applies");
        assert_eq!((applied.links_created, applied.links_removed), (0, 0));
        echo(&mut client, &mut server);
        assert_eq!(probe(&plane, "eni-app", at([10, 0, 1, 10], 5434)), Probe::TimedOut);
        assert!(reported(&plane, "sg-in eni-db"), "{:?}", plane.recent_drops());
        let environment = plane.environment(&Hub::Interface("eni-fn".into())).expect("an environment");
        connect_from(&environment.netns_path, database()).expect("connected");
    });
}

#[test]
fn a_daemon_killed_at_any_moment_leaves_nothing_that_cannot_be_repaired() {
    const NAME: &str = "a_daemon_killed_at_any_moment_leaves_nothing_that_cannot_be_repaired";
    const ROUNDS: u64 = 20;
    if let Some((_, dir)) = world::role() {
        change_for_ever(&world::plane(&dir));
    }
    world::run(NAME, || {
        let dir = world::run_dir();
        for round in 0..ROUNDS {
            let mut daemon = world::spawn_second_process(NAME, "daemon", &dir);
            std::thread::sleep(Duration::from_millis(20 + round * 7));
            daemon.kill().expect("killed");
            daemon.wait().expect("ended");
            let plane = started(&dir);
            let _listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
            assert_eq!(heard(&plane, "eni-app", database()), Probe::Connected, "round {round}");
            assert_eq!(probe(&plane, "eni-app", at([10, 0, 1, 10], 5433)), Probe::TimedOut, "round {round}");
            assert_eq!(probe(&plane, "eni-app", at([198, 19, 0, 10], 22)), Probe::TimedOut, "round {round}");
            assert!(
                reported(&plane, "sg-in eni-app"),
                "no way through the internet gateway in round {round}"
            );
            assert_eq!(std::fs::read_dir(dir.join("netns")).expect("the directory").count(), 5);
            assert_eq!(links().len(), 2, "{:?}", links());
        }
        world::plane(&dir).apply(&[]).expect("applies");
        assert_eq!(links(), ["lo"]);
    });
}

/// Networks come and go, interfaces too, and environments are wired, until somebody ends it.
fn change_for_ever(plane: &Plane) -> ! {
    let other = network(&NETWORK.replace("eni-app", "eni-other").replace("eni-fn", "eni-gn"));
    loop {
        apply(plane, &network(NETWORK));
        let environment = plane.environment(&Hub::Interface("eni-fn".into())).expect("an environment");
        apply(plane, &without("sg sg-db in tcp 5432 from sg-app"));
        plane.release(&environment).expect("released");
        apply(plane, &other);
        plane.apply(&[]).expect("applies");
    }
}

/// The probe's connection comes first, the test's own second.
fn accepted_last(listener: &TcpListener) -> TcpStream {
    listener.accept().expect("the probe");
    listener.accept().expect("the connection").0
}

#[test]
fn what_is_broken_by_hand_is_repaired() {
    world::run("what_is_broken_by_hand_is_repaired", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let _listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        let router = plane.router_path(&"vpc-1".into()).expect("a router");
        let forbidden = at([10, 0, 1, 10], 5433);
        inside(Some(&router), world::by_hand::delete_table);
        assert_eq!(heard(&plane, "eni-app", forbidden), Probe::Refused, "without rules everything passes");
        apply(&plane, &network(NETWORK));
        assert_eq!(probe(&plane, "eni-app", forbidden), Probe::TimedOut);
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Connected);
        let application = plane.netns_path(&"eni-app".into()).expect("a namespace");
        inside(Some(&application), || world::by_hand::delete_link(2));
        assert_eq!(probe(&plane, "eni-app", database()), Probe::Unreachable);
        let applied = plane.apply_full(&[compile(&network(NETWORK))]).expect("applies");
        assert_eq!(applied.links_created, 1);
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Connected);
    });
}

#[test]
fn links_that_are_out_of_their_group_obey_the_acl_again() {
    world::run("links_that_are_out_of_their_group_obey_the_acl_again", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let network = with("acl acl-1 50 deny in tcp 5432 from 10.0.0.0/16");
        apply(&plane, &network);
        let _listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        assert_eq!(probe(&plane, "eni-app", database()), Probe::TimedOut);
        let router = plane.router_path(&"vpc-1".into()).expect("a router");
        inside(Some(&router), || {
            let links = links();
            let links = links.iter().filter(|name| *name != "lo");
            links.for_each(|name| world::by_hand::ungroup_link(name));
        });
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Connected, "no rule knows of their subnet");
        plane.apply_full(&[compile(&network)]).expect("applies");
        assert_eq!(probe(&plane, "eni-app", database()), Probe::TimedOut);
    });
}

#[test]
fn nothing_is_left_of_a_network_that_goes() {
    world::run("nothing_is_left_of_a_network_that_goes", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        assert_eq!(std::fs::read_dir(dir.join("netns")).expect("the directory").count(), 5);
        assert_eq!(links(), ["lo", "g1"]);
        let one_less = without("eni eni-app host subnet-a 10.0.0.10=198.19.0.10 sg-app");
        apply(&plane, &one_less);
        assert!(!dir.join("netns/eni-app").exists());
        assert!(plane.netns_path(&"eni-app".into()).is_err());
        plane.apply(&[]).expect("applies");
        assert_eq!(std::fs::read_dir(dir.join("netns")).expect("the directory").count(), 0);
        assert_eq!(links(), ["lo"]);
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").expect("the mounts");
        assert!(!mounts.contains("nsfs"), "{mounts}");
    });
}

/// The links of the internet.
fn links() -> Vec<String> {
    let text = std::fs::read_to_string("/proc/thread-self/net/dev").expect("the links");
    text.lines().skip(2).filter_map(|line| Some(line.split_once(':')?.0.trim().to_string())).collect()
}

#[test]
fn an_interface_that_cannot_be_made_is_named_and_stops_nobody() {
    world::run("an_interface_that_cannot_be_made_is_named_and_stops_nobody", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let network = with("eni eni-../x host subnet-b 10.0.1.66 sg-db");
        let applied = plane.apply(&[compile(&network)]).expect("applies");
        let failed: Vec<_> = applied.failed.iter().map(|(id, why)| (id.as_str(), why.as_str())).collect();
        assert_eq!(failed, [("eni-../x", "`eni-../x` cannot name a network namespace")]);
        assert_eq!(applied.links_created, 4);
        let _listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Connected);
    });
}

#[test]
fn a_ruleset_larger_than_a_batch_arrives_whole() {
    world::run("a_ruleset_larger_than_a_batch_arrives_whole", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        let rules = |group: usize| {
            let line = move |i: usize| {
                format!("sg sg-{group} in tcp {} from 10.0.{}.0/24", 1000 + 60 * group + i, i % 2)
            };
            (0..60).map(line)
        };
        let lines: Vec<String> = (0..50).flat_map(rules).collect();
        let last = "eni eni-many host subnet-b 10.0.1.30 sg-0,sg-24,sg-49";
        let large = with(&format!("{}\n{last}", lines.join("\n")));
        apply(&plane, &large);
        let at_port = |port| probe(&plane, "eni-app", at([10, 0, 1, 30], port));
        assert_eq!(at_port(1000), Probe::Refused, "the first rule of the first group");
        assert_eq!(at_port(1000 + 49 * 60 + 58), Probe::Refused, "the last but one rule of the last group");
        assert_eq!(at_port(1000 + 49 * 60 + 59), Probe::TimedOut, "a rule for another subnet");
        assert_eq!(at_port(1000 + 60), Probe::TimedOut, "a rule of another group");
        // The daemon that reads it all back finds nothing to change.
        drop(plane);
        let plane = world::plane(&dir);
        let before = generation(&plane);
        apply(&plane, &large);
        assert_eq!(generation(&plane), before);
    });
}

/// The router's rule generation, which every commit raises.
fn generation(plane: &Plane) -> u32 {
    let router = plane.router_path(&"vpc-1".into()).expect("a router");
    inside(Some(&router), world::by_hand::generation)
}

#[test]
fn two_vpcs_with_the_same_addresses_never_meet() {
    world::run("two_vpcs_with_the_same_addresses_never_meet", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let one = network(NETWORK);
        let mut two = network(&NETWORK.replace("eni-", "eni-2").replace("198.19.0.", "198.19.2."));
        two.vpc = "vpc-2".into();
        let applied = plane.apply(&[compile(&one), compile(&two)]).expect("applies");
        assert_eq!((applied.links_created, applied.failed.len()), (8, 0));
        let _listener = plane.listen_tcp(&"eni-2db".into(), 5432).expect("a listener");
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Refused);
        assert_eq!(heard(&plane, "eni-2app", database()), Probe::Connected);
    });
}

/// Flows that have been recorded, taken until they satisfy, or for half a minute. Of one connection there are several
/// when they are taken in its midst.
fn recorded(plane: &Plane, id: &str, enough: impl Fn(&[FlowRecord]) -> bool) -> Vec<FlowRecord> {
    let end = Instant::now() + Duration::from_secs(30);
    let mut all = Vec::new();
    while Instant::now() < end && !enough(&all) {
        std::thread::sleep(Duration::from_millis(20));
        all.extend(plane.take_flows().records.remove(&id.into()).unwrap_or_default());
    }
    all
}

#[test]
fn flows_are_recorded_for_interfaces_with_a_flow_log_and_no_others() {
    world::run("flows_are_recorded_for_interfaces_with_a_flow_log_and_no_others", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let mut covered = network(NETWORK);
        covered.flow_logs.push(FlowLog {
            id: "fl-1".into(),
            scope: Default::default(),
            log_group: "flows".into(),
            interfaces: ["eni-db".into()].into(),
            traffic: Recorded::All,
            format: Default::default(),
            interval_s: 60,
        });
        apply(&plane, &covered);
        let listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        let app = plane.netns_path(&"eni-app".into()).expect("a namespace");
        let client = connect_from(&app, database()).expect("connected");
        drop((client, listener.accept().expect("accepted")));
        let mut seen = recorded(&plane, "eni-db", |all| {
            let ingress = all.iter().filter(|r| r.direction == Direction::Ingress);
            ingress.fold(0, |flags, r| flags | r.tcp_flags) == 3
        });
        if !seen.iter().any(|r| r.direction == Direction::Egress) {
            seen.extend(recorded(&plane, "eni-db", |all| {
                all.iter().any(|r| r.direction == Direction::Egress)
            }));
        }
        let of = |direction| {
            let found = seen.iter().find(|r| r.direction == direction);
            found.unwrap_or_else(|| panic!("no {direction} in {seen:#?}")).clone()
        };
        let (there, back) = (of(Direction::Ingress), of(Direction::Egress));
        assert_eq!((there.action, there.destination_port, there.protocol), (FlowAction::Accept, 5432, 6));
        let ingress = || seen.iter().filter(|r| r.direction == Direction::Ingress);
        let (packets, bytes) =
            (ingress().map(|r| r.packets).sum::<u64>(), ingress().map(|r| r.bytes).sum::<u64>());
        assert!(packets >= 3 && bytes >= 3 * 40, "{seen:?}");
        assert_eq!(
            (back.source_port, back.tcp_flags & 18, back.path),
            (5432, 18, Some(TrafficPath::SameVpc))
        );
        assert_eq!(probe(&plane, "eni-app", at([10, 0, 1, 10], 5433)), Probe::TimedOut);
        let seen = recorded(&plane, "eni-db", |all| all.iter().any(|r| r.action == FlowAction::Reject));
        assert!(
            seen.iter().any(|r| (r.action, r.destination_port) == (FlowAction::Reject, 5433)),
            "{seen:#?}"
        );
        apply(&plane, &network(NETWORK));
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Connected);
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(plane.take_flows().records.len(), 0, "nobody asks any more");
    });
}

#[test]
fn an_interface_out_of_the_pool_is_like_any_other() {
    const MORE: &str = "eni eni-more host subnet-a 10.0.0.77 sg-app";
    world::run("an_interface_out_of_the_pool_is_like_any_other", || {
        let dir = world::run_dir();
        let plane = started(&dir);
        plane.prepare_interfaces(2).expect("two ahead of need");
        let _listener = plane.listen_tcp(&"eni-db".into(), 5432).expect("a listener");
        apply(&plane, &with(MORE));
        assert_eq!(heard(&plane, "eni-more", database()), Probe::Connected);
        assert_eq!(probe(&plane, "eni-more", at([10, 0, 1, 10], 5433)), Probe::TimedOut);
        let of_it = |drop: &DropRecord| drop.from == Some("eni-more".into());
        eventually("a drop", || plane.recent_drops().iter().any(of_it));
        let listing = world::net::output_in(
            &plane.netns_path(&"eni-more".into()).expect("there"),
            &["cat", "/proc/net/dev"],
        );
        assert!(listing.contains("eth0"), "{listing}");
        // The next daemon finds it under its name, and what waited is made again.
        drop(plane);
        let plane = world::plane(&dir);
        apply(&plane, &with(MORE));
        assert_eq!(heard(&plane, "eni-more", database()), Probe::Connected);
        plane.prepare_interfaces(1).expect("one ahead of need");
        apply(&plane, &network(NETWORK));
        assert!(plane.netns_path(&"eni-more".into()).is_err());
        let kept: Vec<_> = std::fs::read_dir(dir.join("netns")).expect("a directory").collect();
        // The router, four interfaces, and the one that waits.
        assert_eq!(kept.len(), 6, "{kept:?}");
        apply(&plane, &with(MORE));
        assert_eq!(heard(&plane, "eni-more", database()), Probe::Connected);
    });
}

#[test]
fn a_rule_of_a_long_prefix_list_is_enforced() {
    world::run("a_rule_of_a_long_prefix_list_is_enforced", || {
        let dir = world::run_dir();
        let plane = world::plane(&dir);
        let mut listed = with("sg sg-db in tcp 7000 from pl-1");
        let entry = |n: u32| ipnet::IpNet::from(std::net::IpAddr::V4(Ipv4Addr::from(0xac10_0000 + n)));
        let mut entries: Vec<_> = (0..3_000).map(entry).collect();
        entries.push("10.0.0.10/32".parse().expect("a cidr"));
        listed.prefix_lists.insert("pl-1".into(), entries.clone());
        apply(&plane, &listed);
        assert_eq!(heard(&plane, "eni-app", at([10, 0, 1, 10], 7000)), Probe::Refused);
        entries.pop();
        listed.prefix_lists.insert("pl-1".into(), entries);
        apply(&plane, &listed);
        assert_eq!(probe(&plane, "eni-app", at([10, 0, 1, 10], 7000)), Probe::TimedOut);
        assert_eq!(heard(&plane, "eni-app", database()), Probe::Refused);
    });
}
