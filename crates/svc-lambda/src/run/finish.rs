//! What follows the answer: the last log lines, and the environment's end if it must end.

use super::failure::Failure;
use super::invocation::{Invocation, Invoked, base64};
use super::live::Live;
use super::platform::Platform;
use super::report::Report;
use crate::lambda::Lambda;
use bytes::Bytes;
use runtime_api::Outcome;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// How long the runtime has to ask for its next event before the log is closed without it.
const PARK_TIME: Duration = Duration::from_millis(100);

/// An invocation that has its answer, and not yet its last log lines.
pub struct Ended {
    live: Arc<Live>,
    turn: Option<OwnedMutexGuard<()>>,
    request_id: String,
    tail: bool,
    took: Duration,
    init: Option<Duration>,
    payload: Bytes,
    is_error: bool,
    failure: Option<Failure>,
    /// Set when the environment must end.
    ending: Option<Lambda>,
}

impl Ended {
    pub fn new(
        live: Arc<Live>,
        invocation: &Invocation,
        turn: OwnedMutexGuard<()>,
        took: Duration,
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
            init,
            payload,
            is_error,
            failure,
            ending: None,
        }
    }

    /// An invocation whose environment did not initialise and has been ended.
    pub fn of_failed_start(live: Arc<Live>, invocation: &Invocation, failure: Failure) -> Self {
        if invocation.tail {
            live.journal.begin_tail();
        }
        live.journal.platform(&invocation.start(&live.version));
        Self {
            live,
            turn: None,
            request_id: invocation.request_id.clone(),
            tail: invocation.tail,
            took: Duration::ZERO,
            init: None,
            payload: failure.body.clone(),
            is_error: true,
            failure: Some(failure),
            ending: None,
        }
    }

    pub fn with_end(mut self, lambda: Lambda) -> Self {
        self.ending = Some(lambda);
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
        let Self { live, turn, request_id, took, init, failure, ending, payload, is_error, .. } = self;
        let max_memory_used = live.process.max_memory_used();
        match &ending {
            Some(lambda) => lambda.end(&live).await,
            None => {
                let _ = tokio::time::timeout(PARK_TIME, live.session.parked()).await;
            }
        }
        // A runtime that asks for its next event has written what it had to say about this one.
        live.output.drain(&live.journal);
        let log = |event: &Platform<'_>| live.journal.platform(event);
        let line_if = |is_timeout: bool| {
            let failed = failure.as_ref().filter(|f| (f.status == "timeout") == is_timeout);
            failed.and_then(|f| f.line.as_deref())
        };
        if let Some(line) = line_if(true) {
            log(&Platform::TimedOut(line));
        }
        let status = match &failure {
            Some(failure) => failure.status,
            None if is_error => "failure",
            None => "success",
        };
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
