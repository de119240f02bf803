//! Makes environments, all from one thread: an environment dies with the thread that made it, and that thread lives
//! exactly as long as the launcher.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jail::sandbox::{Allowance, Builder, MemoryGuard, Program, Sandbox, SandboxSpec};

use crate::environment::{Environment, EnvironmentSpec};
use crate::furniture;
use crate::python::Interpreter;
use crate::runtime::{Resolved, Runtime};
use crate::variables::variables;

/// Open files and, together, processes and threads that a function may have.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#function-configuration-deployment-and-execution>
const MAX_OPEN_FILES: u64 = 1024;
const MAX_TASKS: u64 = 1024;
/// How often the memory of each environment is looked at.
const GUARD_INTERVAL: Duration = Duration::from_millis(50);

/// Why there is no environment.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be locked up, waited for or killed.
    #[error(transparent)]
    Sandbox(#[from] jail::sandbox::Error),
    /// The machine has nothing that runs the code.
    #[error("nothing on this machine runs `{0}`")]
    NoInterpreter(Runtime),
    /// Neither the code nor a layer has a `bootstrap`, which a provided runtime is.
    #[error("couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")]
    NoBootstrap,
    /// No thread could be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// The launcher's thread is gone.
    #[error("the launcher has stopped")]
    Stopped,
}

struct Order {
    spec: Box<SandboxSpec>,
    reply: Sender<Result<Sandbox, jail::sandbox::Error>>,
}

/// Makes environments; there is one for a daemon.
#[derive(Debug)]
pub struct Launcher {
    interpreters: Vec<Interpreter>,
    bounds: &'static str,
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    guards: Option<Sender<MemoryGuard>>,
    guard_thread: Option<JoinHandle<()>>,
}

impl Launcher {
    /// Finds what this machine has and starts the threads. `state_dir` is the world's; control groups are named
    /// after it, so that two moats on one machine do not meet.
    ///
    /// Errors: the state directory cannot be written, or no thread can be started.
    pub fn new(state_dir: &Path) -> Result<Launcher, Error> {
        let builder = Builder::new(state_dir, &group_name(state_dir))?;
        let bounds = builder.bounds();
        let (orders, incoming) = mpsc::channel();
        let (guards, guarded) = mpsc::channel();
        let start = |name: &str, body: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.to_owned()).spawn(body).map_err(Error::Thread)
        };
        Ok(Launcher {
            interpreters: Interpreter::find(),
            bounds,
            orders: Some(orders),
            thread: Some(start("sandbox-parent", Box::new(move || build_all(&builder, &incoming)))?),
            guards: Some(guards),
            guard_thread: Some(start("sandbox-memory", Box::new(move || guard_all(&guarded)))?),
        })
    }

    /// The runtimes that can run here, and what stands for each.
    pub fn runtimes(&self) -> Vec<Resolved> {
        Runtime::all().filter_map(|runtime| runtime.resolve(&self.interpreters)).collect()
    }

    /// What bounds memory, tasks and processor time on this machine, in words.
    pub fn bounds(&self) -> &'static str {
        self.bounds
    }

    /// Makes an environment and starts its runtime. Blocks for some milliseconds.
    ///
    /// Errors: see [`Error`]; nothing is then left.
    pub fn launch(&self, spec: &EnvironmentSpec) -> Result<Environment, Error> {
        let began = Instant::now();
        let resolved = spec.runtime.resolve(&self.interpreters).ok_or(Error::NoInterpreter(spec.runtime))?;
        let order = Box::new(sandbox(spec, &resolved)?);
        let prepared = began.elapsed();
        let (reply, answer) = mpsc::channel();
        let orders = self.orders.as_ref().ok_or(Error::Stopped)?;
        orders.send(Order { spec: order, reply }).map_err(|_| Error::Stopped)?;
        let mut sandbox = answer.recv().map_err(|_| Error::Stopped)??;
        if let Some(guards) = &self.guards {
            guards.send(sandbox.memory_guard()?).map_err(|_| Error::Stopped)?;
        }
        Ok(Environment {
            id: spec.id.clone(),
            output: sandbox.output.take(),
            trace: trace(&sandbox, prepared, began.elapsed()),
            warning: resolved.warning,
            sandbox,
            memory_mb: spec.memory_mb,
        })
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        // The threads end when nobody can ask them for anything any more.
        drop((self.orders.take(), self.guards.take()));
        for thread in [self.thread.take(), self.guard_thread.take()].into_iter().flatten() {
            thread.join().ok();
        }
    }
}

fn build_all(builder: &Builder, orders: &Receiver<Order>) {
    for Order { spec, reply } in orders {
        // Whoever asked may be gone; then the sandbox is dropped, and so killed.
        reply.send(builder.build(&spec)).ok();
    }
}

fn guard_all(arriving: &Receiver<MemoryGuard>) {
    let mut guards: Vec<MemoryGuard> = Vec::new();
    let mut looked = Instant::now();
    loop {
        let next = match guards.is_empty() {
            true => arriving.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            false => arriving.recv_timeout(GUARD_INTERVAL),
        };
        match next {
            Ok(guard) => guards.push(guard),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
        // By the clock, since environments may keep arriving in shorter intervals.
        if looked.elapsed() >= GUARD_INTERVAL {
            guards.retain(MemoryGuard::look);
            looked = Instant::now();
        }
    }
}

fn sandbox(spec: &EnvironmentSpec, resolved: &Resolved) -> Result<SandboxSpec, Error> {
    let entrypoint = furniture::entrypoint(spec, resolved).ok_or(Error::NoBootstrap)?;
    Ok(SandboxSpec {
        name: spec.id.clone(),
        host_name: "sandbox".to_owned(),
        network: spec.netns.clone(),
        root: furniture::root(spec, resolved),
        program: Some(Program {
            path: entrypoint.program,
            args: entrypoint.args.into_iter().map(Into::into).collect(),
            env: variables(spec),
            cwd: PathBuf::from("/var/task"),
        }),
        allowance: Allowance {
            memory_bytes: u64::from(spec.memory_mb) << 20,
            scratch_bytes: u64::from(spec.tmp_mb) << 20,
            tasks: MAX_TASKS,
        },
        open_files: MAX_OPEN_FILES,
    })
}

/// The jail's steps, before them the preparation, and after them what the threads' hand-over took.
fn trace(sandbox: &Sandbox, prepared: Duration, whole: Duration) -> Vec<(&'static str, u64)> {
    let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let steps = sandbox.trace.0.iter().map(|(step, duration)| (step.name(), micros(*duration)));
    let rest = whole.saturating_sub(prepared).saturating_sub(sandbox.trace.total());
    std::iter::once(("prepare", micros(prepared))).chain(steps).chain([("hand_over", micros(rest))]).collect()
}

/// One word for a directory; it need only differ between directories of this machine.
fn group_name(state_dir: &Path) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    state_dir.hash(&mut hasher);
    format!("moat-{:016x}", hasher.finish())
}
