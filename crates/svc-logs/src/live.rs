//! What is written, as it is written, for whoever looks on. Nothing is kept for them: who does not keep up sees a part.

use base::Scope;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// Batches that wait for a slow onlooker.
const WAITING: usize = 256;

/// Events that were stored together.
#[derive(Debug)]
pub struct Written {
    pub scope: Scope,
    pub group: String,
    pub stream: String,
    pub ingested: i64,
    pub events: Vec<(i64, String)>,
}

/// The onlookers.
#[derive(Clone)]
pub struct Live {
    written: broadcast::Sender<Arc<Written>>,
    /// How many look on, by account and region.
    sessions: Arc<Mutex<BTreeMap<String, Arc<AtomicUsize>>>>,
}

impl Default for Live {
    fn default() -> Self {
        Self { written: broadcast::channel(WAITING).0, sessions: Arc::default() }
    }
}

impl Live {
    /// Whether anybody looks on.
    pub fn is_watched(&self) -> bool {
        self.written.receiver_count() > 0
    }

    pub fn tell(&self, written: Written) {
        // Nobody may look on any more.
        let _ = self.written.send(Arc::new(written));
    }

    /// What is written from now on, unless as many look on as may.
    pub fn watch(&self, scope: &Scope, most: usize) -> Option<Watching> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let count = sessions.entry(scope.prefix()).or_default().clone();
        if count.load(Ordering::SeqCst) >= most {
            return None;
        }
        count.fetch_add(1, Ordering::SeqCst);
        Some(Watching { written: self.written.subscribe(), count })
    }
}

/// One that looks on, until it is dropped.
pub struct Watching {
    pub written: broadcast::Receiver<Arc<Written>>,
    count: Arc<AtomicUsize>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
    }
}
