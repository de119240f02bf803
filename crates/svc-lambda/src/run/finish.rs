//! What follows the answer: the last log lines, and the environment's end if it must end.

use super::failure::{self, Failure};
use super::invocation::{Invocation, Invoked, base64};
use super::live::Live;
use super::platform::Platform;
use super::report::Report;
use crate::lambda::Lambda;
use base::Timestamp;
use bytes::Bytes;
use runtime_api::{Fact, InvokeError, Outcome, ShutdownReason, Span, Status};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// How long the runtime has to ask for its next event before the log is closed without it.
const PARK_TIME: Duration = Duration::from_millis(100);

/// An invocation that has its answer, and not yet its last log lines.
pub struct Ended {
    live: Arc<Live>,
    turn: Option<OwnedMutexGuard<()>>,
    request_id: String,
    tail: bool,
    took: Duration,
    timing: Timing,
    init: Option<Duration>,
    payload: Bytes,
    is_error: bool,
    failure: Option<Failure>,
    /// Set when the environment must end.
    ending: Option<Lambda>,
    /// Set when extensions may still be at work, after which the environment waits for work again.
    extended: Option<Lambda>,
}

/// When it was, and how long it may take.
pub struct Timing {
    pub begun: Instant,
    pub at: Timestamp,
    pub timeout: Duration,
    pub trace_id: Option<String>,
}

impl Ended {
    pub fn new(
        live: Arc<Live>,
        invocation: &Invocation,
        turn: OwnedMutexGuard<()>,
        (took, timing): (Duration, Timing),
        init: Option<Duration>,
        outcome: Option<Outcome>,
        failure: Option<Failure>,
    ) -> Self {
        let (payload, is_error) = match (&failure, outcome) {
            (Some(failure), _) => (failure.body.clone(), true),
            (None, Some(Outcome::Response(body))) => (body, false),
            (None, Some(Outcome::Error(error))) => (error.body, true),
            (None, Some(Outcome::Streamed(None))) => (Bytes::new(), false),
            (None, Some(Outcome::Streamed(Some(error)))) => (error.body, true),
            (None, None) => (Bytes::new(), true),
        };
        Self {
            live,
            turn: Some(turn),
            request_id: invocation.request_id.clone(),
            tail: invocation.tail,
            took,
            timing,
            init,
            payload,
            is_error,
            failure,
            ending: None,
            extended: None,
        }
    }

    pub fn with_end(mut self, lambda: Lambda) -> Self {
        self.ending = Some(lambda);
        self
    }

    pub fn with_extensions(mut self, lambda: Lambda) -> Self {
        self.extended = Some(lambda);
        self
    }

    /// The caller's answer. Only who wants the log's end waits for it.
    pub async fn invoked(self) -> Invoked {
        let (payload, is_error) = (self.payload.clone(), self.is_error);
        let (tail, version) = (self.tail, self.live.version.clone());
        let closing = tokio::spawn(self.close());
        let log_tail = if tail { closing.await.ok().flatten() } else { None };
        Invoked { payload, is_error, version, log_tail }
    }

    /// Ends the environment if it must end, writes the last lines, and gives the log's end.
    async fn close(self) -> Option<String> {
        let Self { live, turn, request_id, mut took, timing, init, mut failure, ending, payload, .. } = self;
        if failure.is_none() {
            let _ = tokio::time::timeout(PARK_TIME, live.session.runtime_parked()).await;
        }
        let done = Done { request_id: &request_id, took, timing: &timing, produced: payload.len() };
        live.session.say(|| done.runtime_done(failure.as_ref()));
        if let Some(lambda) = &self.extended {
            (took, failure) = lambda.await_extensions(&live, &request_id, &timing).await;
        }
        let max_memory_used = live.process.max_memory_used();
        if let Some(failure) = &failure {
            live.fails(match failure.status {
                "timeout" => ShutdownReason::Timeout,
                _ => ShutdownReason::Failure,
            });
        }
        if let Some(lambda) = ending.as_ref().or(self.extended.as_ref().filter(|_| live.is_retired())) {
            lambda.end(&live).await;
        }
        // A runtime that asks for its next event has written what it had to say about this one.
        live.drain();
        let log = |event: &Platform<'_>| live.journal.platform(event);
        let line_if = |is_timeout: bool| {
            let failed = failure.as_ref().filter(|f| (f.status == "timeout") == is_timeout);
            failed.and_then(|f| f.line.as_deref())
        };
        if let Some(line) = line_if(true) {
            log(&Platform::TimedOut(line));
        }
        let status = failure.as_ref().map_or("success", |failure| failure.status);
        log(&Platform::End {
            request_id: &request_id,
            status,
            duration: took,
            produced_bytes: payload.len(),
        });
        log(&Platform::Report(Report {
            request_id: &request_id,
            duration: took,
            memory_mb: live.memory_mb,
            max_memory_used,
            init,
            failure: failure.as_ref(),
        }));
        live.session.say(|| {
            done_report(&request_id, took, &timing, init, failure.as_ref(), (live.memory_mb, max_memory_used))
        });
        if let Some(line) = line_if(false) {
            log(&Platform::Exited(line));
        }
        let tail = live.journal.end_tail().map(|bytes| base64(&bytes));
        drop(turn);
        let flushing = Arc::clone(&live);
        tokio::spawn(async move { flushing.logs.flush().await });
        tail
    }
}

