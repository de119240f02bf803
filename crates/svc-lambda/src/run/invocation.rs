//! One invocation: leave to run, an environment, the function's answer or its failure.

use super::failure::{self, Failure};
use super::finish::{Ended, Timing};
use super::live::Live;
use super::platform::Platform;
use super::pools::Limits;
use super::provision::KEYS_FOR;
use super::start::{Init, Started, init_failure, initialise};
use super::variables::Initialization;
use crate::error;
use crate::lambda::Lambda;
use crate::model::{Function, Serving, State};
use crate::name::Named;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use runtime_api::{Event, Fact, InvokeError, Outcome, Parts, Phase};
use service::ServiceError;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::Table;
use tokio::time::Instant;

/// What a caller asks for.
#[derive(Clone)]
pub struct Invocation {
    pub request_id: String,
    pub payload: Bytes,
    /// JSON on one line.
    pub client_context: Option<String>,
    /// The function as the caller named it.
    pub arn: String,
    /// Whether the end of the log is wanted.
    pub tail: bool,
    /// Where an answer goes that the function streams, when somebody wants it as it comes.
    pub parts: Option<Parts>,
}

impl Invocation {
    pub fn new(named: &Named, request_id: String, payload: Bytes, client_context: Option<String>) -> Self {
        let arn = named.qualified_arn().to_string();
        Self { request_id, payload, client_context, arn, tail: false, parts: None }
    }

    /// What its log begins with.
    pub fn start<'a>(&'a self, version: &'a str) -> Platform<'a> {
        Platform::Start { request_id: &self.request_id, function_arn: &self.arn, version }
    }
}

/// What the caller gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoked {
    pub payload: Bytes,
    /// Whether the payload is the function's (or the runtime's) error.
    pub is_error: bool,
    /// `$LATEST` or a number.
    pub version: String,
    /// In base64.
    pub log_tail: Option<String>,
}

impl Invoked {
    /// An invocation of which nothing is known but that it failed.
    pub fn failed(payload: Bytes) -> Self {
        Self { payload, is_error: true, version: String::new(), log_tail: None }
    }
}

/// How an environment answered an event.
enum Answer {
    Function(Outcome),
    Failure(Failure),
}

impl Lambda {
    /// Runs one invocation to its end, also when the caller stops waiting.
    pub(crate) async fn invoke(
        &self,
        named: &Named,
        invocation: Invocation,
    ) -> Result<Invoked, ServiceError> {
        let (lambda, function) = (self.clone(), self.route(named)?);
        let running = tokio::spawn(async move { lambda.run_invocation(&function, invocation).await });
        running.await.map_err(ServiceError::internal)?
    }

    pub(super) async fn run_invocation(
        &self,
        function: &Function,
        invocation: Invocation,
    ) -> Result<Invoked, ServiceError> {
        let serving = match (&function.state, &function.serving) {
            (State::Active, Some(serving)) => serving,
            (State::Failed(_), _) => return Err(error::in_state("Failed")),
            _ => return Err(error::in_state("Pending")),
        };
        let saved = self.as_it_is_now(function, serving).await?;
        let serving = saved.as_ref().unwrap_or(serving);
        let key = function.key();
        let slot =
            self.pools.admit(&function.scope.prefix(), &function.function_key(), self.limits(function)?);
        let slot = slot.map_err(error::throttled)?;
        let timeout = Duration::from_secs(u64::from(serving.settings.timeout_s));
        let now = self.needs.clock.now();
        let (live, init) = match self.warm(&key, &serving.generation, timeout).await {
            Some(live) => (live, Initialised::Long),
            None if !self.scaling.admit(&function.function_key(), now) => {
                return Err(error::throttled("FunctionInvocationRateLimitExceeded"));
            }
            None => match self.cold_start(function, serving, &invocation).await? {
                Cold::Ready(live, init) => (live, init),
                Cold::Failed(invoked) => return Ok(invoked),
            },
        };
        if self.debugging.is_over(&live.function_key, &live.generation) {
            // It would wait for a debugger that has gone.
            self.end(&live).await;
            drop(slot);
            return Box::pin(self.run_invocation(function, invocation)).await;
        }
        let ended = self.run_in(&live, &invocation, timeout, init).await;
        drop(slot);
        Ok(ended.invoked().await)
    }

