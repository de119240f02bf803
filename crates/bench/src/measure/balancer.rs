//! An application load balancer beside nginx as a reverse proxy: client, nginx and the server behind both
//! are programs in one VPC, each in a network namespace of its own as the load balancer's node is, so that
//! packets take ways of the same kind.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html>

use super::identity::Rounds;
use super::{Bounds, lists, progress};
use crate::caller::{Caller, Expected, Request};
use crate::failure::Failure;
use crate::load::{Load, load};
use crate::memory::{cpu_time, name, with_descendants};
use crate::moat::Moat;
use crate::nginx;
use crate::report::Figure;
use crate::rest_api::get;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const EC2: (&str, &str) = ("ec2", "2016-11-15");
const ELB: (&str, &str) = ("elasticloadbalancing", "2015-12-01");
const SERVER: &str = "10.77.1.10";
const PROXY: &str = "10.77.1.11";
const CLIENT: &str = "bench-client";
const CONNECTIONS: [usize; 2] = [1, 16];
const ROUNDS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);

/// What a client inside tells.
#[derive(Serialize, Deserialize)]
struct Told {
    elapsed_nanos: u64,
    took_nanos: Vec<u64>,
}

/// Loads a server from where this program runs, inside the VPC, and prints how it was.
pub fn inside(address: SocketAddr, connections: usize, each: usize) -> Result<(), Failure> {
    let bytes = get("bench", "/plain", &[]);
    let request =
        || Request { what: "GET /plain".to_owned(), bytes: bytes.clone(), expected: Expected::Success };
    let Load { latency, elapsed } = load(address, &lists(connections, each, request))?;
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let told = Told { elapsed_nanos: nanos(elapsed), took_nanos: latency.iter().map(nanos).collect() };
    println!("{}", serde_json::to_string(&told)?);
    Ok(())
}

/// The VPC, and the programs in it.
struct Place<'a> {
    program: &'a Path,
    directory: PathBuf,
    moat: &'a Moat,
    subnet: String,
    group: String,
    /// The load balancer's node in the subnet.
    node: String,
}

/// What is loaded, and what serves it.
struct Lane {
    what: &'static str,
    address: SocketAddr,
    served_by: BTreeSet<i32>,
    rounds: Rounds,
    count: u32,
    cpu: Duration,
}

pub fn measure(
    bounds: Bounds,
    program: &Path,
    moat: &Moat,
    caller: &mut Caller,
    directory: &Path,
) -> Result<Vec<Figure>, Failure> {
    let Some(nginx) = nginx::program() else { return Ok(Vec::new()) };
    progress("an application load balancer beside nginx, in a VPC");
    let place = Place::make(program, moat, caller, directory)?;
    let server = format!("{SERVER}:8080");
    place.nginx(nginx, "bench-server", SERVER, &nginx::behind("8080"))?;
    place.nginx(nginx, "bench-proxy", PROXY, &nginx::front("8081", &server))?;
    place.run(CLIENT, "10.77.1.12", &["sleep", "infinity"])?;
    let at = |address: String| address.parse().map_err(|_| Failure::Thread);
    let (node, proxy) = (at(format!("{}:80", place.node))?, at(format!("{PROXY}:8081"))?);
    for address in [node, proxy] {
        place.wait(address)?;
    }
    let mut figures = Vec::new();
    for connections in CONNECTIONS {
        let mut lanes = [
            Lane::new("application load balancer", node, place.daemon()),
            Lane::new("nginx as reverse proxy", proxy, nginx_of("bench-proxy")),
            Lane::new("the server itself, in the VPC", at(server.clone())?, nginx_of("bench-server")),
        ];
        let each = if connections == 1 { bounds.samples } else { (bounds.samples / 4).max(20) };
        let begun = Instant::now();
        // The first round warms up and is not counted.
        for round in 0..=ROUNDS {
            for lane in &mut lanes {
                if !bounds.over(begun) {
                    lane.round(&place, connections, each, round > 0)?;
                }
            }
        }
        let [own, peer, itself] = lanes.map(|lane| lane.figures(connections));
        figures.extend([own.0.against(&peer.0), own.1.against(&peer.1), peer.0, peer.1, itself.0]);
    }
    Ok(figures)
}

