//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html>

use super::page;
use crate::state::{LogStream, Read, stream_arn};
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::cmp::Ordering;

impl Handler<Logs> for api::DescribeLogStreams {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::DescribeLogStreamsRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let (name, identifier) = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let name = access::group_name(&call.scope, name, identifier)?;
        Ok(vec![access::on_group(&logs.store.read(), call, "DescribeLogStreams", &name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::DescribeLogStreamsRequest>,
    ) -> Result<api::DescribeLogStreamsResponse, ServiceError> {
        let input = input.into_inner();
        let by_time = input.order_by.as_deref() == Some("LastEventTime");
        if by_time && input.log_stream_name_prefix.is_some() {
            return Err(error::invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
        }
        let (name, identifier) = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let group = access::group_name(&call.scope, name, identifier)?;
        let snapshot = logs.store.read();
        snapshot.group(&call.scope, &group)?.ok_or_else(error::no_group)?;
        let mut streams = snapshot.streams(&call.scope, &group)?;
        let prefix = input.log_stream_name_prefix.unwrap_or_default();
        streams.retain(|stream| stream.name.starts_with(&prefix));
        let compare = |a: &Key, b: &Key| order(a, b, by_time, input.descending == Some(true));
        streams.sort_by(|a, b| compare(&key(a), &key(b)));
        let after = input.next_token.map(|token| parse(&token)).transpose()?;
        let beyond = |s: &std::sync::Arc<LogStream>| {
            after.as_ref().is_none_or(|after| compare(&key(s), after) == Ordering::Greater)
        };
        let (streams, next_token) = page(streams, input.limit, beyond, |s| token(&key(s)));
        let shown = streams.iter().map(|stream| show(stream)).collect();
        Ok(api::DescribeLogStreamsResponse { log_streams: Some(shown), next_token })
    }
}

/// What streams are ordered by: the last event's moment and the name.
type Key = (i64, String);

fn key(stream: &LogStream) -> Key {
    (stream.last_event.unwrap_or(i64::MIN), stream.name.clone())
}

fn order(a: &Key, b: &Key, by_time: bool, descending: bool) -> Ordering {
    let ascending = if by_time { a.cmp(b) } else { a.1.cmp(&b.1) };
    if descending { ascending.reverse() } else { ascending }
}

fn token(key: &Key) -> String {
    format!("{}@{}", key.0, key.1)
}

fn parse(token: &str) -> Result<Key, ServiceError> {
    let parts = token.split_once('@').and_then(|(at, name)| Some((at.parse().ok()?, name.to_owned())));
    parts.ok_or_else(|| error::invalid("The specified nextToken is invalid."))
}

fn show(stream: &LogStream) -> api::LogStream {
    api::LogStream {
        arn: Some(stream_arn(&stream.scope, &stream.group, &stream.name).to_string()),
        log_stream_name: Some(stream.name.clone()),
        creation_time: Some(stream.created.millis()),
        first_event_timestamp: stream.first_event,
        last_event_timestamp: stream.last_event,
        last_ingestion_time: stream.last_ingestion,
        upload_sequence_token: Some(sequence_token(stream)),
        // AWS says so for every stream since 2019; the group's figure counts.
        stored_bytes: Some(0),
    }
}

/// What AWS gives as a token and no longer asks for.
pub(super) fn sequence_token(stream: &LogStream) -> String {
    format!("{:056}", stream.next_batch)
}
