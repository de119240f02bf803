//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>

use super::retained::{End, Event, Page, on_the_disk};
use crate::model::position::{Position, Token};
use crate::state::Read;
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::ops::Range;

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
        group.standard()?;
        let stream = input.log_stream_name.as_deref().unwrap_or_default();
        let stream = snapshot.stream(&call.scope, &group.name, stream)?.ok_or_else(error::no_stream)?;
        let token = input.next_token.as_deref().map(str::parse).transpose();
        let token = token.map_err(|()| error::invalid("The specified nextToken is invalid."))?;
        let range = narrowed(input.start_time.unwrap_or(0)..input.end_time.unwrap_or(i64::MAX), token);
        let (end, limit, now) = (end(token, input.start_from_head == Some(true)), input.limit, call.now);
        let shown = on_the_disk(&logs.store, move |cold| {
            let mut page = Page::new(end, range, limit, |event| is_there(event, token));
            page.read(cold, (&group, &stream), now)?;
            Ok(page.shown().0)
        });
        Ok(answer(&shown.await?, token))
    }
}

/// An answer goes onwards from a place, or up to one.
fn end(token: Option<Token>, from_head: bool) -> End {
    match token {
        Some(Token::Forward(_)) => End::Oldest,
        Some(Token::Backward(_)) => End::Newest,
        None if from_head => End::Oldest,
        None => End::Newest,
    }
}

fn is_there(event: &Event, token: Option<Token>) -> bool {
    match token {
        Some(Token::Forward(after)) => event.position > after,
        Some(Token::Backward(before)) => event.position < before,
        None => true,
    }
}

/// The part of a range that a token leaves, so that nothing else is read.
fn narrowed(range: Range<i64>, token: Option<Token>) -> Range<i64> {
    match token {
        Some(Token::Forward(after)) => range.start.max(after.at)..range.end,
        Some(Token::Backward(before)) => range.start..range.end.min(before.at.saturating_add(1)),
        None => range,
    }
}

/// At an end the token of that direction stays the same, which is how clients know it.
fn answer(shown: &[Event], token: Option<Token>) -> api::GetLogEventsResponse {
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
        message: Some(event.message.clone()),
        ingestion_time: Some(event.ingested),
    }
}
