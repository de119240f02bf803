//! An environment that runs: how its programs end, when it is stopped and goes on, and how it is ended.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>

use crate::environments::Machine;
use netplane::{DataPlane, EnvironmentNet};
use runtime_api::{Dial, Gate, Known, Session, ShutdownReason};
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use svc_lambda::needs::{Exit, Pending, Process, StartError as NotStarted};
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// How long an environment has nothing to do before it is stopped: long enough that the next of a row of invocations
/// finds it running, short enough that code which goes on by itself gains nothing.
const BEFORE_FREEZING: Duration = Duration::from_millis(5);
/// How long the runtime and the extensions together have to end, by what kinds of extensions there are.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown>
const SHUTDOWN_INTERNAL: Duration = Duration::from_millis(500);
const SHUTDOWN_EXTERNAL: Duration = Duration::from_millis(2000);
/// How much of that the runtime has, after its SIGTERM.
const TERMINATION_INTERNAL: Duration = Duration::from_millis(300);
const TERMINATION_EXTERNAL: Duration = Duration::from_millis(500);
/// Between two looks at a line whose other end is gone, until the sandbox is.
const AFTER_NO_NEWS: Duration = Duration::from_millis(10);
/// How long a listener takes to be gone at most.
const UNSERVED_PATIENCE: Duration = Duration::from_secs(5);
const DIAL_PATIENCE: Duration = Duration::from_secs(1);

/// Reaches who listens inside an environment.
pub struct NamespaceDial {
    plane: Arc<dyn DataPlane>,
    netns: PathBuf,
}

impl NamespaceDial {
    pub fn new(plane: Arc<dyn DataPlane>, netns: PathBuf) -> Self {
        Self { plane, netns }
    }
}

impl Dial for NamespaceDial {
    fn dial(&self, port: u16) -> Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send + '_>> {
        let (plane, netns) = (self.plane.clone(), self.netns.clone());
        let to = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        Box::pin(async move {
            let dialled = tokio::task::spawn_blocking(move || plane.connect_in(&netns, to, DIAL_PATIENCE));
            let stream = dialled.await.map_err(io::Error::other)?.map_err(io::Error::other)??;
            stream.set_nonblocking(true)?;
            TcpStream::from_std(stream)
        })
    }
}

/// Lets an environment go on that has been stopped.
struct Frost {
    freezer: sandbox::Freezer,
    state: Mutex<Motion>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Motion {
    Goes,
    Stopped,
    /// It goes on to its end, and is not stopped again.
    Ends,
}

impl Frost {
    fn lock(&self) -> MutexGuard<'_, Motion> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops everything inside, if `may` says so while nobody can let it go on; whether it is stopped now.
    fn stop_if(&self, may: impl FnOnce() -> bool) -> bool {
        let mut state = self.lock();
        if *state == Motion::Goes && may() {
            match self.freezer.freeze() {
                Ok(()) => *state = Motion::Stopped,
                Err(error) => tracing::debug!(%error, "an environment was not stopped"),
            }
        }
        *state == Motion::Stopped
    }

    fn go_on(&self, from_now_on: Motion) {
        let mut state = self.lock();
        let before = *state;
        if before != Motion::Ends {
            *state = from_now_on;
        }
        if before == Motion::Stopped
            && let Err(error) = self.freezer.thaw()
        {
            tracing::debug!(%error, "an environment does not go on");
        }
    }
}

impl Gate for Frost {
    fn open(&self) {
        self.go_on(Motion::Goes);
    }
}

pub struct Running {
    machine: Arc<Machine>,
    net: EnvironmentNet,
    sandbox: Mutex<sandbox::Environment>,
    session: Session,
    frost: Arc<Frost>,
    /// The external extensions, in the order of their start.
    extensions: Vec<String>,
    /// How the runtime ended.
    exit: watch::Sender<Option<Exit>>,
    ends: watch::Sender<sandbox::Ends>,
    /// Whether nothing is left inside, and the network is given back.
    gone: watch::Sender<bool>,
}

impl Running {
    /// An environment whose ends are watched, and which is stopped while it has nothing to do.
    pub fn watched(
        machine: Arc<Machine>,
        net: EnvironmentNet,
        mut sandbox: sandbox::Environment,
        extensions: Vec<String>,
        session: Session,
    ) -> Result<Arc<Self>, NotStarted> {
        let failed = |error: sandbox::Error| not_started(error);
        let frost =
            Arc::new(Frost { freezer: sandbox.freezer().map_err(failed)?, state: Mutex::new(Motion::Goes) });
        let (pidfd, not_begun) = (sandbox.ended().try_clone_to_owned(), sandbox.not_started.take());
        let pidfd = pidfd.map_err(not_started)?;
        let news = if extensions.is_empty() { None } else { Some(sandbox.news().map_err(failed)?) };
        session.set_gate(frost.clone());
        let running = Arc::new(Self {
            machine,
            net,
            sandbox: Mutex::new(sandbox),
            session,
            frost,
            extensions,
            exit: watch::Sender::new(None),
            ends: watch::Sender::default(),
            gone: watch::Sender::new(false),
        });
        // Before anybody hears that the process which was to become it has ended.
        if let Some(failed) = not_begun {
            running.session.extension_not_started(&failed.name, failed.error_type, failed.reason);
        }
        tokio::spawn(running.clone().watch_end(watched(pidfd)?));
        if let Some(news) = news {
            tokio::spawn(running.clone().watch_news(watched(news)?));
            tokio::spawn(running.clone().begin());
        }
        tokio::spawn(running.clone().bound_cpu());
        tokio::spawn(running.clone().stop_when_idle());
        Ok(running)
    }

