//! One environment's conversation with its runtime, as a small state machine.
//!
//! ```text
//! Started ──/next──> Ready ──event──> Running ──/response──> InvocationResponse ──/next──> Ready
//!    │                                   └─────/error──────> InvocationErrorResponse ─/next─> Ready
//!    └──/init/error──> InitError                          any ──close──> Closed
//! ```

use crate::{Event, FunctionError, Outcome, Parts, next};
use http::HeaderMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};

/// The owner's handle on an environment's runtime. Clones share the one conversation.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    /// Dropped with the last handle, which ends the listener.
    life: Arc<watch::Sender<()>>,
}

/// Why an invocation had no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    #[error("the runtime could not initialise the function")]
    InitFailed(FunctionError),
    #[error("the environment serves another invocation")]
    Busy,
    #[error("the environment has ended")]
    Closed,
    #[error("the event's metadata does not fit an HTTP header")]
    Metadata,
}

impl Session {
    pub(crate) fn new() -> Self {
        let (life, _) = watch::channel(());
        Self { shared: Arc::new(Shared::default()), life: Arc::new(life) }
    }

    /// Waits until the runtime has asked for its first event, which ends initialisation.
    pub async fn ready(&self) -> Result<(), InvokeError> {
        let mut readiness = self.shared.readiness.subscribe();
        let seen = readiness.wait_for(|r| *r != Readiness::Starting).await;
        match seen.map(|r| r.clone()) {
            Ok(Readiness::Ready) => Ok(()),
            Ok(Readiness::InitFailed(error)) => Err(InvokeError::InitFailed(error)),
            Ok(Readiness::Starting | Readiness::Closed) | Err(_) => Err(InvokeError::Closed),
        }
    }

    /// Waits until the runtime has answered its last event and asked for the next.
    pub async fn parked(&self) -> Result<(), InvokeError> {
        let mut parked = self.shared.parked.subscribe();
        parked.wait_for(|p| *p != Parked::No).await.map_err(|_| InvokeError::Closed)?;
        match self.shared.readiness.borrow().clone() {
            Readiness::InitFailed(error) => Err(InvokeError::InitFailed(error)),
            Readiness::Closed => Err(InvokeError::Closed),
            Readiness::Starting | Readiness::Ready => Ok(()),
        }
    }

    /// Hands the event to the runtime as soon as it asks for one, and waits for its answer.
    /// One at a time. Dropping the future abandons the answer, not the runtime's work.
    pub async fn invoke(&self, event: Event) -> Result<Outcome, InvokeError> {
        self.invoke_to(event, None).await
    }

    /// As [`Self::invoke`]; with `parts`, a response that the runtime streams goes there as it comes.
    pub async fn invoke_to(&self, event: Event, parts: Option<Parts>) -> Result<Outcome, InvokeError> {
        let headers = next::headers(&event).map_err(|_| InvokeError::Metadata)?;
        let (answer, outcome) = oneshot::channel();
        self.shared.submit(Waiting { event, headers, answer, parts })?;
        outcome.await.unwrap_or(Err(InvokeError::Closed))
    }

    /// Ends the listener and every connection; what waits for an answer gets `Closed`.
    pub fn close(&self) {
        self.shared.close();
        self.life.send_replace(());
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    pub(crate) fn ended(&self) -> watch::Receiver<()> {
        self.life.subscribe()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.shared.lock().phase.name())
    }
}

/// A step that the state machine does not have, named as AWS names the states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    pub from: &'static str,
    pub to: &'static str,
}

/// Why an answer was not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    RequestId,
    Transition(Transition),
}

type Answered = Result<Outcome, InvokeError>;

struct Waiting {
    event: Event,
    headers: HeaderMap,
    answer: oneshot::Sender<Answered>,
    parts: Option<Parts>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Readiness {
    Starting,
    Ready,
    InitFailed(FunctionError),
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parked {
    No,
    Yes,
    Never,
}

enum Phase {
    Started,
    InitError(FunctionError),
    Ready,
    Running { request_id: String, answer: oneshot::Sender<Answered>, parts: Option<Parts> },
    Answered { request_id: String, failed: bool },
    Closed,
}

impl Phase {
    fn name(&self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::InitError(_) => "InitError",
            Self::Ready => "Ready",
            Self::Running { .. } => "Running",
            Self::Answered { failed: false, .. } => "InvocationResponse",
            Self::Answered { failed: true, .. } => "InvocationErrorResponse",
            Self::Closed => "Closed",
        }
    }

    fn to(&self, to: &'static str) -> Transition {
        Transition { from: self.name(), to }
    }
}

struct State {
    phase: Phase,
    waiting: Option<Waiting>,
    next: Option<oneshot::Sender<(Event, HeaderMap)>>,
}

pub struct Shared {
    state: Mutex<State>,
    readiness: watch::Sender<Readiness>,
    parked: watch::Sender<Parked>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            state: Mutex::new(State { phase: Phase::Started, waiting: None, next: None }),
            readiness: watch::Sender::new(Readiness::Starting),
            parked: watch::Sender::new(Parked::No),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(&self, waiting: Waiting) -> Result<(), InvokeError> {
        let mut state = self.lock();
        match &state.phase {
            Phase::Closed => return Err(InvokeError::Closed),
            Phase::InitError(error) => return Err(InvokeError::InitFailed(error.clone())),
            Phase::Running { .. } => return Err(InvokeError::Busy),
            Phase::Started | Phase::Ready | Phase::Answered { .. } => {}
        }
        if state.waiting.as_ref().is_some_and(|w| !w.answer.is_closed()) {
            return Err(InvokeError::Busy);
        }
        state.waiting = Some(waiting);
        self.dispatch(&mut state);
        Ok(())
    }

