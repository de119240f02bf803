//! The service, and what the server calls of it.

use crate::event_history::{self, Page, Query};
use crate::model::observed::Observed;
use crate::quota;
use crate::recorder::Recorder;
use crate::state::{Entry, Segment};
use base::{AccountId, Ids, Scope, Timestamp};
use std::ops::RangeInclusive;
use std::sync::Arc;
use store::{Cold, ColdTable, Fault, Store, Tx};

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

    /// Removes what is older than LookupEvents looks, a few rows at a time.
    pub async fn expire(&self, now: Timestamp) -> Result<(), Fault> {
        let cutoff = now.plus_ms(-quota::KEPT_MS).millis();
        loop {
            let old = on_the_disk(&self.store, move |cold| {
                cold.older::<Segment>("", cutoff, quota::REMOVED_AT_ONCE)
            });
            let old = old.await?;
            if old.is_empty() {
                return Ok(());
            }
            let remove = |tx: &mut Tx| {
                old.iter().for_each(|key| tx.delete_cold::<Segment>(key));
                Ok::<_, Fault>(())
            };
            self.store.write(remove).await?;
        }
    }

    /// Forgets an account: what is recorded of it, and what waits to be.
    pub async fn forget(&self, account: &AccountId) -> Result<(), Fault> {
        self.recorder.forget(account).await
    }

    /// The call that had this request id, in any region of the account.
    pub async fn request(&self, account: &AccountId, id: &str) -> Result<Option<Entry>, Fault> {
        self.flush().await?;
        let (account, id) = (account.clone(), id.to_owned());
        on_the_disk(&self.store, move |cold| event_history::request(cold, &account, &id)).await
    }

    /// The calls that policies denied a session, which an ARN names, between two moments.
    pub async fn denied(
        &self,
        account: &AccountId,
        session: &str,
        times: RangeInclusive<Timestamp>,
    ) -> Result<Vec<Entry>, Fault> {
        self.flush().await?;
        let (account, session) = (account.clone(), session.to_owned());
        on_the_disk(&self.store, move |cold| event_history::denied(cold, &account, &session, &times)).await
    }

    pub(crate) async fn look_up(&self, scope: &Scope, query: Query) -> Result<Page, Fault> {
        self.flush().await?;
        let scope = scope.clone();
        on_the_disk(&self.store, move |cold| event_history::page(cold, &scope, &query)).await
    }
}

/// Reading and unpacking the record takes long enough to be in the way of other calls.
async fn on_the_disk<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&Cold<'_>) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let store = store.clone();
    let ended = tokio::task::spawn_blocking(move || work(&store.cold()?)).await;
    ended.map_err(|e| Fault::Read(format!("`{}`: {e}", Segment::NAME)))?
}
