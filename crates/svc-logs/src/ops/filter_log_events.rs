//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>

use super::parse_pattern;
use super::retained::{End, Event, Page, Place, on_the_disk};
use crate::model::position::Position;
use crate::state::{LogStream, Read};
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::ops::Range;
use std::sync::Arc;

impl Handler<Logs> for api::FilterLogEvents {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::FilterLogEventsRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let (name, identifier) = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let group = access::group_name(&call.scope, name, identifier)?;
        Ok(vec![access::on_group(&logs.store.read(), call, "FilterLogEvents", &group)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::FilterLogEventsRequest>,
    ) -> Result<api::FilterLogEventsResponse, ServiceError> {
        let input = input.into_inner();
        let pattern = parse_pattern(input.filter_pattern.as_deref().unwrap_or_default())?;
        let after = input.next_token.as_deref().map(parse_token).transpose()?;
        let (name, identifier) = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let group = access::group_name(&call.scope, name, identifier)?;
        let snapshot = logs.store.read();
        let group = snapshot.group(&call.scope, &group)?.ok_or_else(error::no_group)?;
        group.standard()?;
        // The end is inclusive here, unlike GetLogEvents'.
        let range = input.start_time.unwrap_or(0)..input.end_time.unwrap_or(i64::MAX).saturating_add(1);
        let range = after.as_ref().map_or(range.start, |(at, _, _)| range.start.max(*at))..range.end;
        let streams = chosen(snapshot.streams(&call.scope, &group.name)?, &input)?;
        let (limit, now) = (input.limit, call.now);
        let found = on_the_disk(&logs.store, move |cold| {
            let mut page = Page::new(End::Oldest, range.clone(), limit, |event| {
                after.as_ref().is_none_or(|after| event.place() > *after) && pattern.matches(&event.message)
            });
            for stream in streams.iter().filter(|stream| has(stream, &range)) {
                page.read(cold, (&group, stream), now)?;
            }
            Ok(page.shown())
        });
        let (found, more) = found.await?;
        Ok(answer(&found, more))
    }
}

/// Whether a stream can have an event in the range.
fn has(stream: &LogStream, range: &Range<i64>) -> bool {
    stream.last_event.is_some_and(|last| last >= range.start)
        && stream.first_event.is_some_and(|first| first < range.end)
}

/// The streams that are searched.
fn chosen(
    mut streams: Vec<Arc<LogStream>>,
    input: &api::FilterLogEventsRequest,
) -> Result<Vec<Arc<LogStream>>, ServiceError> {
    match (&input.log_stream_names, &input.log_stream_name_prefix) {
        (Some(_), Some(_)) => {
            return Err(error::invalid("logStreamNamePrefix and logStreamNames cannot be used together."));
        }
        (Some(names), None) => {
            if names.iter().any(|name| !streams.iter().any(|s| s.name == *name)) {
                return Err(error::no_stream());
            }
            streams.retain(|stream| names.contains(&stream.name));
        }
        (None, Some(prefix)) => streams.retain(|stream| stream.name.starts_with(prefix)),
        (None, None) => {}
    }
    Ok(streams)
}

fn answer(shown: &[Event], more: bool) -> api::FilterLogEventsResponse {
    api::FilterLogEventsResponse {
        events: Some(shown.iter().map(show).collect()),
        next_token: shown.last().filter(|_| more).map(|e| format!("{}@{}", e.position, e.stream)),
        searched_log_streams: Some(Vec::new()),
    }
}

fn parse_token(token: &str) -> Result<Place, ServiceError> {
    let parts = token.split_once('@').and_then(|(position, stream)| {
        let position: Position = position.parse().ok()?;
        Some((position.at, stream.to_owned(), position))
    });
    parts.ok_or_else(|| error::invalid("The specified nextToken is invalid."))
}

fn show(event: &Event) -> api::FilteredLogEvent {
    api::FilteredLogEvent {
        event_id: Some(event.position.event_id()),
        ingestion_time: Some(event.ingested),
        log_stream_name: Some(event.stream.clone()),
        message: Some(event.message.clone()),
        timestamp: Some(event.position.at),
    }
}
