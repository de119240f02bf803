//! Traffic between two interfaces in different subnets: through ten thousand rules, through the same topology
//! without any rule, and through a list of a thousand that each packet walks there and back. The three take turns in short
//! slices, and ratios are taken within a turn, so that the machine's other work meets all of them.

use super::progress;
use crate::failure::Failure;
use crate::report::{Against, Figure};
use crate::samples::median;
use netplane::{DataPlane, Plane};
use nix::sched::{CloneFlags, setns};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use vpc::{Network, compile};

const TURNS: usize = 15;
const SLICE: Duration = Duration::from_millis(150);
const RULES: usize = 10_000;
/// Out of the one subnet, and as many into the other.
const LISTED: usize = 500;
const STREAM_PORT: u16 = 9_000;
const ECHO_PORT: u16 = 9_001;
const OPEN_PORT: u16 = 9_002;
const CHUNK: usize = 128 << 10;
const KINDS: [&str; 3] = ["throughput", "request/response", "new connections"];

/// One way through a router.
struct Way {
    name: &'static str,
    from: PathBuf,
    to: [u8; 4],
}

pub fn measure(plane: &Plane) -> Result<Vec<Figure>, Failure> {
    progress("traffic");
    let networks = [ruled()?, plain()?, listed()?];
    plane.apply(&networks.iter().map(compile).collect::<Vec<_>>())?;
    plane.discard_rules(&"vpc-2".into())?;
    let way = |name, number: u8| -> Result<Way, Failure> {
        let (from, to) = (format!("eni-{number}a").into(), format!("eni-{number}b").into());
        serve(plane, &to)?;
        Ok(Way { name, from: plane.netns_path(&from)?, to: [10, number, 1, 10] })
    };
    let ways = [way("10,000 rules", 1)?, way("no rules", 2)?, way("a list of 1,000 rules", 3)?];
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        turns.push(ways.iter().map(Way::turn).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(figures(&ways, &turns))
}

fn figures(ways: &[Way], turns: &[Vec<[f64; 3]>]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (kind, what) in KINDS.iter().enumerate() {
        let name =
            |way: usize| ways.get(way).map(|w| format!("network: {what}, {}", w.name)).unwrap_or_default();
        let rate =
            |turn: &Vec<[f64; 3]>, way: usize| turn.get(way).and_then(|kinds| kinds.get(kind)).copied();
        for way in 0..ways.len() {
            let rates: Vec<f64> = turns.iter().filter_map(|turn| rate(turn, way)).collect();
            let mut figure = Figure::new(name(way)).rate(median(&rates));
            figure.samples = rates.len();
            let ratios: Vec<f64> =
                turns.iter().filter_map(|turn| Some(rate(turn, way)? / rate(turn, 1)?)).collect();
            figure.against =
                median(&ratios).filter(|_| way != 1).map(|ratio| Against { what: name(1), ratio });
            figures.push(figure);
        }
    }
    figures
}

fn read(number: u8, lines: &str) -> Result<Network, Failure> {
    let mut network = vpc::testing::network(&format!(
        "vpc 10.{number}.0.0/16\nsubnet subnet-a 10.{number}.0.0/24 acl-1 rtb-1\n\
         subnet subnet-b 10.{number}.1.0/24 acl-1 rtb-1\n{lines}"
    ))?;
    network.vpc = format!("vpc-{number}").into();
    Ok(network)
}

/// Each interface is in as many groups as AWS allows by default, each group is full, and the last rule of the last
/// group is the one that allows.
fn ruled() -> Result<Network, Failure> {
    let mut lines = String::from("acl acl-1 open\n");
    let groups = RULES / 60;
    for group in 0..groups {
        for rule in 0..30 {
            let _ = writeln!(lines, "sg sg-{group:03} in tcp {} from 10.1.{rule}.0/24", 1_000 + rule);
            let _ = writeln!(lines, "sg sg-{group:03} out tcp {} to 10.1.{rule}.0/24", 1_000 + rule);
        }
    }
    lines += "sg sg-zzz in tcp 9000-9010 from 10.1.0.0/16\nsg sg-zzz out tcp 9000-9010 to 10.1.0.0/16\n";
    lines += "eni eni-1a host subnet-a 10.1.0.10 sg-001,sg-002,sg-003,sg-004,sg-zzz\n";
    lines += "eni eni-1b host subnet-b 10.1.1.10 sg-005,sg-006,sg-007,sg-008,sg-zzz\n";
    read(1, &lines)
}

fn plain() -> Result<Network, Failure> {
    read(
        2,
        "acl acl-1 open\neni eni-2a host subnet-a 10.2.0.10 sg-1\neni eni-2b host subnet-b 10.2.1.10 sg-1\n",
    )
}

/// An ACL far beyond AWS's quota: each packet walks all of it, out of one subnet and into the other.
fn listed() -> Result<Network, Failure> {
    let mut lines = String::from("sg sg-1 in all from 0.0.0.0/0\nsg sg-1 out all to 0.0.0.0/0\n");
    for number in 1..=LISTED {
        let (high, low) = (number / 250, number % 250);
        let _ = writeln!(lines, "acl acl-1 {number} deny in tcp 22 from 172.16.{high}.{low}/32");
        let _ = writeln!(lines, "acl acl-1 {number} deny out tcp 22 to 172.16.{high}.{low}/32");
    }
    lines += "acl acl-1 20000 allow in all from 0.0.0.0/0\nacl acl-1 20000 allow out all to 0.0.0.0/0\n";
    lines += "eni eni-3a host subnet-a 10.3.0.10 sg-1\neni eni-3b host subnet-b 10.3.1.10 sg-1\n";
    read(3, &lines)
}

/// Serves until the program ends.
fn serve(plane: &Plane, interface: &base::NetworkInterfaceId) -> Result<(), Failure> {
    for (port, work) in [(STREAM_PORT, sink as fn(TcpStream)), (ECHO_PORT, echo), (OPEN_PORT, drop)] {
        let listener: TcpListener = plane.listen_tcp(interface, port)?;
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if port == OPEN_PORT {
                    work(stream);
                } else {
                    std::thread::spawn(move || work(stream));
                }
            }
        });
    }
    Ok(())
}

