//! The way in for functions' output: no HTTP, no policies; whoever calls has decided that
//! the function's role may write.

use crate::live::Written;
use crate::model::position::Position;
use crate::state::{Delivered, LogBatch, LogDelivery, LogGroup, LogGroupClass, LogStream, Read, Wanted};
use crate::{Logs, quota};
use base::{Scope, Timestamp};
use std::collections::BTreeMap;
use store::{Fault, Snapshot, Tx};

/// One event: when, and what was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub at: Timestamp,
    pub message: String,
}

#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    #[error(transparent)]
    Store(#[from] Fault),
    #[error("the log group `{0}` does not exist")]
    GroupMissing(String),
    #[error("the log stream `{0}` does not exist")]
    StreamMissing(String),
    #[error("`{0}` is not a log group or stream name")]
    Name(String),
}

impl Logs {
    /// Makes the group if it does not exist.
    pub async fn ensure_group(&self, scope: &Scope, group: &str, now: Timestamp) -> Result<(), AppendError> {
        check_names(&[group])?;
        let exists = |read: &Snapshot| read.group(scope, group).map(|found| found.is_some());
        if exists(&self.store.read())? {
            return Ok(());
        }
        let make = |tx: &mut Tx| {
            if exists(&tx.snapshot())? {
                return Ok(());
            }
            tx.put(&LogGroup {
                scope: scope.clone(),
                name: group.to_owned(),
                created: now,
                retention_days: None,
                tags: BTreeMap::new(),
                class: LogGroupClass::Standard,
            })
        };
        Ok(self.store.write::<_, Fault, _>(make).await?)
    }

    /// Makes the stream if it does not exist, in a group that does.
    pub async fn ensure_stream(
        &self,
        scope: &Scope,
        group: &str,
        stream: &str,
        now: Timestamp,
    ) -> Result<(), AppendError> {
        check_names(&[group, stream])?;
        let make = |tx: &mut Tx| {
            let read = tx.snapshot();
            if read.group(scope, group)?.is_none() {
                return Err(AppendError::GroupMissing(group.to_owned()));
            }
            if read.stream(scope, group, stream)?.is_none() {
                LogStream::make(tx, scope, group, stream, now)?;
            }
            Ok(())
        };
        self.store.write(make).await
    }

    /// Appends to a stream that exists. Events are stored in the order of their time; a message
    /// beyond the quota is cut.
    pub async fn append(
        &self,
        scope: &Scope,
        group: &str,
        stream: &str,
        lines: Vec<Line>,
        now: Timestamp,
    ) -> Result<(), AppendError> {
        check_names(&[group, stream])?;
        let mut events: Vec<_> = lines.into_iter().map(|l| (l.at.millis(), cut(l.message))).collect();
        events.sort_by_key(|(at, _)| *at);
        let snapshot = self.store.read();
        let chunks = chunks(events).into_iter().map(|chunk| {
            let wanted = Wanted::of(&snapshot, scope, group, &chunk)?;
            Ok::<_, Fault>((chunk, wanted))
        });
        let chunks = chunks.collect::<Result<Vec<_>, _>>()?;
        let seen = self.live.is_watched().then(|| chunks.iter().flat_map(|(c, _)| c.clone()).collect());
        let put = |tx: &mut Tx| {
            let read = tx.snapshot();
            if read.group(scope, group)?.is_none() {
                return Err(AppendError::GroupMissing(group.to_owned()));
            }
            let found = read.stream(scope, group, stream)?;
            let mut row = found
                .map(|row| LogStream::clone(&row))
                .ok_or_else(|| AppendError::StreamMissing(stream.to_owned()))?;
            for (chunk, wanted) in chunks {
                put_batch(tx, &mut row, chunk, &wanted, now)?;
            }
            Ok(())
        };
        self.store.write(put).await?;
        self.show(scope, group, stream, seen, now);
        Ok(())
    }

    /// Tells those who look on what was stored.
    pub(crate) fn show(
        &self,
        scope: &Scope,
        group: &str,
        stream: &str,
        events: Option<Vec<(i64, String)>>,
        now: Timestamp,
    ) {
        let Some(events) = events else { return };
        self.live.tell(Written {
            scope: scope.clone(),
            group: group.to_owned(),
            stream: stream.to_owned(),
            ingested: now.millis(),
            events,
        });
    }
}

