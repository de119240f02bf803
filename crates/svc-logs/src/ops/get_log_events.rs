//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>

use super::retained::{Event, events, fitting};
use crate::model::position::{Position, Token};
use crate::state::Read;
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::GetLogEvents {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::GetLogEventsRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let (name, identifier) = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let group = access::group_name(&call.scope, name, identifier)?;
        let stream = input.log_stream_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_stream(&logs.store.read(), call, "GetLogEvents", (&group, stream))?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::GetLogEventsRequest>,
    ) -> Result<api::GetLogEventsResponse, ServiceError> {
        let input = input.into_inner();
        let (name, identifier) = (input.log_group_name.as_deref(), input.log_group_identifier.as_deref());
        let group = access::group_name(&call.scope, name, identifier)?;
        let snapshot = logs.store.read();
        let group = snapshot.group(&call.scope, &group)?.ok_or_else(error::no_group)?;
        let stream = input.log_stream_name.as_deref().unwrap_or_default();
        let stream = snapshot.stream(&call.scope, &group.name, stream)?.ok_or_else(error::no_stream)?;
        let token = input.next_token.as_deref().map(str::parse).transpose();
        let token = token.map_err(|()| error::invalid("The specified nextToken is invalid."))?;
        let range = input.start_time.unwrap_or(0)..input.end_time.unwrap_or(i64::MAX);
        let all = events(&snapshot, &group, &stream, range, call.now)?;
        let from_head = input.start_from_head == Some(true);
        Ok(answer(&all, window(&all, token, from_head, input.limit), token))
    }
}

/// Which of the ordered events the answer has: onwards from a place, or up to one.
fn window(
    all: &[Event],
    token: Option<Token>,
    from_head: bool,
    limit: Option<i32>,
) -> std::ops::Range<usize> {
    let onwards = |start: usize| start..start + fitting(all.iter().skip(start), limit);
    let up_to = |end: usize| end - fitting(all.iter().take(end).rev(), limit)..end;
    match token {
        Some(Token::Forward(after)) => onwards(all.partition_point(|e| e.position <= after)),
        Some(Token::Backward(before)) => up_to(all.partition_point(|e| e.position < before)),
        None if from_head => onwards(0),
        None => up_to(all.len()),
    }
}

/// At an end the token of that direction stays the same, which is how clients know it.
fn answer(all: &[Event], window: std::ops::Range<usize>, token: Option<Token>) -> api::GetLogEventsResponse {
    let shown = all.get(window).unwrap_or_default();
    let (forward, backward) = match (shown.first(), shown.last(), token) {
        (Some(first), Some(last), _) => (Token::Forward(last.position), Token::Backward(first.position)),
        (_, _, Some(forward @ Token::Forward(_))) => (forward, Token::Backward(Position::END)),
        (_, _, Some(backward)) => (Token::Forward(Position::START), backward),
        _ => (Token::Forward(Position::START), Token::Backward(Position::START)),
    };
    api::GetLogEventsResponse {
        events: Some(shown.iter().map(show).collect()),
        next_forward_token: Some(forward.to_string()),
        next_backward_token: Some(backward.to_string()),
    }
}

fn show(event: &Event) -> api::OutputLogEvent {
    api::OutputLogEvent {
        timestamp: Some(event.position.at),
        message: Some(event.message().to_owned()),
        ingestion_time: Some(event.ingested()),
    }
}
