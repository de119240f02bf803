//! Cold starts: credentials, code, the environment itself, and its initialisation.

use super::cold_start::ColdStart;
use super::failure::{self, Failure};
use super::journal::Journal;
use super::live::{Live, Parts};
use super::log_writer::LogWriter;
use super::output::Output;
use super::platform::{InitOutcome, InitStart, Platform};
use super::variables::{Initialization, Stage, variables};
use crate::lambda::Lambda;
use crate::model::{Function, Runtime, Serving, Settings};
use crate::needs::{Environment, Network, RoleCredentials, StartEnvironment, StartError, Step};
use crate::{error, quota, render};
use base::Arn;
use runtime_api::{Fact, FunctionError, InvokeError, Phase, ShutdownReason, Status};
use service::ServiceError;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Lines that may wait before the runtime's output is written out, which slows the function
/// down instead of filling the memory.
const PENDING_LINES: usize = 1000;

/// An environment that has been started.
pub struct Started {
    pub live: Arc<Live>,
    pub init: Init,
}

/// What an environment sees at `/var/task` and `/opt`.
struct Seen {
    code: PathBuf,
    layers: Option<PathBuf>,
}

/// How the initialisation went.
pub enum Init {
    Done(Duration),
    /// Longer than it may take: the environment was ended.
    TimedOut,
    Failed(Failure),
}

impl Lambda {
    /// Starts an environment for what the function serves, waits for its initialisation, and ends it when that
    /// fails. A second attempt follows one that has failed (`again`): it goes on in the same log, and its
    /// initialisation is part of the invocation that follows.
    pub(super) async fn start(
        &self,
        function: &Function,
        serving: &Serving,
        request_id: &str,
        initialization: Initialization,
        again: Option<&Live>,
    ) -> Result<Started, ServiceError> {
        let mut steps = Steps::begin();
        let credentials = self.assume(function, &serving.settings).await?;
        steps.done("credentials");
        let code = self.unpacked_code(&serving.settings).await?;
        let layers = self.unpacked_layers(&serving.settings).await?;
        steps.done("code");
        let seen = Seen { code, layers };
        let (live, mut sandbox_steps) =
            self.start_live(function, serving, credentials, seen, (initialization, again)).await?;
        steps.of_sandbox(&mut sandbox_steps);
        self.pools.add(Arc::clone(&live));
        self.watch(&live);
        if again.is_some() {
            return Ok(Started { live, init: Init::Done(Duration::ZERO) });
        }
        let init = initialise(&live, request_id, INIT_TIME, (initialization, Phase::Init)).await;
        steps.done("init");
        if matches!(init, Init::Done(_)) {
            let trace = ColdStart {
                environment: live.id.clone(),
                at: self.needs.clock.now(),
                steps: steps.into_steps(),
            };
            self.cold_starts.add(&live.function_key, trace);
        } else {
            live.fails(if matches!(init, Init::TimedOut) {
                ShutdownReason::Timeout
            } else {
                ShutdownReason::Failure
            });
            self.end(&live).await;
        }
        Ok(Started { live, init })
    }

    async fn assume(
        &self,
        function: &Function,
        settings: &Settings,
    ) -> Result<RoleCredentials, ServiceError> {
        let role: &Arn = &settings.role;
        self.needs.credentials.assume(role, &function.name, &function.named().arn()).await.map_err(
            |refused| {
                tracing::warn!(error = %refused, function = %function.arn(), "no credentials for a function");
                error::role_no_longer_assumable()
            },
        )
    }

    /// The directory of the package, unpacked again when it is gone.
    pub(crate) async fn unpacked_code(&self, settings: &Settings) -> Result<PathBuf, ServiceError> {
        if let Some(path) = &settings.code.directory {
            return self.open_directory(path);
        }
        let digest = settings.code.digest.clone();
        if let Some(path) = self.unpacked.find(&digest) {
            return Ok(path);
        }
        let lambda = self.clone();
        let unpacking = tokio::task::spawn_blocking(move || {
            let bytes = lambda.store.blob(&digest).map_err(ServiceError::internal)?;
            lambda.unpacked.unpack(&digest, &bytes).map_err(ServiceError::internal)
        });
        unpacking.await.map_err(ServiceError::internal)?
    }

