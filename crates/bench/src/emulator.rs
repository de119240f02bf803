//! The emulators that people use without a container, when they are there. Both keep everything in memory
//! and, as they are started here and by default, check no signature and enforce no policy.
//! <https://docs.getmoto.org/en/latest/docs/server_mode.html> <https://pypi.org/project/ministack/>

use crate::caller::{Caller, Request, timed};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::interrupt::{Guard, Running};
use crate::measure::shared;
use crate::memory::{Memory, with_descendants};
use crate::python;
use crate::report::Figure;
use crate::samples::Samples;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STARTS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Answers one request for each connection.
    Moto,
    /// Keeps connections open.
    Ministack,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Moto => "moto",
            Self::Ministack => "ministack",
        }
    }

    fn command(self, python: &Path, port: u16) -> Command {
        let (mut command, port) = (Command::new(python), port.to_string());
        match self {
            Self::Moto => command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port]),
            Self::Ministack => {
                command.args(["-m", "ministack"]).env("GATEWAY_PORT", &port).env("BIND_HOST", "127.0.0.1")
            }
        };
        command
    }
}

pub struct Emulator {
    kind: Kind,
    python: PathBuf,
    version: String,
}

struct Server {
    kind: Kind,
    child: Child,
    address: SocketAddr,
    started_in: Duration,
    _guard: Guard,
}

impl Emulator {
    /// `None` when this interpreter does not have it.
    pub fn find(kind: Kind, python: &Path) -> Option<Self> {
        let name = kind.name();
        let script = format!("import {name}, importlib.metadata as m; print(m.version(\"{name}\"))");
        let version = python::output(python, &["-c", &script]).ok()?;
        Some(Self { kind, python: python.to_owned(), version })
    }

    /// Its figures, each with the name of moat's that it is held against.
    pub fn measure(
        &self,
        samples: usize,
        idle_after: Duration,
    ) -> Result<Vec<(&'static str, Figure)>, Failure> {
        let mut starts = Samples::default();
        for _ in 1..STARTS {
            starts.add(self.start()?.started_in);
        }
        let server = self.start()?;
        starts.add(server.started_in);
        std::thread::sleep(idle_after);
        let pid = i32::try_from(server.child.id()).unwrap_or(i32::MAX);
        let idle = Memory::of_all(with_descendants(&[pid]));
        let named = |what: &str| Figure::new(format!("{} {} {what}", self.kind.name(), self.version));
        let mut figures = vec![
            ("start, empty data directory", named("start").latency(&starts)),
            ("idle memory, all of moat", named("idle").memory(idle, 1)),
        ];
        shared::prepare(server.address)?;
        for call in &shared::CALLS {
            let samples = server.calls(samples, call.request)?;
            figures.push((call.own, named(call.name).latency(&samples)));
        }
        Ok(figures)
    }

    fn start(&self) -> Result<Server, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr());
        let address = listener.map_err(Failure::io("find a free port"))?;
        let begun = Instant::now();
        let child = self
            .kind
            .command(&self.python, address.port())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Failure::io(format!("start {}", self.kind.name())))?;
        let guard = Guard::new(Running::Process(i32::try_from(child.id()).unwrap_or(i32::MAX)));
        let mut server =
            Server { kind: self.kind, child, address, started_in: Duration::ZERO, _guard: guard };
        while Connection::open(address).is_err() {
            if begun.elapsed() > PATIENCE || !matches!(server.child.try_wait(), Ok(None)) {
                let what = format!("{} listens", self.kind.name());
                return Err(Failure::Late { what, seconds: PATIENCE.as_secs(), last: String::new() });
            }
            std::thread::sleep(POLL);
        }
        server.started_in = begun.elapsed();
        Ok(server)
    }
}

impl Server {
    /// Calls one after another; where each needs its connection, that is part of what it takes.
    fn calls(&self, count: usize, request: fn(&Caller, usize) -> Request) -> Result<Samples, Failure> {
        let signer = Caller::new(self.address)?;
        let open = || Connection::open(self.address).map_err(Failure::io("connect to an emulator"));
        let mut samples = Samples::default();
        let mut kept = open()?;
        for number in 0..count {
            let request = request(&signer, number);
            let begun = Instant::now();
            if self.kind == Kind::Moto {
                kept = open()?;
            }
            timed(&mut kept, &request)?;
            samples.add(begun.elapsed());
        }
        Ok(samples)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
