//! How long it takes to attach an interface and to wire an environment, with few and with many interfaces there.
//!
//! Run it inside namespaces of its own:
//! `unshare --user --map-root-user --net --mount --pid --fork --mount-proc target/debug/examples/attach`

use std::error::Error;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::SystemClock;
use netplane::{DataPlane, Hub, Plane};
use vpc::{
    InterfaceAddress, InterfaceKind, Network, NetworkAcl, NetworkInterface, RouteTable, SecurityGroup,
    Subnet, compile,
};

const ROUNDS: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let run_dir = Path::new("/run");
    nix::mount::mount(Some("tmpfs"), run_dir, Some("tmpfs"), nix::mount::MsFlags::empty(), None::<&str>)?;
    let plane = Plane::open(run_dir, Arc::new(SystemClock))?;
    let mut network = empty()?;
    for already in [1, 100, 1000] {
        let began = Instant::now();
        let first = network.interfaces.len();
        (first..already).for_each(|i| add(&mut network, i));
        plane.apply(&[compile(&network)])?;
        println!("{:>5} interfaces in place after {:?}", already, began.elapsed());
        measure(&plane, &mut network, already)?;
    }
    environments(&plane)?;
    let began = Instant::now();
    plane.apply_full(&[compile(&network)])?;
    println!("full resync of 1000 interfaces: {:?}", began.elapsed());
    let began = Instant::now();
    plane.apply(&[])?;
    println!("removal of everything: {:?}", began.elapsed());
    Ok(())
}

/// Attaches and detaches one interface again and again.
fn measure(plane: &Plane, network: &mut Network, already: usize) -> Result<(), Box<dyn Error>> {
    let (mut attach, mut detach, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        add(network, already + round);
        let plan = compile(network);
        let began = Instant::now();
        plane.apply(&[plan])?;
        attach.push(began.elapsed());
        let plan = compile(network);
        let began = Instant::now();
        plane.apply(&[plan])?;
        nothing.push(began.elapsed());
        network
            .interfaces
            .retain(|_, interface| !interface.id.as_str().ends_with(&format!("-{:x}", already + round)));
        let plan = compile(network);
        let began = Instant::now();
        plane.apply(&[plan])?;
        detach.push(began.elapsed());
    }
    print(&format!("attach one more at {already}"), attach);
    print(&format!("detach one at {already}"), detach);
    print(&format!("apply without a change at {already}"), nothing);
    Ok(())
}

fn environments(plane: &Plane) -> Result<(), Box<dyn Error>> {
    plane.prepare_environments(ROUNDS)?;
    let (mut wire, mut release) = (Vec::new(), Vec::new());
    let mut wired = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        wired.push(plane.environment(&Hub::Interface("eni-0".into()))?);
        wire.push(began.elapsed());
    }
    for environment in wired {
        let began = Instant::now();
        plane.release(&environment)?;
        release.push(began.elapsed());
    }
    print("wire an environment", wire);
    print("release an environment", release);
    Ok(())
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |percent: usize| {
        times.get((times.len() * percent / 100).min(times.len() - 1)).copied().unwrap_or_default()
    };
    println!("{what:<36} p50 {:>10.3?}  p99 {:>10.3?}", at(50), at(99));
}

fn empty() -> Result<Network, Box<dyn Error>> {
    let mut network = Network::new("vpc-1".into(), "10.0.0.0/16".parse()?);
    let subnet = Subnet {
        ipv6_cidr: None,
        cidr: "10.0.0.0/16".parse()?,
        availability_zone: "us-east-1a".into(),
        network_acl: "acl-1".into(),
        route_table: "rtb-1".into(),
    };
    network.subnets.insert("subnet-1".into(), subnet);
    network.route_tables.insert("rtb-1".into(), RouteTable::default());
    network.network_acls.insert("acl-1".into(), NetworkAcl::default());
    let rules = vec!["out all to 0.0.0.0/0".parse()?, "in tcp 443 from sg-1".parse()?];
    network.security_groups.insert("sg-1".into(), SecurityGroup { name: "one".into(), rules });
    Ok(network)
}

fn add(network: &mut Network, i: usize) {
    let number = u32::try_from(i).unwrap_or_default();
    let private = Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 1, 0)) + number);
    let interface = NetworkInterface {
        ipv6_addresses: Vec::new(),
        id: format!("eni-{i:x}").into(),
        subnet: "subnet-1".into(),
        addresses: vec![InterfaceAddress { private, public: None }],
        groups: ["sg-1".into()].into(),
        source_dest_check: true,
        kind: if i == 0 { InterfaceKind::Hub } else { InterfaceKind::Host },
    };
    network.interfaces.insert(interface.id.clone(), interface);
}