impl<'a> Place<'a> {
    fn make(
        program: &'a Path,
        moat: &'a Moat,
        caller: &mut Caller,
        directory: &Path,
    ) -> Result<Self, Failure> {
        let vpc = caller.xml(EC2, "CreateVpc", &[("CidrBlock", "10.77.0.0/16")], "vpcId")?;
        let in_vpc = ("VpcId", vpc.as_str());
        let mut subnet = |block, zone| {
            let words = [in_vpc, ("CidrBlock", block), ("AvailabilityZone", zone)];
            caller.xml(EC2, "CreateSubnet", &words, "subnetId")
        };
        let (subnet, other) = (subnet("10.77.1.0/24", "us-east-1a")?, subnet("10.77.2.0/24", "us-east-1b")?);
        let words = [in_vpc, ("GroupName", "bench-balancer"), ("GroupDescription", "all that is measured")];
        let group = caller.xml(EC2, "CreateSecurityGroup", &words, "groupId")?;
        let everybody = [
            ("GroupId", group.as_str()),
            ("IpPermissions.1.IpProtocol", "-1"),
            ("IpPermissions.1.IpRanges.1.CidrIp", "10.77.0.0/16"),
        ];
        caller.ok(&caller.query(EC2.0, EC2.1, "AuthorizeSecurityGroupIngress", &everybody))?;
        let node = balancer(caller, &vpc, &subnet, &other, &group)?;
        let directory = directory.join("balancer");
        Ok(Self { program, directory, moat, subnet, group, node })
    }

    /// A program of the VPC, which goes on when this returns.
    fn run(&self, name: &str, address: &str, command: &[&str]) -> Result<(), Failure> {
        let mount = format!("{}:rw", self.directory.display());
        std::fs::create_dir_all(&self.directory).map_err(Failure::io("make a directory"))?;
        let words = [
            ["--detach", "--name", name],
            ["--address", address, "--subnet"],
            [&self.subnet, "--security-group", &self.group],
            // Whose cores nothing takes away.
            ["--instance-type", "c5.large", "--mount"],
        ];
        let words = words.as_flattened().iter().copied().chain([mount.as_str(), "--"]);
        self.program("run", words.chain(command.iter().copied())).map(drop)
    }

    fn nginx(&self, program: &str, name: &str, address: &str, servers: &str) -> Result<(), Failure> {
        let own = self.directory.join(name);
        std::fs::create_dir_all(&own).map_err(Failure::io("make a directory for nginx"))?;
        let written = std::fs::write(own.join("nginx.conf"), nginx::configuration(servers));
        written.map_err(Failure::io("write nginx's configuration"))?;
        let prefix = own.display().to_string();
        self.run(name, address, &[program, "-p", &prefix, "-e", "error.log", "-c", "nginx.conf"])
    }

    /// Load from the client, by this very program.
    fn load(&self, address: SocketAddr, connections: usize, each: usize) -> Result<Load, Failure> {
        let own = std::env::current_exe().map_err(Failure::io("find this program"))?;
        let directory = own.parent().unwrap_or(&own).display().to_string();
        let (own, address) = (own.display().to_string(), address.to_string());
        let (connections, each) = (connections.to_string(), each.max(20).to_string());
        let words = [
            ["--mount", &directory, CLIENT],
            ["--", &own, "--inside-load"],
            [&address, "--inside-connections", &connections],
        ];
        let words = words.as_flattened().iter().copied().chain(["--samples", &each]);
        let output = self.program("exec", words)?;
        let told: Told = serde_json::from_slice(&output.stdout)?;
        let latency = told.took_nanos.into_iter().map(Duration::from_nanos).collect();
        Ok(Load { latency, elapsed: Duration::from_nanos(told.elapsed_nanos) })
    }