fn sink(mut stream: TcpStream) {
    let mut buffer = vec![0; CHUNK];
    while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
}

fn echo(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut byte = [0];
    while stream.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
}

impl Way {
    /// Bytes, exchanges and connections in a second.
    fn turn(&self) -> Result<[f64; 3], Failure> {
        let work = || -> std::io::Result<[f64; 3]> { Ok([self.stream()?, self.exchange()?, self.open()?]) };
        inside(&self.from, work)?.map_err(Failure::io(format!("send through {}", self.name)))
    }

    fn at(&self, port: u16) -> SocketAddr {
        SocketAddr::from((self.to, port))
    }

    fn stream(&self) -> std::io::Result<f64> {
        let mut stream = TcpStream::connect(self.at(STREAM_PORT))?;
        let chunk = vec![0; CHUNK];
        rate(|| stream.write_all(&chunk)).map(|chunks| chunks * CHUNK as f64)
    }

    fn exchange(&self) -> std::io::Result<f64> {
        let mut stream = TcpStream::connect(self.at(ECHO_PORT))?;
        stream.set_nodelay(true)?;
        let mut byte = [0];
        rate(|| {
            stream.write_all(&byte)?;
            stream.read_exact(&mut byte)
        })
    }

    /// The other side closes at once; so does this one, without lingering in a port.
    fn open(&self) -> std::io::Result<f64> {
        let to = self.at(OPEN_PORT);
        rate(|| {
            let mut stream = TcpStream::connect(to)?;
            // The end of the other side's close: from then on the port there lingers, not here.
            stream.read(&mut [0]).map(drop)
        })
    }
}

fn rate(mut work: impl FnMut() -> std::io::Result<()>) -> std::io::Result<f64> {
    let begin = Instant::now();
    let mut count = 0_u32;
    while begin.elapsed() < SLICE {
        work()?;
        count += 1;
    }
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}

/// Works in a network namespace, on a thread that ends with it.
fn inside<T: Send>(netns: &Path, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let file = File::open(netns).map_err(Failure::io("open a namespace"))?;
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            setns(&file, CloneFlags::CLONE_NEWNET).map_err(|e| Failure::io("enter a namespace")(e.into()))?;
            Ok(work())
        });
        thread.join().map_err(|_| Failure::Thread)?
    })
}