    async fn start_live(
        &self,
        function: &Function,
        serving: &Serving,
        credentials: RoleCredentials,
        seen: Seen,
        (initialization, again): (Initialization, Option<&Live>),
    ) -> Result<(Arc<Live>, Vec<Step>), ServiceError> {
        let settings = &serving.settings;
        let id = self.needs.ids.hex(32);
        let stream = || log_stream(self.needs.clock.now(), &function.version_name(), &id);
        let stream = again.map_or_else(stream, |live| live.logs.stream().to_owned());
        let wanted = StartEnvironment {
            id: id.clone(),
            scope: function.scope.clone(),
            function_name: function.name.clone(),
            version: function.version_name(),
            runtime: settings.runtime.clone(),
            code: seen.code,
            layers: seen.layers,
            env: variables(
                function,
                settings,
                &Stage { log_stream: &stream, credentials: &credentials, initialization },
                self.config.ca_bundle.as_deref(),
            ),
            memory_mb: settings.memory_mb,
            ephemeral_storage_mb: settings.ephemeral_storage_mb,
            network: network(serving, &id),
        };
        let started = self.needs.environments.start(wanted).await;
        let Environment { session, output, extension_output, warning, process, steps } =
            started.map_err(|failed| {
                tracing::error!(error = %failed, function = %function.arn(), "an environment did not start");
                match &failed {
                    StartError::RuntimeMissing(runtime) => error::runtime_missing(runtime),
                    _ => error::service_exception(),
                }
            })?;
        let journal = Arc::new(Journal::new(Arc::clone(&self.needs.clock), settings.log_format));
        let phase = if again.is_some() { Phase::Invoke } else { Phase::Init };
        let start = Platform::InitStart(InitStart {
            initialization: initialization.as_str(),
            runtime_version: Runtime::family_and_version(&settings.runtime),
            runtime_version_arn: render::runtime_version_arn(&function.scope.region, &settings.runtime),
            function_name: &function.name,
            function_version: &function.version_name(),
            instance_id: &stream,
            memory_mb: settings.memory_mb,
        });
        // The second attempt goes on in the log of the first.
        if again.is_none() {
            journal.platform(&start);
        }
        journal.tell(session.clone());
        session.say(|| Fact::InitStart {
            initialization_type: initialization.as_str(),
            phase,
            runtime_version: Runtime::family_and_version(&settings.runtime),
            runtime_version_arn: render::runtime_version_arn(&function.scope.region, &settings.runtime),
            function_name: function.name.clone(),
            function_version: function.version_name(),
            instance_id: stream.clone(),
            memory_mb: settings.memory_mb,
        });
        if let Some(warning) = warning {
            journal.platform(&Platform::Warning(&warning));
        }
        let output = Output::of(output).map_err(ServiceError::internal)?;
        let extension_output = extension_output.map(Output::of_extensions);
        let extension_output = extension_output.transpose().map_err(ServiceError::internal)?;
        let logs = LogWriter::new(
            self.needs.clone(),
            function.scope.clone(),
            settings.role.clone(),
            function.log_group(settings),
            stream,
            Arc::clone(&journal),
        );
        let live = Arc::new(Live::new(Parts {
            id,
            function_key: store::Table::key(function),
            generation: serving.generation.clone(),
            version: function.version_name(),
            session,
            process,
            journal,
            output,
            extension_output,
            logs,
            memory_mb: settings.memory_mb,
            credentials_expire: credentials.expires,
        }));
        tokio::spawn(pump(Arc::clone(&live), |live| Some(&live.output)));
        if live.extension_output.is_some() {
            tokio::spawn(pump(Arc::clone(&live), |live| live.extension_output.as_ref()));
        }
        Ok((live, steps))
    }

    /// Ends an environment whose process has ended by itself.
    fn watch(&self, live: &Arc<Live>) {
        let (lambda, live) = (self.clone(), Arc::clone(live));
        tokio::spawn(async move {
            live.process.exited().await;
            live.retire();
            live.fails(ShutdownReason::Failure);
            // An invocation that runs in it says first how it ended.
            let _turn = live.turn.lock().await;
            lambda.end(&live).await;
        });
    }

    pub(super) async fn end(&self, live: &Live) {
        live.end().await;
        self.pools.remove(live);
    }
}

/// One interface for each subnet: environments are spread over them.
fn network(serving: &Serving, id: &str) -> Network {
    let number = id.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let count = serving.interfaces.len();
    let chosen = number.checked_rem(count).and_then(|at| serving.interfaces.get(at));
    chosen.map_or(Network::Internet, |interface| Network::Interface(interface.clone()))
}