    fn wait(&self, address: SocketAddr) -> Result<(), Failure> {
        let begun = Instant::now();
        while let Err(failure) = self.load(address, 1, 1) {
            if begun.elapsed() > PATIENCE {
                let what = format!("{address} answers");
                return Err(Failure::Late { what, seconds: PATIENCE.as_secs(), last: failure.to_string() });
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    fn program<'w>(&self, verb: &str, words: impl Iterator<Item = &'w str>) -> Result<Output, Failure> {
        let mut command = Command::new(self.program);
        command.arg(verb).arg("--data-dir").arg(self.moat.data_dir()).args(words);
        let output = command.output().map_err(Failure::io(format!("start moat {verb}")))?;
        if output.status.success() {
            return Ok(output);
        }
        Err(Failure::Program {
            program: format!("moat {verb}"),
            outcome: output.status.to_string(),
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }

    /// The daemon alone, without the programs that descend from it.
    fn daemon(&self) -> BTreeSet<i32> {
        let front = self.moat.front();
        let own = with_descendants(&[front]);
        own.into_iter().filter(|&pid| pid != front && name(pid).as_deref() == Some("moat")).collect()
    }
}

/// A load balancer with one address behind it. The address of its node in the first subnet.
fn balancer(
    caller: &mut Caller,
    vpc: &str,
    subnet: &str,
    other: &str,
    group: &str,
) -> Result<String, Failure> {
    let words = [
        ("Name", "bench"),
        ("Protocol", "HTTP"),
        ("Port", "8080"),
        ("VpcId", vpc),
        ("TargetType", "ip"),
        ("HealthCheckIntervalSeconds", "5"),
        ("HealthCheckTimeoutSeconds", "2"),
    ];
    let targets = caller.xml(ELB, "CreateTargetGroup", &words, "TargetGroupArn")?;
    let words = [("TargetGroupArn", targets.as_str()), ("Targets.member.1.Id", SERVER)];
    caller.ok(&caller.query(ELB.0, ELB.1, "RegisterTargets", &words))?;
    let words = [
        ("Name", "bench"),
        ("Scheme", "internal"),
        ("Subnets.member.1", subnet),
        ("Subnets.member.2", other),
        ("SecurityGroups.member.1", group),
    ];
    let arn = caller.xml(ELB, "CreateLoadBalancer", &words, "LoadBalancerArn")?;
    let begun = Instant::now();
    while caller.xml(ELB, "DescribeLoadBalancers", &[], "Code")? != "active" {
        if begun.elapsed() > PATIENCE {
            let what = "the load balancer is active".to_owned();
            return Err(Failure::Late { what, seconds: PATIENCE.as_secs(), last: arn });
        }
        std::thread::sleep(POLL);
    }
    let words = [
        ("LoadBalancerArn", arn.as_str()),
        ("Protocol", "HTTP"),
        ("Port", "80"),
        ("DefaultActions.member.1.Type", "forward"),
        ("DefaultActions.member.1.TargetGroupArn", &targets),
    ];
    caller.ok(&caller.query(ELB.0, ELB.1, "CreateListener", &words))?;
    // Nobody else is in the subnet yet.
    let words = [("Filter.1.Name", "subnet-id"), ("Filter.1.Value.1", subnet)];
    caller.xml(EC2, "DescribeNetworkInterfaces", &words, "privateIpAddress")
}

/// The processes of the nginx that has its directory below this name.
fn nginx_of(directory: &str) -> BTreeSet<i32> {
    let own = i32::try_from(std::process::id()).unwrap_or(i32::MAX);
    let is_it = |pid: &i32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&format!("/{directory}\0"))
    };
    let masters: Vec<i32> = with_descendants(&[own]).into_iter().filter(is_it).collect();
    with_descendants(&masters).into_iter().filter(|&pid| name(pid).as_deref() == Some("nginx")).collect()
}

impl Lane {
    fn new(what: &'static str, address: SocketAddr, served_by: BTreeSet<i32>) -> Self {
        let (rounds, count, cpu) = (Rounds::default(), 0, Duration::ZERO);
        Self { what, address, served_by, rounds, count, cpu }
    }

    fn round(
        &mut self,
        place: &Place<'_>,
        connections: usize,
        each: usize,
        counts: bool,
    ) -> Result<(), Failure> {
        let before = cpu_time(self.served_by.iter().copied());
        let load = place.load(self.address, connections, each)?;
        if counts {
            self.cpu += cpu_time(self.served_by.iter().copied()).saturating_sub(before);
            self.count += u32::try_from(load.latency.count()).unwrap_or(u32::MAX);
            self.rounds.add(load);
        }
        Ok(())
    }

    /// What the client saw, and what a core would carry that did nothing else.
    fn figures(self, connections: usize) -> (Figure, Figure) {
        let words =
            if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") };
        let seconds = self.cpu.as_secs_f64();
        let rate = (seconds > 0.0).then(|| f64::from(self.count) / seconds);
        let cores = Figure::new(format!("{}, {words}, in a second of one core", self.what)).rate(rate);
        (self.rounds.figure(format!("{}, {words}", self.what)), cores)
    }
}
