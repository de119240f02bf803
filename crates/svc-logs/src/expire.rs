//! What goes: batches whose last event has expired, the oldest ones of a group that holds more than it
//! may, and those of deleted streams. It goes a few at a time, each few in a transaction of their own,
//! so that writers wait for none of it. Readers leave out by themselves what has to go.

use crate::ops::on_the_disk;
use crate::state::{LogBatch, LogGroup, LogStream, Read, RemovedStream, prefix};
use crate::{Logs, quota};
use base::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{Cold, ColdTable, Fault, Span, Table, Tx};

/// A batch that is to be removed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Doomed {
    at: i64,
    /// The key of its stream.
    stream: String,
    key: String,
    bytes: usize,
}

impl Doomed {
    fn of(batch: &LogBatch, stream: &LogStream) -> Self {
        Self { at: batch.at(), stream: Table::key(stream), key: batch.key(), bytes: batch.bytes }
    }
}

impl Logs {
    /// Removes what has expired and what was deleted; how many batches that were.
    pub async fn expire(&self, now: Timestamp) -> Result<usize, Fault> {
        let mut removed = self.sweep().await?;
        for group in self.store.read().scan::<LogGroup>("")? {
            removed += self.expire_group(&group, now, quota::STORED_BYTES).await?;
        }
        Ok(removed)
    }

    /// Begins to remove what was deleted, without waiting for it. [`Logs::expire`] does the rest if
    /// moat ends before this.
    pub(crate) fn sweep_soon(&self) {
        let logs = self.clone();
        tokio::spawn(async move {
            if let Err(fault) = logs.sweep().await {
                tracing::error!(%fault, "remove deleted log events");
            }
        });
    }

    /// Removes the batches of deleted streams.
    async fn sweep(&self) -> Result<usize, Fault> {
        let _alone = self.sweeping.lock().await;
        let mut removed = 0;
        for stream in self.store.read().scan::<RemovedStream>("")? {
            let mut rest = true;
            while rest {
                let looked_for = stream.clone();
                let keys = on_the_disk(&self.store, move |cold| left(cold, &looked_for)).await?;
                rest = keys.len() >= quota::REMOVED_AT_ONCE;
                removed += keys.len();
                self.store.write(|tx| forget(tx, &stream, &keys, rest)).await?;
            }
        }
        Ok(removed)
    }

    pub(crate) async fn expire_group(
        &self,
        group: &LogGroup,
        now: Timestamp,
        keep: usize,
    ) -> Result<usize, Fault> {
        let _alone = self.sweeping.lock().await;
        let (mut removed, cutoff) = (0, group.cutoff(now));
        loop {
            let streams = self.store.read().streams(&group.scope, &group.name)?;
            let held: usize = streams.iter().map(|stream| stream.bytes).sum();
            let find = move |cold: &Cold<'_>| doomed(cold, &streams, cutoff, held.saturating_sub(keep));
            let found = on_the_disk(&self.store, find).await?;
            if found.is_empty() {
                return Ok(removed);
            }
            removed += found.len();
            self.store.write(|tx| remove(tx, &found)).await?;
        }
    }
}