    /// An environment that waits for work. One whose runtime ends instead of asking for its next event has not seen
    /// that event, so the event goes to another.
    async fn warm(&self, key: &str, generation: &str, timeout: Duration) -> Option<Arc<Live>> {
        loop {
            // Who is debugged has more time than keys are given for.
            let keys_for = timeout.min(KEYS_FOR);
            let live = self.pools.take(key, generation, self.needs.clock.now(), keys_for)?;
            let waits = tokio::select! {
                biased;
                parked = live.session.parked() => parked.is_ok(),
                _ = live.process.exited() => false,
                // What it is busy with counts as the invocation's own time.
                () = tokio::time::sleep(timeout) => true,
            };
            if waits {
                return Some(live);
            }
            self.end(&live).await;
        }
    }

    fn limits(&self, function: &Function) -> Result<Limits, ServiceError> {
        let taken = self.concurrency.of(&self.store, &function.scope)?;
        let own = taken.by_function.get(&function.name).copied().unwrap_or_default();
        Ok(Limits { reserved: own.reserved, provisioned: own.provisioned, reserved_in_scope: taken.total })
    }

    /// A second attempt follows an initialisation that took too long; it then counts as part
    /// of the invocation, as AWS does it.
    async fn cold_start(
        &self,
        function: &Function,
        serving: &Serving,
        invocation: &Invocation,
    ) -> Result<Cold, ServiceError> {
        if serving.settings.runtime.starts_with("provided") {
            let code = self.unpacked_code(&serving.settings).await?;
            let layers = self.unpacked_layers(&serving.settings).await?;
            if ![Some(&code), layers.as_ref()].into_iter().flatten().any(|path| has_bootstrap(path)) {
                return Ok(Cold::Failed(failed(
                    failure::no_bootstrap(&invocation.request_id),
                    function.version_name(),
                )));
            }
        }
        let (id, on_demand) = (&invocation.request_id, Initialization::OnDemand);
        let Started { live, init } = self.start(function, serving, id, on_demand, None).await?;
        if let Init::Done(took) = init {
            return Ok(Cold::Ready(live, Initialised::Before(took)));
        }
        let second = self.start(function, serving, id, on_demand, Some(&live)).await?;
        Ok(Cold::Ready(second.live, Initialised::Within))
    }

    async fn run_in(
        &self,
        live: &Arc<Live>,
        invocation: &Invocation,
        timeout: Duration,
        initialised: Initialised,
    ) -> Ended {
        let turn = Arc::clone(&live.turn).lock_owned().await;
        if invocation.tail {
            // What was written before belongs to no invocation, or to the one before.
            live.drain();
            live.journal.begin_tail();
        }
        let event = self.event(invocation, timeout);
        let (begun, at, trace_id) = (Instant::now(), self.needs.clock.now(), event.trace_id.clone());
        let late = match initialised {
            Initialised::Within => self.initialise_within(live, &invocation.request_id, timeout).await,
            Initialised::Before(_) | Initialised::Long => None,
        };
        live.journal.platform(&invocation.start(&live.version));
        live.session.say(|| Fact::Start {
            request_id: event.request_id.clone(),
            version: live.version.clone(),
            trace_id: trace_id.clone(),
        });
        let left = timeout.saturating_sub(begun.elapsed());
        let answer = match late {
            Some(failure) => Answer::Failure(failure),
            None => self.ask(live, event, invocation.parts.clone(), left, timeout).await,
        };
        let took = begun.elapsed().min(timeout);
        let (outcome, failure) = match answer {
            Answer::Function(outcome) => (Some(outcome), None),
            Answer::Failure(failure) => (None, Some(failure)),
        };
        let timing = Timing { begun, at, timeout, trace_id };
        let may_stay = failure.is_none() && !was_too_large(outcome.as_ref());
        let extended = may_stay && live.is_extended();
        // Back in the pool before the caller knows the answer, so that its next invocation
        // finds the environment warm; but extensions have their time first.
        let stays = extended || (may_stay && self.pools.give_back(live));
        let init = match initialised {
            Initialised::Before(took) => Some(took),
            Initialised::Within | Initialised::Long => None,
        };
        let ended = Ended::new(Arc::clone(live), invocation, turn, (took, timing), init, outcome, failure);
        match (stays, extended) {
            (false, _) => ended.with_end(self.clone()),
            (true, true) => ended.with_extensions(self.clone()),
            (true, false) => ended,
        }
    }

