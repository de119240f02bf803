//! moto's server, when it is there: the emulator that people use without a container. It keeps
//! everything in memory and enforces nothing, and it answers one request per connection.
//! <https://docs.getmoto.org/en/latest/docs/server_mode.html>

use crate::caller::{Caller, Request, timed};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::interrupt::{Guard, Running};
use crate::memory::{Memory, with_descendants};
use crate::python;
use crate::report::Figure;
use crate::samples::Samples;
use crate::stack::IAM;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STARTS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(1);

pub struct Moto {
    python: PathBuf,
    version: String,
}

/// What moto gave, to be held against moat's.
pub struct MotoFigures {
    pub start: Figure,
    pub idle: Figure,
    pub identity: Figure,
    pub create_user: Figure,
}

struct Server {
    child: Child,
    address: SocketAddr,
    started_in: Duration,
    _guard: Guard,
}

impl Moto {
    /// `None` when this interpreter cannot import it.
    pub fn find(python: &Path) -> Option<Self> {
        let script = "import moto, moto.server; print(moto.__version__)";
        let version = python::output(python, &["-c", script]).ok()?;
        Some(Self { python: python.to_owned(), version })
    }

    pub fn measure(&self, samples: usize, idle_after: Duration) -> Result<MotoFigures, Failure> {
        let mut starts = Samples::default();
        for _ in 1..STARTS {
            starts.add(self.start()?.started_in);
        }
        let server = self.start()?;
        starts.add(server.started_in);
        std::thread::sleep(idle_after);
        let pid = i32::try_from(server.child.id()).unwrap_or(i32::MAX);
        let idle = Memory::of_all(with_descendants(&[pid]));
        let identity =
            server.calls(samples, |caller, _| caller.query("sts", "2011-06-15", "GetCallerIdentity", &[]))?;
        let create_user = server.calls(samples, |caller, number| {
            caller.query(IAM.0, IAM.1, "CreateUser", &[("UserName", &format!("moto-{number}"))])
        })?;
        let named = |what: &str| Figure::new(format!("moto {} {what}", self.version));
        Ok(MotoFigures {
            start: named("start").latency(&starts),
            idle: named("idle").memory(idle, 1),
            identity: named("GetCallerIdentity").latency(&identity),
            create_user: named("CreateUser, in memory").latency(&create_user),
        })
    }

    fn start(&self) -> Result<Server, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr());
        let address = listener.map_err(Failure::io("find a free port"))?;
        let begun = Instant::now();
        let child = Command::new(&self.python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Failure::io("start moto"))?;
        let guard = Guard::new(Running::Process(i32::try_from(child.id()).unwrap_or(i32::MAX)));
        let mut server = Server { child, address, started_in: Duration::ZERO, _guard: guard };
        while Connection::open(address).is_err() {
            if begun.elapsed() > PATIENCE || !matches!(server.child.try_wait(), Ok(None)) {
                let what = "moto listens".to_owned();
                return Err(Failure::Late { what, seconds: PATIENCE.as_secs(), last: String::new() });
            }
            std::thread::sleep(POLL);
        }
        server.started_in = begun.elapsed();
        Ok(server)
    }
}

impl Server {
    /// Calls one after another, each with its connection, which is part of what it takes.
    fn calls(&self, count: usize, request: impl Fn(&Caller, usize) -> Request) -> Result<Samples, Failure> {
        let signer = Caller::new(self.address)?;
        let mut samples = Samples::default();
        for number in 0..count {
            let request = request(&signer, number);
            let begun = Instant::now();
            let mut connection = Connection::open(self.address).map_err(Failure::io("connect to moto"))?;
            timed(&mut connection, &request)?;
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
