//! The Telemetry API, and the Logs API before it: extensions subscribe to what the platform, the function and other
//! extensions have to say, and get it in batches at an address inside the environment.
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html>
//!
//! What is said before somebody subscribes is kept until initialisation ends, since the first events of an environment
//! are older than any subscription. All queues are bounded; what finds no room is counted and told as dropped.

mod deliver;
mod fact;
mod queue;
mod subscribe;
mod subscription;

pub use fact::{Fact, Phase, Span, Status};
pub use subscribe::subscribe;
pub use subscription::Api;

use crate::extension::Known;
use base::{Clock, Timestamp};
use queue::Queue;
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use subscription::Subscription;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Events kept for those who have not subscribed yet.
const MAX_BACKLOG: usize = 1000;
/// Subscriptions of one environment: each extension has one for each API.
const MAX_SUBSCRIPTIONS: usize = 2 * crate::extension::MAX_EXTENSIONS;

/// Reaches a port inside the environment.
pub trait Dial: Send + Sync {
    fn dial(&self, port: u16) -> Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send + '_>>;
}

/// One environment's telemetry. Clones share it.
#[derive(Clone)]
pub struct Telemetry(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    dial: Arc<dyn Dial>,
    state: Mutex<State>,
    /// Whether anybody listens or may come to listen.
    wanted: AtomicBool,
    /// Whether the environment runs: nothing is delivered to one that is stopped.
    awake: watch::Sender<bool>,
    ended: watch::Sender<bool>,
    delivering: AtomicUsize,
}

#[derive(Default)]
struct State {
    closed: bool,
    backlog: VecDeque<(Timestamp, Fact)>,
    subscribers: Vec<Arc<Queue>>,
}

impl Telemetry {
    pub(crate) fn new(clock: Arc<dyn Clock>, dial: Arc<dyn Dial>) -> Self {
        Self(Arc::new(Inner {
            clock,
            dial,
            state: Mutex::default(),
            wanted: AtomicBool::new(true),
            awake: watch::Sender::new(true),
            ended: watch::Sender::new(false),
            delivering: AtomicUsize::new(0),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody who wants to know. What nobody can want is not even made.
    pub fn say(&self, fact: impl FnOnce() -> Fact) {
        if !self.0.wanted.load(Ordering::Relaxed) {
            return;
        }
        let (now, fact) = (self.0.clock.now(), fact());
        let mut state = self.lock();
        state.subscribers.iter().for_each(|queue| queue.push(now, &fact));
        if !state.closed {
            if state.backlog.len() == MAX_BACKLOG {
                state.backlog.pop_front();
            }
            state.backlog.push_back((now, fact));
        }
    }

    /// What an initialisation has made of the extensions.
    pub(crate) fn say_extensions(&self, extensions: Vec<Known>) {
        extensions.into_iter().for_each(|known| self.say(|| Fact::Extension(known)));
    }

    /// A second subscription of the same extension to the same API takes the first one's place.
    fn add(&self, name: &str, api: Api, subscription: Subscription) -> Result<(), Closed> {
        let types = subscription.types.clone();
        let mut state = self.lock();
        let others = state.subscribers.iter().filter(|queue| !queue.is_of(name, api)).count();
        if state.closed || others >= MAX_SUBSCRIPTIONS {
            return Err(Closed);
        }
        state.subscribers.retain(|queue| !queue.is_of(name, api) || queue.end());
        let queue = Arc::new(Queue::new(name, api, subscription));
        state.backlog.iter().for_each(|(at, fact)| queue.push(*at, fact));
        state.subscribers.push(Arc::clone(&queue));
        drop(state);
        tokio::spawn(deliver::deliver(self.clone(), queue));
        self.say(|| Fact::Subscription { api, name: name.to_owned(), types });
        Ok(())
    }

    /// The subscriptions so far, as AWS's log has them.
    pub fn lines(&self) -> Vec<String> {
        self.lock().subscribers.iter().map(|queue| queue.line()).collect()
    }

    /// Nobody subscribes any more: initialisation has ended.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.backlog = VecDeque::new();
        self.0.wanted.store(!state.subscribers.is_empty(), Ordering::Relaxed);
    }

    /// The environment goes on.
    pub fn wake(&self) {
        self.0.awake.send_if_modified(|awake| !std::mem::replace(awake, true));
    }

    /// The environment is about to be stopped; nothing is delivered until it goes on. Answers whether that was
    /// possible: something that is just being delivered is not to be cut off.
    pub fn sleep(&self) -> bool {
        self.0.awake.send_if_modified(|awake| std::mem::replace(awake, false));
        let quiet = self.0.delivering.load(Ordering::SeqCst) == 0;
        if !quiet {
            self.wake();
        }
        quiet
    }

    /// What waits is delivered now rather than when its time has come.
    pub(crate) fn flush(&self) {
        self.lock().subscribers.iter().for_each(|queue| queue.flush());
    }

    /// Nothing is delivered any more.
    pub(crate) fn end(&self) {
        self.0.wanted.store(false, Ordering::Relaxed);
        self.0.ended.send_replace(true);
        let mut state = self.lock();
        state.closed = true;
        state.backlog = VecDeque::new();
        state.subscribers = Vec::new();
    }
}

/// Subscriptions are no longer taken.
#[derive(Debug)]
struct Closed;
