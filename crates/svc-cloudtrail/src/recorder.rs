//! The queue that calls go into, and its way to the store.

use crate::model::event;
use crate::model::observed::Observed;
use crate::quota;
use crate::state::{Entry, Segment};
use base::{Ids, Scope};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Fault, Store, Table, Tx};
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
        let grew = !changed.is_empty();
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
                changed.iter().try_for_each(|segment| tx.put(segment))?;
                if grew { drop_oldest(tx, quota::EVENTS_KEPT) } else { Ok(()) }
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
        let last = self.store.read().scan::<Segment>(&scope.prefix())?.pop();
        Ok(match last {
            None => Open { number: 0, entries: Vec::new() },
            Some(last) if last.count < quota::SEGMENT_EVENTS => {
                Open { number: last.number, entries: last.unpack()? }
            }
            Some(last) => Open { number: last.number + 1, entries: Vec::new() },
        })
    }
}

/// Removes the oldest segments of all scopes until what is left fits.
fn drop_oldest(tx: &mut Tx, keep: usize) -> Result<(), Fault> {
    let mut segments = tx.scan::<Segment>("")?;
    segments.sort_by_key(|segment| segment.newest);
    let mut excess = segments.iter().map(|s| s.count).sum::<usize>().saturating_sub(keep);
    for segment in segments {
        if excess == 0 {
            break;
        }
        excess = excess.saturating_sub(segment.count);
        tx.delete::<Segment>(&segment.key())?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::api;
    use base::{AccountId, RandomIds, Timestamp};
    use policy::Principal;
    use service::{Call, Caller, Event, Source};
    use store::Durability;

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
    fn the_oldest_rows_go_until_the_rest_fits() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let entries = |secs: i64| {
            let entry = event::entry(observed(secs), "id".to_owned());
            vec![entry; 10]
        };
        let kept = store.write_blocking(|tx| {
            for (number, secs) in [(0, 30), (1, 10), (2, 20)] {
                tx.put(&Segment::pack(&Scope::default(), number, &entries(secs))?)?;
            }
            drop_oldest(tx, 15)?;
            Ok::<_, Fault>(tx.scan::<Segment>("")?.iter().map(|s| s.number).collect::<Vec<_>>())
        });
        assert_eq!(kept.unwrap(), [0], "thirty events in three rows, fifteen may stay: two rows go");
    }
}