    fn sandbox(&self) -> MutexGuard<'_, sandbox::Environment> {
        self.sandbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the runtime when all external extensions have registered.
    async fn begin(self: Arc<Self>) {
        if self.session.extensions_registered().await.is_err() {
            return;
        }
        let begun = tokio::task::spawn_blocking(move || {
            let begun = self.sandbox().begin();
            if begun.is_err() {
                self.end();
            }
            begun
        });
        if let Ok(Err(error)) = begun.await {
            tracing::error!(%error, "start a runtime beside its extensions");
        }
    }

    /// Waits for the end of everything inside, and gives the network back.
    async fn watch_end(self: Arc<Self>, pidfd: AsyncFd<OwnedFd>) {
        let _ = pidfd.readable().await;
        let running = self.clone();
        let exit = tokio::task::spawn_blocking(move || running.end()).await;
        self.exited(exit.unwrap_or(Exit::Signal(0)));
        // The next environment in this namespace listens at the same address.
        self.session.close();
        if timeout(UNSERVED_PATIENCE, self.session.unserved()).await.is_err() {
            tracing::warn!(environment = self.net.name, "a runtime API goes on listening");
        }
        let running = self.clone();
        let released = tokio::task::spawn_blocking(move || running.machine.release(&running.net)).await;
        if let Err(error) = released {
            tracing::error!(%error, "release an environment's network");
        }
        self.gone.send_replace(true);
    }

    /// The first exit counts.
    fn exited(&self, exit: Exit) {
        self.exit.send_if_modified(|known| {
            let first = known.is_none();
            known.get_or_insert(exit);
            first
        });
    }

    /// Hears of programs that end while others live on.
    async fn watch_news(self: Arc<Self>, news: AsyncFd<OwnedFd>) {
        let mut gone = self.gone.subscribe();
        tokio::select! {
            _ = gone.wait_for(|gone| *gone) => {}
            () = self.hear_all(&news) => {}
        }
    }

    async fn hear_all(&self, news: &AsyncFd<OwnedFd>) {
        loop {
            let Ok(mut ready) = news.readable().await else { return };
            let ends = self.sandbox().ends().clone();
            let known = self.ends.send_replace(ends.clone());
            if ends == known {
                sleep(AFTER_NO_NEWS).await;
            }
            for (number, exit) in ends.beside.iter().skip(known.beside.len()) {
                let name = usize::try_from(*number).ok().and_then(|number| self.extensions.get(number));
                if let Some(name) = name {
                    self.session.extension_ended(name, told(*exit));
                }
            }
            if let Some(exit) = ends.program {
                let exhausted = self.sandbox().ran_out_of_memory();
                self.exited(if exhausted { Exit::OutOfMemory } else { of(exit) });
            }
            ready.clear_ready();
        }
    }

    /// Stops the environment whenever the runtime and all extensions have asked for an event and there is none.
    async fn stop_when_idle(self: Arc<Self>) {
        let mut gone = self.gone.subscribe();
        let stopping = async {
            while self.session.parked().await.is_ok() {
                let turns = self.session.turns();
                sleep(BEFORE_FREEZING).await;
                // What is being delivered inside is not cut off, and another event may have come.
                if self.frost.stop_if(|| self.session.may_stop(turns)) {
                    let _ = self.session.next_turn(turns).await;
                }
            }
        };
        tokio::select! {
            _ = gone.wait_for(|gone| *gone) => {}
            () = stopping => {}
        }
    }

    /// Ends everything inside, if it has not ended; how the runtime ended.
    fn end(&self) -> Exit {
        let mut sandbox = self.sandbox();
        let exit = sandbox.kill();
        match exit {
            _ if sandbox.ran_out_of_memory() => Exit::OutOfMemory,
            Ok(Some(exit)) => of(exit),
            Ok(None) => Exit::Signal(0),
            Err(error) => {
                tracing::error!(%error, "end a sandbox");
                Exit::Signal(0)
            }
        }
    }

