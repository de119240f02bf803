//! One environment's conversation with its runtime, as a small state machine.
//!
//! ```text
//! Started ──/next──> Ready ──event──> Running ──/response──> InvocationResponse ──/next──> Ready
//!    │                                   └─────/error──────> InvocationErrorResponse ─/next─> Ready
//!    └──/init/error──> InitError                          any ──close──> Closed
//! ```

use crate::extension::{Ended, Extensions, Lifecycle, Surroundings};
use crate::telemetry::Telemetry;
use crate::{Event, FunctionError, Outcome, Parts, next};
use http::HeaderMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::{oneshot, watch};

/// The owner's handle on an environment's runtime. Clones share the one conversation.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    /// Dropped with the last handle, which ends the listener.
    life: Arc<watch::Sender<()>>,
    /// Whether the listener is gone.
    pub(crate) unserved: Arc<watch::Sender<bool>>,
}

/// Why an invocation had no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    #[error("the runtime could not initialise the function")]
    InitFailed(FunctionError),
    #[error("an extension has failed")]
    ExtensionFailed(Ended),
    #[error("the environment serves another invocation")]
    Busy,
    #[error("the environment has ended")]
    Closed,
    #[error("the event's metadata does not fit an HTTP header")]
    Metadata,
}

/// What stands between an environment and its events: one that is stopped must go on first.
pub trait Gate: Send + Sync {
    /// Returns when everything inside goes on.
    fn open(&self);
}

