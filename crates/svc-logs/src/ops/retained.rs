//! The events that a reader may see, one answer's worth of them: in the asked range, not expired, in
//! their order. They are read from the disk batch by batch, and no more of them is held than fits
//! one answer.

use crate::model::position::Position;
use crate::quota;
use crate::state::{LogBatch, LogGroup, LogStream};
use base::Timestamp;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use store::{Cold, ColdTable, Fault, Order, Store};

/// An event's place among those of its group: by time, then by stream, then by arrival.
pub type Place = (i64, String, Position);

/// An event as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub stream: String,
    pub position: Position,
    pub ingested: i64,
    pub message: String,
}

impl Event {
    pub fn place(&self) -> Place {
        (self.position.at, self.stream.clone(), self.position)
    }
}

/// Which end of what is asked for an answer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Oldest,
    Newest,
}

/// What may be shown, and what was found of it: as much from one end as fits an answer.
pub struct Page<'w> {
    end: End,
    times: Range<i64>,
    limit: usize,
    wanted: Box<dyn Fn(&Event) -> bool + 'w>,
    kept: BTreeMap<Place, Event>,
    bytes: usize,
    /// The place nearest to the end that did not fit: nothing from it on is shown.
    bound: Option<Place>,
}

impl<'w> Page<'w> {
    pub fn new(
        end: End,
        times: Range<i64>,
        limit: Option<i32>,
        wanted: impl Fn(&Event) -> bool + 'w,
    ) -> Self {
        let limit = limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(quota::PAGE_EVENTS);
        let limit = limit.clamp(1, quota::PAGE_EVENTS);
        let (kept, wanted) = (BTreeMap::new(), Box::new(wanted));
        Self { end, times, limit, wanted, kept, bytes: 0, bound: None }
    }

    /// Takes what belongs on the page from a stream.
    pub fn read(
        &mut self,
        cold: &Cold<'_>,
        (group, stream): (&LogGroup, &LogStream),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let from = group.cutoff(now).map_or(self.times.start, |cutoff| cutoff.max(self.times.start));
        let times = from..self.times.end;
        // A batch is found by its first event, which may be before the range that its others are in.
        let span = LogBatch::span(stream)
            .from(LogBatch::bound(stream, times.start.saturating_sub(stream.span_ms)))
            .before(LogBatch::bound(stream, times.end))
            .since(times.start);
        let span = match self.end {
            End::Oldest => span,
            End::Newest => span.order(Order::NewestFirst),
        };
        cold.scan(&span, |batch: LogBatch| {
            if self.is_beyond(&batch, stream.span_ms) {
                return Ok(ControlFlow::Break(()));
            }
            if batch.number >= stream.first_batch {
                self.take(batch, &times);
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Whether neither this batch nor one that comes after it has anything for the page.
    fn is_beyond(&self, batch: &LogBatch, span_ms: i64) -> bool {
        let Some((bound, _, _)) = self.bound else { return false };
        match self.end {
            End::Oldest => batch.first() > bound,
            End::Newest => batch.first().saturating_add(span_ms) < bound,
        }
    }

    fn take(&mut self, batch: LogBatch, times: &Range<i64>) {
        for (index, (at, message)) in batch.events.into_iter().enumerate() {
            let position = Position { at, batch: batch.number, index };
            let event = Event { stream: batch.stream.clone(), position, ingested: batch.ingested, message };
            if times.contains(&at) && !self.is_out(&event.place()) && (self.wanted)(&event) {
                self.keep(event);
            }
        }
    }

    fn is_out(&self, place: &Place) -> bool {
        self.bound.as_ref().is_some_and(|bound| match self.end {
            End::Oldest => place >= bound,
            End::Newest => place <= bound,
        })
    }

    fn keep(&mut self, event: Event) {
        self.bytes += size(&event);
        self.kept.insert(event.place(), event);
        while self.kept.len() > self.limit || self.bytes > quota::PAGE_BYTES {
            let last = match self.end {
                End::Oldest => self.kept.pop_last(),
                End::Newest => self.kept.pop_first(),
            };
            let Some((place, event)) = last else { return };
            self.bytes -= size(&event);
            self.bound = Some(place);
        }
    }

    /// The events in the order of time, and whether there are more at the other end.
    pub fn shown(self) -> (Vec<Event>, bool) {
        (self.kept.into_values().collect(), self.bound.is_some())
    }
}

fn size(event: &Event) -> usize {
    event.message.len() + quota::EVENT_OVERHEAD
}

/// Work that reads from the disk, out of the way of calls that do not.
pub async fn on_the_disk<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&Cold<'_>) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let store = store.clone();
    let ended = tokio::task::spawn_blocking(move || work(&store.cold()?)).await;
    ended.map_err(|e| Fault::Read(format!("`{}`: {e}", LogBatch::NAME)))?
}