/// What is still there of a deleted stream, and not of a later one of its name.
fn left(cold: &Cold<'_>, stream: &RemovedStream) -> Result<Vec<String>, Fault> {
    let mut keys = Vec::new();
    let span = Span::prefix(&prefix(&stream.scope, &stream.group, &stream.name));
    cold.keys::<LogBatch>(&span, |key, _| {
        if LogBatch::number(key).is_some_and(|number| number < stream.next_batch) {
            keys.push(key.to_owned());
        }
        if keys.len() < quota::REMOVED_AT_ONCE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(keys)
}

/// Removes batches of a deleted stream; when they were the last ones, what remembers it too.
fn forget(tx: &mut Tx, stream: &RemovedStream, keys: &[String], rest: bool) -> Result<(), Fault> {
    keys.iter().for_each(|key| tx.delete_cold::<LogBatch>(key));
    let key = stream.key();
    let unchanged = tx.get::<RemovedStream>(&key)?.is_some_and(|found| found.next_batch == stream.next_batch);
    if !rest && unchanged {
        tx.delete::<RemovedStream>(&key)?;
    }
    Ok(())
}

/// Batches that have expired, else the oldest until `excess` bytes are gone; as many as go at once.
fn doomed(
    cold: &Cold<'_>,
    streams: &[Arc<LogStream>],
    cutoff: Option<i64>,
    excess: usize,
) -> Result<Vec<Doomed>, Fault> {
    let mut found = Vec::new();
    if let Some(cutoff) = cutoff {
        for stream in streams.iter().filter(|s| s.first_event.is_some_and(|first| first < cutoff)) {
            expired(cold, stream, cutoff, &mut found)?;
        }
    }
    if found.is_empty() && excess > 0 { oldest(cold, streams, excess) } else { Ok(found) }
}

fn expired(cold: &Cold<'_>, stream: &LogStream, cutoff: i64, found: &mut Vec<Doomed>) -> Result<(), Fault> {
    let span = LogBatch::span(stream).before(LogBatch::bound(stream, cutoff));
    cold.scan(&span, |batch: LogBatch| {
        if found.len() >= quota::REMOVED_AT_ONCE {
            return Ok(ControlFlow::Break(()));
        }
        if batch.at() < cutoff && batch.number >= stream.first_batch {
            found.push(Doomed::of(&batch, stream));
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// The oldest batches of all these streams, merged in the order of time.
fn oldest(cold: &Cold<'_>, streams: &[Arc<LogStream>], mut excess: usize) -> Result<Vec<Doomed>, Fault> {
    let by_key: BTreeMap<String, &LogStream> = streams.iter().map(|s| (Table::key(&**s), &**s)).collect();
    let mut waiting = BinaryHeap::new();
    for stream in streams {
        waiting.extend(next(cold, stream, None)?.map(Reverse));
    }
    let mut found = Vec::new();
    while excess > 0
        && found.len() < quota::REMOVED_AT_ONCE
        && let Some(Reverse(batch)) = waiting.pop()
    {
        excess = excess.saturating_sub(batch.bytes);
        if let Some(stream) = by_key.get(&batch.stream) {
            waiting.extend(next(cold, stream, Some(&batch.key))?.map(Reverse));
        }
        found.push(batch);
    }
    Ok(found)
}

/// The stream's first batch, or the one after this.
fn next(cold: &Cold<'_>, stream: &LogStream, after: Option<&str>) -> Result<Option<Doomed>, Fault> {
    let mut found = None;
    let span = LogBatch::span(stream);
    let span = match after {
        Some(key) => span.from(format!("{key}\0")),
        None => span,
    };
    cold.scan(&span, |batch: LogBatch| {
        if batch.number < stream.first_batch {
            return Ok(ControlFlow::Continue(()));
        }
        found = Some(Doomed::of(&batch, stream));
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}

fn remove(tx: &mut Tx, doomed: &[Doomed]) -> Result<(), Fault> {
    let mut gone: BTreeMap<&str, usize> = BTreeMap::new();
    for batch in doomed {
        tx.delete_cold::<LogBatch>(&batch.key);
        *gone.entry(&batch.stream).or_default() += batch.bytes;
    }
    for (key, bytes) in gone {
        if let Some(stream) = tx.get::<LogStream>(key)? {
            let bytes = stream.bytes.saturating_sub(bytes);
            tx.put(&LogStream { bytes, ..(*stream).clone() })?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use base::Scope;
    use store::{Durability, Store};

    fn batch(number: u64, at: i64) -> LogBatch {
        let (scope, group, stream) = (Scope::default(), "g".to_owned(), format!("s{}", number % 2));
        LogBatch { scope, group, stream, number, ingested: at, bytes: 10, events: vec![(at, String::new())] }
    }

    #[test]
    fn the_expired_go_first_and_else_the_oldest_until_the_rest_fits() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let all = [batch(1, 30), batch(2, 10), batch(3, 20), batch(4, 25)];
        let streams: Vec<Arc<LogStream>> = store
            .write_blocking(|tx| {
                for name in ["s0", "s1"] {
                    LogStream::make(tx, &Scope::default(), "g", name, Timestamp::from_secs(0))?;
                }
                all.iter().try_for_each(|batch| tx.put_cold(batch))?;
                tx.scan::<LogStream>("")
            })
            .unwrap();
        let streams: Vec<_> =
            streams.iter().map(|s| Arc::new(LogStream { first_event: Some(10), ..(**s).clone() })).collect();
        let gone = |cutoff, excess| {
            let doomed = doomed(&store.cold().unwrap(), &streams, cutoff, excess).unwrap();
            doomed.iter().map(|d| LogBatch::number(&d.key).unwrap()).collect::<Vec<_>>()
        };
        assert!(gone(None, 0).is_empty());
        assert_eq!(gone(Some(20), 0), [2]);
        assert_eq!(gone(None, 1), [2]);
        assert_eq!(gone(None, 25), [2, 3, 4], "over all streams in the order of time");
        assert_eq!(gone(Some(20), 25), [2], "what is above the cap is looked at when nothing has expired");
    }
}