impl Session {
    pub(crate) fn new(surroundings: Option<Surroundings>) -> Self {
        let (life, _) = watch::channel(());
        Self {
            shared: Arc::new(Shared::new(surroundings)),
            life: Arc::new(life),
            unserved: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Waits until the runtime and all extensions have asked for their first event, which ends initialisation.
    pub async fn ready(&self) -> Result<(), InvokeError> {
        let mut readiness = self.shared.readiness.subscribe();
        let seen = readiness.wait_for(|r| *r != Readiness::Starting).await;
        match seen.map(|r| r.clone()) {
            Ok(Readiness::Ready) => Ok(()),
            Ok(Readiness::InitFailed(error)) => Err(InvokeError::InitFailed(error)),
            Ok(Readiness::ExtensionFailed(ended)) => Err(InvokeError::ExtensionFailed(ended)),
            Ok(Readiness::Starting | Readiness::Closed) | Err(_) => Err(InvokeError::Closed),
        }
    }

    /// Waits until the runtime has answered its last event and asked for the next, and all extensions have.
    pub async fn parked(&self) -> Result<(), InvokeError> {
        let mut parked = self.shared.parked.subscribe();
        parked.wait_for(|p| *p != Parked::No).await.map_err(|_| InvokeError::Closed)?;
        match self.shared.readiness.borrow().clone() {
            Readiness::InitFailed(error) => Err(InvokeError::InitFailed(error)),
            Readiness::ExtensionFailed(ended) => Err(InvokeError::ExtensionFailed(ended)),
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

    /// Waits until nobody listens any more, which follows [`Self::close`]: only then may somebody else in the same
    /// network namespace.
    pub async fn unserved(&self) {
        let _ = self.unserved.subscribe().wait_for(|unserved| *unserved).await;
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
    ExtensionFailed(Ended),
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parked {
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
    ExtensionFailed(Ended),
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
            Self::ExtensionFailed(_) | Self::Closed => "Closed",
        }
    }

    fn to(&self, to: &'static str) -> Transition {
        Transition { from: self.name(), to }
    }
}

pub(crate) struct State {
    phase: Phase,
    waiting: Option<Waiting>,
    next: Option<oneshot::Sender<(Event, HeaderMap)>>,
    /// Events that are being handed in: from before the environment is let go on until they wait or run.
    arriving: usize,
    pub(crate) extensions: Extensions,
}

pub struct Shared {
    state: Mutex<State>,
    readiness: watch::Sender<Readiness>,
    parked: watch::Sender<Parked>,
    /// As `parked`, of the runtime alone.
    pub(crate) runtime_parked: watch::Sender<Parked>,
    /// Whether every external extension has registered; nothing while that may still happen.
    pub(crate) registered: watch::Sender<Option<bool>>,
    pub(crate) gate: OnceLock<Arc<dyn Gate>>,
    /// Events handed in so far.
    pub(crate) turns: watch::Sender<u64>,
    surroundings: Option<Surroundings>,
    telemetry: Option<Telemetry>,
}

impl Shared {
    fn new(surroundings: Option<Surroundings>) -> Self {
        let extensions = surroundings.as_ref().map(|s| Extensions::started(&s.extensions, s.ids.as_ref()));
        let extensions = extensions.unwrap_or_default();
        let telemetry = surroundings.as_ref().map(|s| Telemetry::new(s.clock.clone(), s.dial.clone()));
        Self {
            registered: watch::Sender::new(extensions.is_empty().then_some(true)),
            state: Mutex::new(State {
                phase: Phase::Started,
                waiting: None,
                next: None,
                arriving: 0,
                extensions,
            }),
            readiness: watch::Sender::new(Readiness::Starting),
            parked: watch::Sender::new(Parked::No),
            runtime_parked: watch::Sender::new(Parked::No),
            gate: OnceLock::new(),
            turns: watch::Sender::new(0),
            surroundings,
            telemetry,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn surroundings(&self) -> Option<&Surroundings> {
        self.surroundings.as_ref()
    }

    pub fn telemetry(&self) -> Option<&Telemetry> {
        self.telemetry.as_ref()
    }

    /// Lets everything inside go on. Not while the state is locked: whoever stops it looks at the state.
    pub(crate) fn wake(&self) {
        self.turns.send_modify(|turns| *turns += 1);
        if let Some(gate) = self.gate.get() {
            gate.open();
        }
        if let Some(telemetry) = &self.telemetry {
            telemetry.wake();
        }
    }

    fn submit(&self, waiting: Waiting) -> Result<(), InvokeError> {
        self.lock().arriving += 1;
        self.wake();
        let mut state = self.lock();
        state.arriving -= 1;
        match &state.phase {
            Phase::Closed => return Err(InvokeError::Closed),
            Phase::InitError(error) => return Err(InvokeError::InitFailed(error.clone())),
            Phase::ExtensionFailed(ended) => return Err(InvokeError::ExtensionFailed(ended.clone())),
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
            phase => return Err(phase.to("Ready")),
        }
        let (asked, parked) = oneshot::channel();
        state.phase = Phase::Ready;
        state.next = Some(asked);
        // Who has not registered by now does not.
        state.extensions.close();
        self.runtime_parked.send_replace(Parked::Yes);
        self.settle(&mut state);
        Ok(parked)
    }

    /// When the runtime and all extensions wait, the environment is ready for an event.
    pub(crate) fn settle(&self, state: &mut State) {
        if !self.is_settled(state) {
            return;
        }
        self.readiness.send_if_modified(|readiness| {
            let first = *readiness == Readiness::Starting;
            if first {
                if let Some(telemetry) = &self.telemetry {
                    telemetry.say_extensions(state.extensions.known());
                    telemetry.close();
                }
                *readiness = Readiness::Ready;
            }
            first
        });
        self.parked.send_replace(Parked::Yes);
        self.dispatch(state);
    }

    /// Whether there is nothing to do, and nothing on its way.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.lock();
        state.arriving == 0 && state.waiting.is_none() && self.is_settled(&state)
    }

    fn is_settled(&self, state: &State) -> bool {
        matches!(state.phase, Phase::Ready) && state.extensions.are_idle()
    }

    /// Joins what waits with who asks, when both are there.
    fn dispatch(&self, state: &mut State) {
        if !self.is_settled(state) || state.waiting.is_none() {
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
        let told = (!state.extensions.is_empty()).then(|| Lifecycle::of(&event));
        match next.send((event, headers)) {
            Ok(()) => {
                self.parked.send_replace(Parked::No);
                self.runtime_parked.send_replace(Parked::No);
                if let Some(told) = told {
                    state.extensions.invoke(&told);
                }
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
        self.runtime_parked.send_replace(Parked::Never);
        Ok(())
    }

    /// An extension has failed, and with it the environment: whoever waits hears of it.
    pub(crate) fn fail(&self, state: &mut State, ended: Ended) {
        if matches!(state.phase, Phase::Closed | Phase::ExtensionFailed(_)) {
            return;
        }
        if let Some(waiting) = state.waiting.take() {
            let _ = waiting.answer.send(Err(InvokeError::ExtensionFailed(ended.clone())));
        }
        let failed = Phase::ExtensionFailed(ended.clone());
        if let Phase::Running { answer, .. } = std::mem::replace(&mut state.phase, failed) {
            let _ = answer.send(Err(InvokeError::ExtensionFailed(ended.clone())));
        }
        state.next = None;
        self.readiness.send_replace(Readiness::ExtensionFailed(ended));
        self.never();
    }

    fn never(&self) {
        self.parked.send_replace(Parked::Never);
        self.runtime_parked.send_replace(Parked::Never);
        self.registered.send_if_modified(|registered| {
            let open = registered.is_none();
            registered.get_or_insert(false);
            open
        });
    }

    fn close(&self) {
        let mut state = self.lock();
        // Dropping the senders tells everybody who waits.
        state.phase = Phase::Closed;
        state.waiting = None;
        state.next = None;
        self.readiness.send_if_modified(|readiness| {
            let failed = matches!(readiness, Readiness::InitFailed(_) | Readiness::ExtensionFailed(_));
            if !failed {
                *readiness = Readiness::Closed;
            }
            !failed
        });
        self.never();
        drop(state);
        if let Some(telemetry) = &self.telemetry {
            telemetry.end();
        }
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
