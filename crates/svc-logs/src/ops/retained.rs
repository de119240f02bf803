//! The events that a reader may see: in the asked range, not expired, in their order.

use crate::model::position::Position;
use crate::quota;
use crate::state::{LogBatch, LogGroup, LogStream, Read};
use base::Timestamp;
use std::ops::Range;
use std::sync::Arc;
use store::{Fault, Snapshot};

/// An event where it is stored.
#[derive(Clone)]
pub struct Event {
    pub position: Position,
    batch: Arc<LogBatch>,
}

impl Event {
    pub fn message(&self) -> &str {
        self.batch.events.get(self.position.index).map_or("", |(_, message)| message)
    }

    pub fn ingested(&self) -> i64 {
        self.batch.ingested
    }

    pub fn stream(&self) -> &str {
        &self.batch.stream
    }
}

/// A stream's events with a time in the range.
pub fn events(
    snapshot: &Snapshot,
    group: &LogGroup,
    stream: &LogStream,
    range: Range<i64>,
    now: Timestamp,
) -> Result<Vec<Event>, Fault> {
    let from = group.cutoff(now).map_or(range.start, |cutoff| cutoff.max(range.start));
    let mut found = Vec::new();
    for batch in snapshot.batches(&group.scope, &group.name, &stream.name)? {
        let first = batch.events.partition_point(|(at, _)| *at < from);
        let end = batch.events.partition_point(|(at, _)| *at < range.end);
        for (index, (at, _)) in batch.events.iter().enumerate().take(end).skip(first) {
            let position = Position { at: *at, batch: batch.number, index };
            found.push(Event { position, batch: batch.clone() });
        }
    }
    found.sort_by_key(|event| event.position);
    Ok(found)
}

/// How many of the events fit one answer.
pub fn fitting<'e>(events: impl Iterator<Item = &'e Event>, limit: Option<i32>) -> usize {
    let limit = limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(quota::PAGE_EVENTS);
    let mut bytes = 0;
    let fits = |event: &&Event| {
        bytes += event.message().len() + quota::EVENT_OVERHEAD;
        bytes <= quota::PAGE_BYTES
    };
    events.take(limit.min(quota::PAGE_EVENTS)).take_while(fits).count()
}
