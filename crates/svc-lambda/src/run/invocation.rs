//! One invocation: leave to run, an environment, the function's answer or its failure.

use super::failure::{self, Failure};
use super::finish::Ended;
use super::live::Live;
use super::platform::Platform;
use super::pools::Limits;
use super::start::{INIT_TIME, Init, Started, init_failure};
use super::variables::Initialization;
use crate::error;
use crate::lambda::Lambda;
use crate::model::{Function, Serving, State};
use crate::name::Named;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use runtime_api::{Event, InvokeError, Outcome, Parts};
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
        let saved = self.as_saved(function, serving).await?;
        let serving = saved.as_ref().unwrap_or(serving);
        let key = function.key();
        let slot =
            self.pools.admit(&function.scope.prefix(), &function.function_key(), self.limits(function)?);
        let slot = slot.map_err(error::throttled)?;
        let timeout = Duration::from_secs(u64::from(serving.settings.timeout_s));
        let now = self.needs.clock.now();
        let (live, init) = match self.warm(&key, &serving.generation, timeout).await {
            Some(live) => (live, None),
            None if !self.scaling.admit(&function.function_key(), now) => {
                return Err(error::throttled("FunctionInvocationRateLimitExceeded"));
            }
            None => match self.cold_start(function, serving, &invocation).await? {
                Cold::Ready(live, init) => (live, init),
                Cold::Failed(invoked) => return Ok(invoked),
            },
        };
        let ended = self.run_in(&live, &invocation, timeout, init).await;
        drop(slot);
        Ok(ended.invoked().await)
    }

    /// An environment that waits for work. One whose runtime ends instead of asking for its next event has not seen
    /// that event, so the event goes to another.
    async fn warm(&self, key: &str, generation: &str, timeout: Duration) -> Option<Arc<Live>> {
        loop {
            let live = self.pools.take(key, generation, self.needs.clock.now(), timeout)?;
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
        let first = self
            .start(function, serving, &invocation.request_id, Some(INIT_TIME), Initialization::OnDemand)
            .await?;
        let Started { live, init } = first;
        match init {
            Init::Done(took) => Ok(Cold::Ready(live, Some(took))),
            Init::Failed(failure) => {
                let ended = Ended::of_failed_start(live, invocation, failure);
                Ok(Cold::Failed(ended.invoked().await))
            }
            Init::TimedOut => {
                let second = self
                    .start(function, serving, &invocation.request_id, None, Initialization::OnDemand)
                    .await?;
                Ok(Cold::Ready(second.live, None))
            }
        }
    }

    async fn run_in(
        &self,
        live: &Arc<Live>,
        invocation: &Invocation,
        timeout: Duration,
        init: Option<Duration>,
    ) -> Ended {
        let turn = Arc::clone(&live.turn).lock_owned().await;
        if invocation.tail {
            live.journal.begin_tail();
        }
        live.journal.platform(&invocation.start(&live.version));
        let begun = Instant::now();
        let answer = self.ask(live, self.event(invocation, timeout), invocation.parts.clone(), timeout).await;
        let took = begun.elapsed().min(timeout);
        let (outcome, failure) = match answer {
            Answer::Function(outcome) => (Some(outcome), None),
            Answer::Failure(failure) => (None, Some(failure)),
        };
        // Back in the pool before the caller knows the answer, so that its next invocation
        // finds the environment warm.
        let stays = failure.is_none() && !was_too_large(outcome.as_ref()) && self.pools.give_back(live);
        let ended = Ended::new(Arc::clone(live), invocation, turn, took, init, outcome, failure);
        if !stays {
            return ended.with_end(self.clone());
        }
        ended
    }

    async fn ask(&self, live: &Live, event: Event, parts: Option<Parts>, timeout: Duration) -> Answer {
        let request_id = event.request_id.clone();
        tokio::select! {
            biased;
            answered = live.session.invoke_to(event, parts) => match answered {
                Ok(outcome) => Answer::Function(outcome),
                Err(InvokeError::InitFailed(error)) => Answer::Failure(init_failure(error)),
                Err(_) => {
                    live.session.close();
                    live.process.kill().await;
                    Answer::Failure(failure::exited(&request_id, live.process.exited().await))
                }
            },
            exit = live.process.exited() => Answer::Failure(failure::exited(&request_id, exit)),
            () = tokio::time::sleep(timeout) => {
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

enum Cold {
    Ready(Arc<Live>, Option<Duration>),
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
