//! The service, and what the server calls of it.

use crate::event_history::{self, Page, Query};
use crate::model::observed::Observed;
use crate::quota;
use crate::recorder::Recorder;
use crate::state::{Entry, Segment};
use base::{AccountId, Ids, Scope, Timestamp};
use std::sync::Arc;
use store::{Fault, Store, Table};

pub struct CloudTrail {
    pub(crate) store: Store,
    recorder: Recorder,
}

impl CloudTrail {
    pub fn new(store: Store, ids: Arc<dyn Ids>) -> Self {
        Self { recorder: Recorder::new(store.clone(), ids), store }
    }

    /// Takes a call into the record. Returns at once; what does not fit in the queue is counted
    /// as lost.
    pub fn record(&self, observed: Observed) {
        self.recorder.push(observed);
    }

    /// Writes what gathers, for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        loop {
            self.recorder.gathered().await;
            tokio::time::sleep(quota::GATHER).await;
            if let Err(fault) = self.flush().await {
                tracing::error!(%fault, "write the record of calls");
            }
        }
    }

    /// Writes everything that was recorded before this was called.
    pub async fn flush(&self) -> Result<(), Fault> {
        self.recorder.write().await
    }

    /// Removes what is older than LookupEvents looks.
    pub async fn expire(&self, now: Timestamp) -> Result<(), Fault> {
        let cutoff = now.plus_ms(-quota::KEPT_MS);
        let old = |segment: &Arc<Segment>| segment.newest < cutoff;
        let doomed: Vec<_> = self.store.read().scan::<Segment>("")?.into_iter().filter(old).collect();
        if doomed.is_empty() {
            return Ok(());
        }
        self.store.write(|tx| doomed.iter().try_for_each(|s| tx.delete::<Segment>(&s.key()).map(drop))).await
    }

    /// The call that had this request id, in any region of the account.
    pub async fn request(&self, account: &AccountId, id: &str) -> Result<Option<Entry>, Fault> {
        self.flush().await?;
        let segments = self.store.read().scan::<Segment>(&format!("{account}/"))?;
        let id = id.to_owned();
        on_a_thread_of_its_own(move || event_history::request(segments, &id)).await
    }

    pub(crate) async fn look_up(&self, scope: &Scope, query: Query) -> Result<Page, Fault> {
        self.flush().await?;
        let segments = self.store.read().scan::<Segment>(&scope.prefix())?;
        on_a_thread_of_its_own(move || event_history::page(segments, &query)).await
    }
}

/// Unpacking the whole record takes long enough to be in the way of other calls.
async fn on_a_thread_of_its_own<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.map_err(|e| Fault::Decode { table: Segment::NAME, key: String::new(), reason: e.to_string() })?
}