    /// The runtime asks for an event. A second ask replaces the first, whose connection a
    /// runtime only leaves when it is broken.
    pub fn next(&self) -> Result<oneshot::Receiver<(Event, HeaderMap)>, Transition> {
        let mut state = self.lock();
        match &state.phase {
            Phase::Started | Phase::Ready | Phase::Answered { .. } => {}
            phase @ (Phase::Running { .. } | Phase::InitError(_) | Phase::Closed) => {
                return Err(phase.to("Ready"));
            }
        }
        if matches!(state.phase, Phase::Started) {
            self.readiness.send_replace(Readiness::Ready);
        }
        let (asked, parked) = oneshot::channel();
        state.phase = Phase::Ready;
        state.next = Some(asked);
        self.parked.send_replace(Parked::Yes);
        self.dispatch(&mut state);
        Ok(parked)
    }

    /// Joins what waits with who asks, when both are there.
    fn dispatch(&self, state: &mut State) {
        if !matches!(state.phase, Phase::Ready) || state.waiting.is_none() {
            return;
        }
        let Some(next) = state.next.take() else { return };
        let Some(waiting) = state.waiting.take() else { return };
        let Waiting { event, headers, answer, parts } = waiting;
        if answer.is_closed() {
            state.next = Some(next);
            return;
        }
        let request_id = event.request_id.clone();
        match next.send((event, headers)) {
            Ok(()) => {
                self.parked.send_replace(Parked::No);
                state.phase = Phase::Running { request_id, answer, parts };
            }
            // The connection that asked is gone; the event waits for the next one.
            Err((event, headers)) => state.waiting = Some(Waiting { event, headers, answer, parts }),
        }
    }

    /// Looks whether an answer for `id` would be taken, before its body is read.
    pub fn may_answer(&self, id: &str, failed: bool) -> Result<(), Refusal> {
        may_answer(&self.lock().phase, id, failed)
    }

    /// Where the parts of a streamed answer to `id` go, when somebody wants them.
    pub fn parts(&self, id: &str) -> Option<Parts> {
        match &self.lock().phase {
            Phase::Running { request_id, parts, .. } if request_id == id => parts.clone(),
            _ => None,
        }
    }

    pub fn answer(&self, id: &str, failed: bool, outcome: Outcome) -> Result<(), Refusal> {
        let mut state = self.lock();
        may_answer(&state.phase, id, failed)?;
        let done = Phase::Answered { request_id: id.to_owned(), failed };
        if let Phase::Running { answer, .. } = std::mem::replace(&mut state.phase, done) {
            // Nobody waits any more when the invocation has timed out.
            let _ = answer.send(Ok(outcome));
        }
        Ok(())
    }

    pub fn init_error(&self, error: FunctionError) -> Result<(), Transition> {
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Started) {
            return Err(state.phase.to("InitError"));
        }
        state.phase = Phase::InitError(error.clone());
        if let Some(waiting) = state.waiting.take() {
            let _ = waiting.answer.send(Err(InvokeError::InitFailed(error.clone())));
        }
        self.readiness.send_replace(Readiness::InitFailed(error));
        self.parked.send_replace(Parked::Never);
        Ok(())
    }

    fn close(&self) {
        let mut state = self.lock();
        // Dropping the senders tells everybody who waits.
        state.phase = Phase::Closed;
        state.waiting = None;
        state.next = None;
        self.readiness.send_if_modified(|readiness| {
            let failed = matches!(readiness, Readiness::InitFailed(_));
            if !failed {
                *readiness = Readiness::Closed;
            }
            !failed
        });
        self.parked.send_replace(Parked::Never);
    }
}

fn may_answer(phase: &Phase, id: &str, failed: bool) -> Result<(), Refusal> {
    match phase {
        Phase::Running { request_id, .. } if request_id == id => Ok(()),
        Phase::Answered { request_id, .. } if request_id == id => {
            let to = if failed { "InvocationErrorResponse" } else { "InvocationResponse" };
            Err(Refusal::Transition(phase.to(to)))
        }
        _ => Err(Refusal::RequestId),
    }
}
