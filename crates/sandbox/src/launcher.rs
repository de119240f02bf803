//! Makes environments, all from one thread: an environment dies with the thread that made it, and that thread lives
//! exactly as long as the launcher.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jail::sandbox::{Allowance, Builder, MemoryGuard, Program, Root, Sandbox, SandboxSpec};

use crate::blank::{self, Blank, BlankSpec, Kind, Maker, PutToUse};
use crate::environment::{Environment, EnvironmentSpec, Waiting};
use crate::extensions;
use crate::furniture;
use crate::interpreters::Interpreters;
use crate::runtime::{Resolved, Runtime};
use crate::variables::variables;

/// Open files and, together, processes and threads that a function may have.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#function-configuration-deployment-and-execution>
pub(crate) const MAX_OPEN_FILES: u64 = 1024;
pub(crate) const MAX_TASKS: u64 = 1024;
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
    /// A program that waited has gone.
    #[error("cannot hand the function over")]
    HandOver(#[source] std::io::Error),
    /// The file that names the resolver cannot be written.
    #[error("cannot write the resolver's name")]
    Resolver(#[source] std::io::Error),
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

struct BlankOrder {
    spec: BlankSpec,
    reply: Sender<Result<Blank, Error>>,
}

/// Makes environments; there is one for a daemon.
#[derive(Debug)]
pub struct Launcher {
    interpreters: Arc<Interpreters>,
    bounds: &'static str,
    resolvers: PathBuf,
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    blanks: Option<Sender<BlankOrder>>,
    blank_thread: Option<JoinHandle<()>>,
    guards: Option<Sender<MemoryGuard>>,
    guard_thread: Option<JoinHandle<()>>,
}

impl Launcher {
    /// Finds what this machine has and starts the threads. `state_dir` is the world's; control groups are named
    /// after it, so that two moats on one machine do not meet.
    ///
    /// Errors: the state directory cannot be written, or no thread can be started.
    pub fn new(state_dir: &Path) -> Result<Launcher, Error> {
        let builder = Arc::new(Builder::new(state_dir, &group_name(state_dir))?);
        let resolvers = state_dir.join("resolvers");
        std::fs::create_dir_all(&resolvers).map_err(Error::Resolver)?;
        let interpreters = Arc::new(Interpreters::find());
        let (for_blanks, known) = (Arc::clone(&builder), Arc::clone(&interpreters));
        let bounds = builder.bounds();
        let (orders, incoming) = mpsc::channel();
        let (blanks, coming) = mpsc::channel();
        let (guards, guarded) = mpsc::channel();
        let start = |name: &str, body: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.to_owned()).spawn(body).map_err(Error::Thread)
        };
        Ok(Launcher {
            interpreters,
            bounds,
            resolvers,
            blanks: Some(blanks),
            blank_thread: Some(start(
                "sandbox-blanks",
                Box::new(move || make_all(&for_blanks, &known, &coming)),
            )?),
            orders: Some(orders),
            thread: Some(start("sandbox-parent", Box::new(move || build_all(&builder, &incoming)))?),
            guards: Some(guards),
            guard_thread: Some(start("sandbox-memory", Box::new(move || guard_all(&guarded)))?),
        })
    }

    /// The runtimes that can run here, and what stands for each.
    pub fn runtimes(&self) -> Vec<Resolved> {
        Runtime::all().filter_map(|runtime| self.interpreters.resolve(runtime)).collect()
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
        let resolved = self.interpreters.resolve(spec.runtime).ok_or(Error::NoInterpreter(spec.runtime))?;
        let order = Box::new(sandbox(spec, &resolved)?);
        let prepared = began.elapsed();
        let (reply, answer) = mpsc::channel();
        let orders = self.orders.as_ref().ok_or(Error::Stopped)?;
        orders.send(Order { spec: order, reply }).map_err(|_| Error::Stopped)?;
        let mut sandbox = answer.recv().map_err(|_| Error::Stopped)??;
        let trace = trace(&sandbox, prepared, began.elapsed());
        let mut used = PutToUse { trace, not_started: None, waiting: None };
        if !spec.extensions.is_empty() {
            sandbox.allow(u64::from(spec.memory_mb) << 20, u64::from(spec.tmp_mb) << 20)?;
            used.not_started = extensions::start(&mut sandbox, spec);
            used.waiting = Some(Waiting::Program(program(spec, &resolved)?));
        }
        self.environment(spec, resolved, sandbox, used)
    }

    /// The kind of blank that would serve this runtime, if the function sets no unusual variables.
    pub fn kind(&self, runtime: Runtime) -> Option<Kind> {
        blank::kind(&self.interpreters.resolve(runtime)?, &[])
    }

    /// The kind of blank that serves this function; `None` when it needs an environment made for it alone.
    pub fn kind_for(&self, spec: &EnvironmentSpec) -> Option<Kind> {
        blank::kind(&self.interpreters.resolve(spec.runtime)?, &variables(spec))
    }

    /// Makes an environment ahead of need. Blocks for some milliseconds, and longer for the first of a kind.
    ///
    /// Errors: see [`Error`]; nothing is then left.
    pub fn blank(&self, spec: BlankSpec) -> Result<Blank, Error> {
        let (reply, answer) = mpsc::channel();
        let blanks = self.blanks.as_ref().ok_or(Error::Stopped)?;
        blanks.send(BlankOrder { spec, reply }).map_err(|_| Error::Stopped)?;
        answer.recv().map_err(|_| Error::Stopped)?
    }

    /// Makes a blank the environment of a function, whose network namespace must be the blank's. Takes a fraction of
    /// a millisecond.
    ///
    /// Errors: see [`Error`]; the blank is gone then.
    pub fn launch_in(&self, mut blank: Blank, spec: &EnvironmentSpec) -> Result<Environment, Error> {
        let resolved = self.interpreters.resolve(spec.runtime).ok_or(Error::NoInterpreter(spec.runtime))?;
        let program = program(spec, &resolved)?;
        let resolver = self.resolver(&furniture::resolv_conf(spec))?;
        let used = blank::put_to_use(&mut blank, spec, resolver, program)?;
        self.environment(spec, resolved, blank.sandbox, used)
    }

    fn environment(
        &self,
        spec: &EnvironmentSpec,
        resolved: Resolved,
        mut sandbox: Sandbox,
        used: PutToUse,
    ) -> Result<Environment, Error> {
        if let Some(guards) = &self.guards {
            guards.send(sandbox.memory_guard()?).map_err(|_| Error::Stopped)?;
        }
        Ok(Environment {
            id: spec.id.clone(),
            output: sandbox.output.take(),
            extension_output: sandbox.output_beside.take().filter(|_| !spec.extensions.is_empty()),
            not_started: used.not_started,
            trace: used.trace,
            warning: resolved.warning,
            sandbox,
            memory_mb: spec.memory_mb,
            waiting: used.waiting,
        })
    }

    /// A file of this text, written once.
    fn resolver(&self, text: &str) -> Result<PathBuf, Error> {
        let file = self.resolvers.join(format!("{:016x}", hash(text)));
        if !file.exists() {
            let draft = file.with_extension(format!("{:016x}", hash(thread::current().id())));
            std::fs::write(&draft, text).map_err(Error::Resolver)?;
            std::fs::rename(&draft, &file).map_err(Error::Resolver)?;
        }
        Ok(file)
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        // The threads end when nobody can ask them for anything any more.
        drop((self.orders.take(), self.blanks.take(), self.guards.take()));
        let threads = [self.thread.take(), self.blank_thread.take(), self.guard_thread.take()];
        for thread in threads.into_iter().flatten() {
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

fn make_all(builder: &Builder, interpreters: &Interpreters, orders: &Receiver<BlankOrder>) {
    let mut maker = Maker::new(builder, interpreters);
    for BlankOrder { spec, reply } in orders {
        reply.send(maker.make(&spec)).ok();
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
    let program = program(spec, resolved)?;
    let root = furniture::root(spec, resolved);
    // What has extensions starts them first.
    let program = spec.extensions.is_empty().then_some(program);
    Ok(sandbox_spec(spec.id.clone(), spec.netns.clone(), root, program, spec.memory_mb, spec.tmp_mb))
}

fn program(spec: &EnvironmentSpec, resolved: &Resolved) -> Result<Program, Error> {
    let entrypoint = furniture::entrypoint(spec, resolved).ok_or(Error::NoBootstrap)?;
    Ok(Program {
        path: entrypoint.program,
        args: entrypoint.args.into_iter().map(Into::into).collect(),
        env: variables(spec),
        cwd: PathBuf::from("/var/task"),
    })
}

pub(crate) fn sandbox_spec(
    name: String,
    network: PathBuf,
    root: Root,
    program: Option<Program>,
    memory_mb: u32,
    tmp_mb: u32,
) -> SandboxSpec {
    let allowance = Allowance {
        memory_bytes: u64::from(memory_mb) << 20,
        scratch_bytes: u64::from(tmp_mb) << 20,
        tasks: MAX_TASKS,
    };
    let host_name = "sandbox".to_owned();
    SandboxSpec { name, host_name, network, root, program, allowance, open_files: MAX_OPEN_FILES }
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
    format!("moat-{:016x}", hash(state_dir))
}

fn hash(value: impl std::hash::Hash) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