    /// Initialises as part of the invocation; what went wrong.
    async fn initialise_within(&self, live: &Live, id: &str, timeout: Duration) -> Option<Failure> {
        match initialise(live, id, timeout, (Initialization::OnDemand, Phase::Invoke)).await {
            Init::Done(_) => None,
            Init::Failed(failure) => Some(failure),
            Init::TimedOut => Some(failure::timed_out(id, self.needs.clock.now(), timeout)),
        }
    }

    async fn ask(
        &self,
        live: &Live,
        event: Event,
        parts: Option<Parts>,
        left: Duration,
        timeout: Duration,
    ) -> Answer {
        let request_id = event.request_id.clone();
        tokio::select! {
            biased;
            answered = live.session.invoke_to(event, parts) => match answered {
                Ok(outcome) => Answer::Function(outcome),
                Err(InvokeError::InitFailed(error)) => Answer::Failure(init_failure(error)),
                Err(InvokeError::ExtensionFailed(ended)) => {
                    Answer::Failure(failure::extension(&request_id, &ended))
                }
                Err(_) => {
                    live.session.close();
                    live.process.kill().await;
                    Answer::Failure(failure::exited(&request_id, live.process.exited().await))
                }
            },
            exit = live.process.exited() => Answer::Failure(failure::exited(&request_id, exit)),
            () = tokio::time::sleep(left) => {
                Answer::Failure(failure::timed_out(&request_id, self.needs.clock.now(), timeout))
            }
        }
    }

    fn event(&self, invocation: &Invocation, timeout: Duration) -> Event {
        let now = self.needs.clock.now();
        let ids = &self.needs.ids;
        Event {
            request_id: invocation.request_id.clone(),
            payload: invocation.payload.clone(),
            deadline: now.plus_ms(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX)),
            function_arn: invocation.arn.clone(),
            trace_id: Some(format!(
                "Root=1-{:08x}-{};Parent={};Sampled=0",
                now.secs(),
                ids.hex(24),
                ids.hex(16)
            )),
            client_context: invocation.client_context.clone(),
            cognito_identity: None,
        }
    }
}

/// Runtimes end themselves when their answer was refused for its size, so such an environment
/// must not be given to the next caller.
fn was_too_large(outcome: Option<&Outcome>) -> bool {
    let error_type = match outcome {
        Some(Outcome::Error(error) | Outcome::Streamed(Some(error))) => error.error_type.as_deref(),
        _ => None,
    };
    error_type == Some(runtime_api::RESPONSE_SIZE_TOO_LARGE)
}

/// When an environment was initialised.
#[derive(Debug, Clone, Copy)]
enum Initialised {
    /// For an earlier invocation, or for none.
    Long,
    /// For this one, before it began.
    Before(Duration),
    /// As part of this one, since the first attempt failed.
    Within,
}

enum Cold {
    Ready(Arc<Live>, Initialised),
    Failed(Invoked),
}

fn failed(failure: Failure, version: String) -> Invoked {
    Invoked { payload: failure.body, is_error: true, version, log_tail: None }
}

fn has_bootstrap(code: &Path) -> bool {
    code.join("bootstrap").is_file()
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
