//! The queue that calls go into, and its way to the store.

use crate::model::event;
use crate::model::observed::Observed;
use crate::quota;
use crate::state::{Entry, Segment};
use base::{AccountId, Ids, Scope};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Fault, Order, Span, Store, Tx};
use tokio::sync::Notify;

pub struct Recorder {
    queue: Mutex<Vec<Observed>>,
    lost: AtomicU64,
    first: Notify,
    writer: tokio::sync::Mutex<Writer>,
}

impl Recorder {
    pub fn new(store: Store, ids: Arc<dyn Ids>) -> Self {
        let writer = tokio::sync::Mutex::new(Writer { store, ids, open: BTreeMap::new() });
        Self { queue: Mutex::default(), lost: AtomicU64::new(0), first: Notify::new(), writer }
    }

    pub fn push(&self, observed: Observed) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= quota::QUEUE {
            drop(queue);
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        queue.push(observed);
        let is_first = queue.len() == 1;
        drop(queue);
        if is_first {
            self.first.notify_one();
        }
    }

    /// Waits until there is something to write.
    pub async fn gathered(&self) {
        self.first.notified().await;
    }

    /// Writes what is in the queue. Whoever comes second waits for the first.
    pub async fn write(&self) -> Result<(), Fault> {
        let mut writer = self.writer.lock().await;
        let taken = std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner));
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::warn!(events = lost, "the record of calls was full: events were lost");
        }
        if taken.is_empty() {
            // A write that was begun and given up goes on in the store: wait for it.
            return writer.store.write(|_| Ok(())).await;
        }
        writer.write(taken).await
    }

    /// Removes the record of an account, with what waits to be written.
    pub async fn forget(&self, account: &AccountId) -> Result<(), Fault> {
        let mut writer = self.writer.lock().await;
        let is_other = |observed: &Observed| event::scope(observed).account != *account;
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).retain(is_other);
        writer.open.retain(|scope, _| scope.account != *account);
        let clear = |tx: &mut Tx| {
            tx.clear_cold::<Segment>(&format!("{account}/"));
            Ok(())
        };
        writer.store.write(clear).await
    }
}

/// The key of the row that is one too many once this one is full.
fn past_keeping(full: &Segment) -> Option<String> {
    Some(Segment::key_of(&full.scope, full.number.checked_sub(quota::SEGMENTS_KEPT)?))
}

struct Writer {
    store: Store,
    ids: Arc<dyn Ids>,
    /// The newest segments, to which the next events are added.
    open: BTreeMap<Scope, Open>,
}

#[derive(Clone)]
struct Open {
    number: u64,
    entries: Vec<Entry>,
}

impl Writer {
    async fn write(&mut self, taken: Vec<Observed>) -> Result<(), Fault> {
        let mut changed = Vec::new();
        let mut scopes = BTreeSet::new();
        for observed in taken {
            let scope = event::scope(&observed);
            let entry = event::entry(observed, self.ids.uuid());
            if let Some(full) = self.add(&scope, entry)? {
                changed.push(full);
            }
            scopes.insert(scope);
        }
        let full: Vec<_> = changed.iter().filter_map(past_keeping).collect();
        for scope in &scopes {
            if let Some(open) = self.open.get(scope).filter(|open| !open.entries.is_empty()) {
                changed.push(Segment::pack(scope, open.number, &open.entries)?);
            }
        }
        if self.open.len() > quota::OPEN_SEGMENTS {
            self.open.clear();
        }
        self.store
            .write(|tx| {
                changed.iter().try_for_each(|segment| tx.put_cold(segment))?;
                full.iter().for_each(|key| tx.delete_cold::<Segment>(key));
                Ok(())
            })
            .await
    }

    /// Adds an event to the newest segment of its scope; that segment, once it is full.
    fn add(&mut self, scope: &Scope, entry: Entry) -> Result<Option<Segment>, Fault> {
        if !self.open.contains_key(scope) {
            let open = self.reopen(scope)?;
            self.open.insert(scope.clone(), open);
        }
        let Some(open) = self.open.get_mut(scope) else { return Ok(None) };
        open.entries.push(entry);
        if open.entries.len() < quota::SEGMENT_EVENTS {
            return Ok(None);
        }
        let full = Segment::pack(scope, open.number, &open.entries)?;
        *open = Open { number: open.number + 1, entries: Vec::new() };
        Ok(Some(full))
    }

