//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html>

use super::parse_pattern;
use crate::live::{Watching, Written};
use crate::model::filter_pattern::FilterPattern;
use crate::state::{Read, group_arn};
use crate::{Logs, access, api, error, quota};
use base::Scope;
use service::{Access, Authorized, Call, Events, ServiceError, StreamHandler};
use std::time::Duration;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How often a session tells what came.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// Updates that may wait for the client.
const WAITING: usize = 4;

type Event = api::StartLiveTailResponseStream;

impl StreamHandler<Logs> for api::StartLiveTail {
    type Event = Event;

    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::StartLiveTailRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let snapshot = logs.store.read();
        let groups = groups(&call.scope, input)?;
        groups.iter().map(|group| access::on_group(&snapshot, call, "StartLiveTail", group)).collect()
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::StartLiveTailRequest>,
    ) -> Result<(api::StartLiveTailResponse, Option<Events<Event>>), ServiceError> {
        let input = input.into_inner();
        let wanted = Wanted::of(logs, call, &input)?;
        let watching = logs.live.watch(&call.scope, quota::LIVE_TAILS).ok_or_else(error::limit_exceeded)?;
        let (sender, events) = mpsc::channel(WAITING);
        tokio::spawn(session(started(call, input), wanted, watching, sender));
        Ok((api::StartLiveTailResponse::default(), Some(events)))
    }
}

fn groups(scope: &Scope, input: &api::StartLiveTailRequest) -> Result<Vec<String>, ServiceError> {
    let named = input.log_group_identifiers.iter().flatten();
    named.map(|identifier| access::group_name(scope, None, Some(identifier))).collect()
}

/// What a session shows.
struct Wanted {
    scope: Scope,
    groups: Vec<String>,
    streams: Vec<String>,
    prefixes: Vec<String>,
    pattern: FilterPattern,
}

impl Wanted {
    fn of(logs: &Logs, call: &Call, input: &api::StartLiveTailRequest) -> Result<Self, ServiceError> {
        let groups = groups(&call.scope, input)?;
        let snapshot = logs.store.read();
        for group in &groups {
            snapshot.group(&call.scope, group)?.ok_or_else(error::no_group)?.standard()?;
        }
        let streams = input.log_stream_names.clone().unwrap_or_default();
        let prefixes = input.log_stream_name_prefixes.clone().unwrap_or_default();
        if !streams.is_empty() && !prefixes.is_empty() {
            return Err(error::invalid("logStreamNamePrefixes and logStreamNames cannot be used together."));
        }
        if groups.len() > 1 && !(streams.is_empty() && prefixes.is_empty()) {
            return Err(error::invalid(
                "logStreamNames and logStreamNamePrefixes can be used with one log group only.",
            ));
        }
        let pattern = parse_pattern(input.log_event_filter_pattern.as_deref().unwrap_or_default())?;
        Ok(Self { scope: call.scope.clone(), groups, streams, prefixes, pattern })
    }

    fn has(&self, written: &Written) -> bool {
        let stream = &written.stream;
        let every = self.streams.is_empty() && self.prefixes.is_empty();
        written.scope == self.scope
            && self.groups.contains(&written.group)
            && (every
                || self.streams.contains(stream)
                || self.prefixes.iter().any(|prefix| stream.starts_with(prefix)))
    }

    fn shown<'w>(&'w self, written: &'w Written) -> impl Iterator<Item = api::LiveTailSessionLogEvent> + 'w {
        let group = group_arn(&written.scope, &written.group).to_string();
        written.events.iter().filter(|(_, message)| self.pattern.matches(message)).map(
            move |(at, message)| api::LiveTailSessionLogEvent {
                log_group_identifier: Some(group.clone()),
                log_stream_name: Some(written.stream.clone()),
                timestamp: Some(*at),
                ingestion_time: Some(written.ingested),
                message: Some(message.clone()),
            },
        )
    }
}

fn started(call: &Call, input: api::StartLiveTailRequest) -> Event {
    Event {
        session_start: Some(api::LiveTailSessionStart {
            request_id: Some(call.request_id.clone()),
            session_id: Some(call.request_id.clone()),
            log_group_identifiers: input.log_group_identifiers,
            log_stream_names: input.log_stream_names,
            log_stream_name_prefixes: input.log_stream_name_prefixes,
            log_event_filter_pattern: input.log_event_filter_pattern,
        }),
        ..Event::default()
    }
}

/// Tells what comes, as long as the client listens and a session lasts; then the answer is at its end.
async fn session(start: Event, wanted: Wanted, mut watching: Watching, events: mpsc::Sender<Event>) {
    if events.send(start).await.is_err() {
        return;
    }
    let end = Instant::now() + quota::LIVE_TAIL_TIME;
    while Instant::now() < end {
        tokio::select! {
            () = tokio::time::sleep(TOLD_EVERY) => {}
            () = events.closed() => return,
        }
        if events.send(update(&wanted, &mut watching)).await.is_err() {
            return;
        }
    }
}

/// What came since the last time; of more than fits, a part.
fn update(wanted: &Wanted, watching: &mut Watching) -> Event {
    let (mut results, mut sampled) = (Vec::new(), false);
    loop {
        match watching.written.try_recv() {
            Ok(written) if wanted.has(&written) => results.extend(wanted.shown(&written)),
            Ok(_) => {}
            Err(TryRecvError::Lagged(_)) => sampled = true,
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    sampled = sampled || results.len() > quota::LIVE_TAIL_EVENTS;
    results.truncate(quota::LIVE_TAIL_EVENTS);
    Event {
        session_update: Some(api::LiveTailSessionUpdate {
            session_metadata: Some(api::LiveTailSessionMetadata { sampled: Some(sampled) }),
            session_results: Some(results),
        }),
        ..Event::default()
    }
}