    /// Gives the runtime and the extensions their time to end, as far as there are extensions.
    async fn shut_down(&self, reason: ShutdownReason) {
        let extensions = self.session.extensions();
        if extensions.is_empty() {
            return;
        }
        let external = extensions.iter().any(|extension| extension.external);
        let (whole, of_runtime) = match external {
            true => (SHUTDOWN_EXTERNAL, TERMINATION_EXTERNAL),
            false => (SHUTDOWN_INTERNAL, TERMINATION_INTERNAL),
        };
        let deadline = Instant::now() + whole;
        let told = self.machine.clock.now().plus_ms(i64::try_from(whole.as_millis()).unwrap_or(i64::MAX));
        self.frost.go_on(Motion::Ends);
        self.terminate(of_runtime).await;
        self.session.shutdown(reason, told);
        self.kill_deaf(&extensions);
        let mut ends = self.ends.subscribe();
        let mut gone = self.gone.subscribe();
        let count = self.extensions.len();
        let _ = tokio::time::timeout_at(deadline, async {
            tokio::select! {
                _ = ends.wait_for(|ends| ends.beside.len() >= count) => {}
                _ = gone.wait_for(|gone| *gone) => {}
            }
        })
        .await;
    }

    /// SIGTERM, and SIGKILL when it was not heeded.
    async fn terminate(&self, patience: Duration) {
        let mut exit = self.exit.subscribe();
        if exit.borrow().is_some() || self.sandbox().terminate().is_err() {
            return;
        }
        if timeout(patience, exit.wait_for(Option::is_some)).await.is_err()
            && let Err(error) = self.sandbox().kill_runtime()
        {
            tracing::debug!(%error, "kill a runtime");
        }
    }

    /// Extensions that do not want to hear of the end have nothing to do any more.
    fn kill_deaf(&self, extensions: &[Known]) {
        for (number, extension) in (0..).zip(extensions.iter().filter(|extension| extension.external)) {
            if !extension.awaits_shutdown()
                && let Err(error) = self.sandbox().kill_extension(number)
            {
                tracing::debug!(%error, "kill an extension");
            }
        }
    }

    /// As on AWS, initialisation has the whole processor; what follows has the share that its memory buys.
    async fn bound_cpu(self: Arc<Self>) {
        if self.session.ready().await.is_err() {
            return;
        }
        if let Err(error) = self.sandbox().initialised() {
            tracing::warn!(%error, "bound an environment's processor time");
        }
    }
}

fn of(exit: sandbox::Exit) -> Exit {
    match exit {
        sandbox::Exit::Code(code) => Exit::Status(code),
        sandbox::Exit::Signal(signal) => Exit::Signal(signal),
    }
}

/// As AWS says how a program beside the runtime ended.
fn told(exit: sandbox::Exit) -> String {
    match exit {
        sandbox::Exit::Code(0) => "exit code 0".to_owned(),
        sandbox::Exit::Code(code) => format!("exit status {code}"),
        sandbox::Exit::Signal(signal) => format!("signal: {}", svc_lambda::needs::signal_name(signal)),
    }
}

fn not_started(error: impl std::fmt::Display) -> NotStarted {
    NotStarted::Step { step: "watch".to_owned(), reason: error.to_string() }
}

#[expect(
    deprecated,
    reason = "its successor is unsafe, and an owned descriptor is what makes this one sound"
)]
fn watched(descriptor: OwnedFd) -> Result<AsyncFd<OwnedFd>, NotStarted> {
    AsyncFd::new(descriptor).map_err(not_started)
}

/// What Lambda holds of a running environment.
pub struct Handle(pub Arc<Running>);

impl Process for Handle {
    fn kill(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            let running = self.0.clone();
            let _ = tokio::task::spawn_blocking(move || running.end()).await;
            let _ = self.0.gone.subscribe().wait_for(|gone| *gone).await;
        })
    }

    fn shut_down(&self, reason: ShutdownReason) -> Pending<'_, ()> {
        Box::pin(async move {
            self.0.shut_down(reason).await;
            self.kill().await;
        })
    }

    fn exited(&self) -> Pending<'_, Exit> {
        let mut exit = self.0.exit.subscribe();
        Box::pin(async move {
            match exit.wait_for(Option::is_some).await {
                Ok(exit) => exit.unwrap_or(Exit::Signal(0)),
                Err(_) => Exit::Signal(0),
            }
        })
    }

    fn max_memory_used(&self) -> Option<u64> {
        self.0.sandbox().peak_memory_mb().map(|mb| u64::from(mb) << 20)
    }
}