impl Lambda {
    /// Waits until the extensions, too, have done what they do after an answer, within the function's time; how long
    /// all took, and what went wrong. An environment of which nothing did waits for work again.
    async fn await_extensions(
        &self,
        live: &Arc<Live>,
        request_id: &str,
        timing: &Timing,
    ) -> (Duration, Option<Failure>) {
        let left = timing.timeout.saturating_sub(timing.begun.elapsed());
        let failure = match tokio::time::timeout(left, live.session.parked()).await {
            Ok(Ok(())) => None,
            Ok(Err(InvokeError::ExtensionFailed(ended))) => Some(failure::extension(request_id, &ended)),
            Ok(Err(_)) => Some(failure::exited(request_id, live.process.exited().await)),
            Err(_) => Some(failure::timed_out(request_id, self.needs.clock.now(), timing.timeout)),
        };
        let took = timing.begun.elapsed().min(timing.timeout);
        if failure.is_some() || !self.pools.give_back(live) {
            live.retire();
        }
        (took, failure)
    }
}

/// What telemetry tells of the runtime's part.
struct Done<'a> {
    request_id: &'a str,
    took: Duration,
    timing: &'a Timing,
    produced: usize,
}

impl Done<'_> {
    fn runtime_done(&self, failure: Option<&Failure>) -> Fact {
        let Timing { begun, at, timeout, trace_id } = self.timing;
        let duration = begun.elapsed().min(*timeout);
        let answered = i64::try_from(self.took.as_millis()).unwrap_or(i64::MAX);
        let spans = match failure {
            Some(_) => Vec::new(),
            None => vec![
                Span { name: "responseLatency", start: *at, duration: self.took },
                Span {
                    name: "runtimeOverhead",
                    start: at.plus_ms(answered),
                    duration: duration.saturating_sub(self.took),
                },
            ],
        };
        Fact::RuntimeDone {
            request_id: self.request_id.to_owned(),
            status: status(failure),
            error_type: failure.and_then(|failure| failure.error_type.clone()),
            trace_id: trace_id.clone(),
            duration,
            produced_bytes: if failure.is_some() { 0 } else { self.produced },
            spans,
        }
    }
}

fn done_report(
    request_id: &str,
    took: Duration,
    timing: &Timing,
    init: Option<Duration>,
    failure: Option<&Failure>,
    (memory_mb, max_memory_used): (u32, Option<u64>),
) -> Fact {
    let paid = took + init.unwrap_or_default();
    Fact::Report {
        request_id: request_id.to_owned(),
        status: status(failure),
        error_type: failure.and_then(|failure| failure.error_type.clone()),
        trace_id: timing.trace_id.clone(),
        duration: took,
        billed_ms: u64::try_from(paid.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX),
        memory_mb,
        max_memory_used_mb: max_memory_used.map(|bytes| bytes.div_ceil(1 << 20)),
        init,
        spans: Vec::new(),
    }
}

fn status(failure: Option<&Failure>) -> Status {
    match failure.map(|failure| failure.status) {
        None => Status::Success,
        Some("timeout") => Status::Timeout,
        Some(_) => Status::Error,
    }
}