    /// Where the record of a scope goes on.
    fn reopen(&self, scope: &Scope) -> Result<Open, Fault> {
        let mut last = None;
        let newest = Span::prefix(&scope.prefix()).order(Order::NewestFirst);
        self.store.cold()?.scan(&newest, |segment: Segment| {
            last = Some(segment);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(match last {
            None => Open { number: 0, entries: Vec::new() },
            Some(last) if last.count < quota::SEGMENT_EVENTS => {
                Open { number: last.number, entries: last.unpack()? }
            }
            Some(last) => Open { number: last.number + 1, entries: Vec::new() },
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::api;
    use base::{RandomIds, Timestamp};
    use policy::Principal;
    use service::{Call, Caller, Event, Source};
    use store::{ColdTable, Durability};

    fn observed(secs: i64) -> Observed {
        let scope = Scope::default();
        let caller = Caller {
            principal: Principal::Root { account: AccountId::default() },
            account: AccountId::default(),
            access_key_id: "test".into(),
            session_policies: Vec::new(),
            session_started: None,
            session_facts: Default::default(),
        };
        let source = Source { ip: [127, 0, 0, 1].into(), endpoint: None, secure_transport: true, tls: None };
        let now = Timestamp::from_secs(secs);
        let call = Call { caller, scope, request_id: "r".into(), now, source, user_agent: None };
        let (model, operation) = (&api::MODEL, "ListTrails");
        let (input, output, error) = (None, None, None);
        let event = Event { call: &call, proven: true, model, operation, shapes: None, input, output, error };
        Observed::of(event).unwrap()
    }

    #[test]
    fn what_does_not_fit_in_the_queue_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let recorder = Recorder::new(store, Arc::new(RandomIds));
        (0..quota::QUEUE + 3).for_each(|_| recorder.push(observed(1)));
        assert_eq!(recorder.queue.lock().unwrap().len(), quota::QUEUE);
        assert_eq!(recorder.lost.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn the_oldest_rows_of_a_region_go_when_there_are_more_than_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let rows = 3;
        let full = quota::SEGMENTS_KEPT + rows;
        let entry = event::entry(observed(30), "id".to_owned());
        store
            .write_blocking(|tx| {
                let row = |number| Segment::pack(&Scope::default(), number, std::slice::from_ref(&entry));
                (0..full).try_for_each(|number| tx.put_cold(&row(number)?))?;
                let last = vec![entry.clone(); quota::SEGMENT_EVENTS];
                tx.put_cold(&Segment::pack(&Scope::default(), full, &last)?)
            })
            .unwrap();
        let recorder = Recorder::new(store.clone(), Arc::new(RandomIds));
        (0..quota::SEGMENT_EVENTS).for_each(|_| recorder.push(observed(31)));
        runtime.block_on(recorder.write()).unwrap();
        let kept = store.cold().unwrap();
        let there =
            |number| kept.get::<Segment>(&Segment::key_of(&Scope::default(), number)).unwrap().is_some();
        // The row that became full took the place of the one that is so many before it.
        assert!(!there(rows + 1) && there(rows + 2) && there(full + 1));
    }

    #[test]
    fn a_forgotten_account_leaves_nothing_and_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let recorder = Recorder::new(store.clone(), Arc::new(RandomIds));
        let of = |account: &AccountId| {
            let mut call = observed(1);
            call.call.scope.account = account.clone();
            call
        };
        let (gone, stays): (AccountId, _) = ("111111111111".parse().unwrap(), AccountId::default());
        for _ in 0..2 {
            recorder.push(of(&gone));
            recorder.push(of(&stays));
            runtime.block_on(recorder.write()).unwrap();
        }
        recorder.push(of(&gone));
        runtime.block_on(recorder.forget(&gone)).unwrap();
        recorder.push(of(&stays));
        runtime.block_on(recorder.write()).unwrap();
        assert_eq!(store.counts(&format!("{gone}/")).unwrap(), []);
        assert_eq!(store.counts(&format!("{stays}/")).unwrap(), [(Segment::NAME.to_owned(), 1)]);
    }
}