/// `YYYY/MM/DD/[$LATEST]hex`.
fn log_stream(now: base::Timestamp, version: &str, id: &str) -> String {
    let date = now.to_utc().date();
    format!("{:04}/{:02}/{:02}/[{version}]{id}", date.year(), u8::from(date.month()), date.day())
}

/// Waits for the initialisation, and tells how it went.
pub(super) async fn initialise(
    live: &Live,
    request_id: &str,
    init_time: Duration,
    (initialization, phase): (Initialization, Phase),
) -> Init {
    let begun = Instant::now();
    let init = tokio::select! {
        biased;
        ready = initialised(live, initialization, phase) => match ready {
            Ok(()) => Init::Done(begun.elapsed()),
            Err(InvokeError::InitFailed(error)) => Init::Failed(init_failure(error)),
            Err(InvokeError::ExtensionFailed(ended)) => Init::Failed(failure::extension(request_id, &ended)),
            Err(_) => Init::Failed(failure::exited(request_id, live.process.exited().await)),
        },
        exit = live.process.exited() => Init::Failed(failure::exited(request_id, exit)),
        () = tokio::time::sleep(init_time) => Init::TimedOut,
    };
    report_init(live, (initialization, phase), &init, begun.elapsed());
    init
}

pub(super) fn init_failure(error: FunctionError) -> Failure {
    Failure { body: error.body, line: None, status: "error", error_type: error.error_type }
}

/// Waits for the runtime and all extensions, and tells of both.
async fn initialised(live: &Live, initialization: Initialization, phase: Phase) -> Result<(), InvokeError> {
    let initialization_type = initialization.as_str();
    let done = live.session.runtime_parked().await.is_ok();
    if done {
        let status = Status::Success;
        live.session.say(|| Fact::InitRuntimeDone { initialization_type, phase, status, error_type: None });
    }
    let ready = live.session.ready().await;
    // What was written until now comes before what follows, and into no invocation's log's end.
    live.drain();
    for line in live.session.extension_lines() {
        live.journal.platform(&Platform::Extension(&line));
    }
    ready
}

fn report_init(live: &Live, (initialization, phase): (Initialization, Phase), init: &Init, took: Duration) {
    // Also of what has failed.
    live.drain();
    let (status, error_type) = match init {
        Init::Done(_) => (Status::Success, None),
        Init::TimedOut => (Status::Timeout, None),
        Init::Failed(failure) => (Status::Error, failure.error_type.clone()),
    };
    let initialization_type = initialization.as_str();
    if status != Status::Success {
        let error_type = error_type.clone();
        live.session.say(|| Fact::InitRuntimeDone { initialization_type, phase, status, error_type });
    }
    live.session.say(|| Fact::InitReport { initialization_type, phase, status, error_type, duration: took });

    let outcome = match init {
        Init::Done(_) => InitOutcome::Success,
        Init::TimedOut => InitOutcome::TimedOut,
        Init::Failed(failure) => InitOutcome::Failed(failure),
    };
    let phase = phase.as_str();
    live.journal.platform(&Platform::InitDone {
        initialization: initialization.as_str(),
        phase,
        took,
        outcome,
    });
}

/// Brings the runtime's output into the journal, and writes it out when much of it waits.
async fn pump(live: Arc<Live>, output: fn(&Live) -> Option<&Output>) {
    let Some(output) = output(&live) else { return };
    while let Some(waiting) = output.next(&live.journal).await {
        if waiting >= PENDING_LINES {
            live.logs.flush().await;
        }
    }
    live.logs.flush().await;
}

/// The steps of a start, each measured from the end of the one before.
struct Steps {
    since: Instant,
    steps: Vec<Step>,
}

impl Steps {
    fn begin() -> Self {
        Self { since: Instant::now(), steps: Vec::new() }
    }

    fn done(&mut self, name: &str) {
        let now = Instant::now();
        self.steps.push(Step { name: name.to_owned(), took: now - self.since });
        self.since = now;
    }

    /// The sandbox's own steps, and what it took beyond them.
    fn of_sandbox(&mut self, steps: &mut Vec<Step>) {
        let now = Instant::now();
        let known: Duration = steps.iter().map(|s| s.took).sum();
        self.steps.append(steps);
        let rest = (now - self.since).saturating_sub(known);
        self.steps.push(Step { name: "start".to_owned(), took: rest });
        self.since = now;
    }

    fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}

/// How long the first attempt to initialise may take.
const INIT_TIME: Duration = quota::INIT_TIME;