fn check_names(names: &[&str]) -> Result<(), AppendError> {
    let bad = |name: &&&str| name.is_empty() || name.len() > 512 || name.contains([':', '*']);
    names.iter().find(bad).map_or(Ok(()), |name| Err(AppendError::Name((*name).to_owned())))
}

fn cut(mut message: String) -> String {
    let mut end = quota::EVENT_BYTES - quota::EVENT_OVERHEAD;
    if message.len() > end {
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
    }
    message
}

/// Batches as PutLogEvents would have them.
fn chunks(events: Vec<(i64, String)>) -> Vec<Vec<(i64, String)>> {
    let mut chunks: Vec<Vec<(i64, String)>> = Vec::new();
    let mut bytes = 0;
    for event in events {
        let size = event.1.len() + quota::EVENT_OVERHEAD;
        match chunks
            .last_mut()
            .filter(|c| c.len() < quota::BATCH_EVENTS && bytes + size <= quota::BATCH_BYTES)
        {
            Some(chunk) => {
                bytes += size;
                chunk.push(event);
            }
            None => {
                bytes = size;
                chunks.push(vec![event]);
            }
        }
    }
    chunks
}

/// Stores one batch, what the stream knows of it, and what subscription filters want of it.
pub fn put_batch(
    tx: &mut Tx,
    stream: &mut LogStream,
    events: Vec<(i64, String)>,
    wanted: &[Wanted],
    now: Timestamp,
) -> Result<(), Fault> {
    let (Some(first), Some(last)) = (events.first().map(|e| e.0), events.last().map(|e| e.0)) else {
        return Ok(());
    };
    for wanted in wanted {
        put_deliveries(tx, stream, &events, wanted, now)?;
    }
    let bytes = events.iter().map(|(_, message)| message.len() + quota::EVENT_OVERHEAD).sum();
    tx.put_cold(&LogBatch {
        scope: stream.scope.clone(),
        group: stream.group.clone(),
        stream: stream.name.clone(),
        number: stream.next_batch,
        ingested: now.millis(),
        bytes,
        events,
    })?;
    stream.first_event = Some(stream.first_event.map_or(first, |f| f.min(first)));
    stream.last_event = Some(stream.last_event.map_or(last, |l| l.max(last)));
    stream.last_ingestion = Some(now.millis());
    stream.span_ms = stream.span_ms.max(last.saturating_sub(first));
    stream.next_batch += 1;
    stream.bytes += bytes;
    tx.put(stream)
}

/// Stores what a filter wants, in parts that fit an event of a function.
fn put_deliveries(
    tx: &mut Tx,
    stream: &LogStream,
    events: &[(i64, String)],
    wanted: &Wanted,
    now: Timestamp,
) -> Result<(), Fault> {
    let filter = &wanted.filter;
    if tx.scan::<LogDelivery>(&filter.deliveries())?.len() >= quota::DELIVERIES {
        tracing::warn!(
            filter = filter.name,
            group = filter.group,
            "too many deliveries wait: events are left out"
        );
        return Ok(());
    }
    for (part, events) in parts(stream.next_batch, events, wanted).into_iter().enumerate() {
        tx.put(&LogDelivery {
            scope: stream.scope.clone(),
            group: stream.group.clone(),
            stream: stream.name.clone(),
            filter: filter.name.clone(),
            batch: stream.next_batch,
            part,
            created: now,
            not_before: now,
            failures: 0,
            events,
        })?;
    }
    Ok(())
}

fn parts(batch: u64, events: &[(i64, String)], wanted: &Wanted) -> Vec<Vec<Delivered>> {
    let mut parts: Vec<Vec<Delivered>> = Vec::new();
    let mut bytes = 0;
    for (index, fields) in &wanted.events {
        let Some((at, message)) = events.get(*index) else { continue };
        let id = Position { at: *at, batch, index: *index }.event_id();
        let event = Delivered { id, timestamp: *at, message: message.clone(), fields: fields.clone() };
        bytes += message.len() + quota::EVENT_OVERHEAD;
        match parts.last_mut().filter(|_| bytes <= quota::DELIVERY_BYTES) {
            Some(part) => part.push(event),
            None => {
                bytes = message.len() + quota::EVENT_OVERHEAD;
                parts.push(vec![event]);
            }
        }
    }
    parts
}
