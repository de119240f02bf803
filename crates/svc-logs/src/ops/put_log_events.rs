//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>

use super::describe_log_streams::sequence_token;
use crate::append::put_batch;
use crate::state::{Read, Wanted};
use crate::{Logs, access, api, error, quota};
use base::Timestamp;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Logs> for api::PutLogEvents {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::PutLogEventsRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let group = input.log_group_name.as_deref().unwrap_or_default();
        let stream = input.log_stream_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_stream(&logs.store.read(), call, "PutLogEvents", (group, stream))?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::PutLogEventsRequest>,
    ) -> Result<api::PutLogEventsResponse, ServiceError> {
        let input = input.into_inner();
        if input.entity.is_some() {
            return Err(ServiceError::not_implemented("The entity of log events"));
        }
        let group = input.log_group_name.unwrap_or_default();
        let stream = input.log_stream_name.unwrap_or_default();
        let events: Vec<_> = input.log_events.unwrap_or_default().into_iter().map(plain).collect();
        check(&events)?;
        let snapshot = logs.store.read();
        let found = snapshot.group(&call.scope, &group)?.ok_or_else(error::no_group)?;
        let (events, rejected) = sift(events, call.now, found.cutoff(call.now));
        let wanted = Wanted::of(&snapshot, &call.scope, &group, &events)?;
        let seen = logs.live.is_watched().then(|| events.clone());
        let put = |tx: &mut Tx| {
            let snapshot = tx.snapshot();
            snapshot.group(&call.scope, &group)?.ok_or_else(error::no_group)?;
            let row = snapshot.stream(&call.scope, &group, &stream)?.ok_or_else(error::no_stream)?;
            let mut row = (*row).clone();
            put_batch(tx, &mut row, events, &wanted, call.now)?;
            Ok::<_, ServiceError>(sequence_token(&row))
        };
        let token = logs.store.write(put).await?;
        logs.show(&call.scope, &group, &stream, seen, call.now);
        Ok(api::PutLogEventsResponse {
            next_sequence_token: Some(token),
            rejected_log_events_info: rejected,
            ..api::PutLogEventsResponse::default()
        })
    }
}

fn plain(event: api::InputLogEvent) -> (i64, String) {
    (event.timestamp.unwrap_or_default(), event.message.unwrap_or_default())
}

/// The rules that refuse a whole batch.
fn check(events: &[(i64, String)]) -> Result<(), ServiceError> {
    let sizes = events.iter().map(|(_, message)| message.len() + quota::EVENT_OVERHEAD);
    if let Some(size) = sizes.clone().find(|size| *size > quota::EVENT_BYTES) {
        let limit = quota::EVENT_BYTES;
        return Err(error::invalid(format!("Log event too large: {size} bytes exceeds limit of {limit}")));
    }
    let total: usize = sizes.sum();
    if total > quota::BATCH_BYTES {
        let limit = quota::BATCH_BYTES;
        return Err(error::invalid(format!("Upload too large: {total} bytes exceeds limit of {limit}")));
    }
    if !events.is_sorted_by_key(|(at, _)| *at) {
        let text = "Log events in a single PutLogEvents request must be in chronological order.";
        return Err(error::invalid(text));
    }
    let span = events.last().map_or(0, |(at, _)| *at).saturating_sub(events.first().map_or(0, |(at, _)| *at));
    if span > quota::BATCH_SPAN_MS {
        let text = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.";
        return Err(error::invalid(text));
    }
    Ok(())
}

/// The events that are kept, and which were not because of their time.
fn sift(
    events: Vec<(i64, String)>,
    now: Timestamp,
    cutoff: Option<i64>,
) -> (Vec<(i64, String)>, Option<api::RejectedLogEventsInfo>) {
    let below = |limit: i64| events.partition_point(|(at, _)| *at < limit);
    let too_old = below(now.millis() - quota::OLDEST_MS);
    let expired = cutoff.map_or(0, below);
    let too_new = events.partition_point(|(at, _)| *at <= now.millis() + quota::NEWEST_MS);
    let end = |n: usize| i32::try_from(n).ok().filter(|n| *n > 0);
    let rejected = api::RejectedLogEventsInfo {
        too_old_log_event_end_index: end(too_old),
        expired_log_event_end_index: end(expired),
        too_new_log_event_start_index: i32::try_from(too_new).ok().filter(|_| too_new < events.len()),
    };
    let rejected = Some(rejected).filter(|r| *r != api::RejectedLogEventsInfo::default());
    let first = too_old.max(expired);
    (events.into_iter().take(too_new).skip(first).collect(), rejected)
}
