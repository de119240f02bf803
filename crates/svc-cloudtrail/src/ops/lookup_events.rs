//! The management events of the last ninety days, newest first.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>

use super::on_everything;
use crate::event_history::{self, Query, Wanted};
use crate::state::Entry;
use crate::{CloudTrail, api, error, quota};
use base::Timestamp;
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::ops::RangeInclusive;

impl Handler<CloudTrail> for api::LookupEvents {
    fn access(_: &CloudTrail, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(on_everything("LookupEvents"))
    }

    async fn run(
        trail: &CloudTrail,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let wanted = wanted(&input)?;
        let times = times(&input, call.now)?;
        let most = input.max_results.unwrap_or(quota::PAGE_EVENTS);
        let most = Some(most).filter(|n| (1..=quota::PAGE_EVENTS).contains(n));
        let most = most.and_then(|n| usize::try_from(n).ok()).ok_or_else(error::max_results)?;
        if input.event_category.is_some() {
            return Err(ServiceError::not_implemented("Insights events"));
        }
        let question = (wanted.clone(), input.start_time, input.end_time);
        let before = match input.next_token.as_deref() {
            Some(token) => Some(event_history::place(token, &question).ok_or_else(error::next_token)?),
            None => None,
        };
        let page = trail.look_up(&call.scope, Query { wanted, times, before, most }).await?;
        Ok(api::LookupEventsResponse {
            next_token: page.next.map(|place| event_history::token(place, &question)),
            events: Some(page.entries.into_iter().map(show).collect()),
        })
    }
}

fn wanted(input: &api::LookupEventsRequest) -> Result<Wanted, ServiceError> {
    let attribute = match input.lookup_attributes.as_deref().unwrap_or_default() {
        [] => return Ok(Wanted::Anything),
        [attribute] => attribute,
        _ => return Err(error::one_attribute_only()),
    };
    let value = attribute.attribute_value.clone().unwrap_or_default();
    Ok(match attribute.attribute_key.as_deref().unwrap_or_default() {
        "EventId" => Wanted::EventId(value),
        "EventName" => Wanted::EventName(value),
        "EventSource" => Wanted::EventSource(value),
        "AccessKeyId" => Wanted::AccessKeyId(value),
        "ResourceName" => Wanted::ResourceName(value),
        "ResourceType" => Wanted::ResourceType(value),
        "Username" => Wanted::Username(value),
        // The model has let no other key through.
        _ => Wanted::ReadOnly(value.parse().map_err(|_| error::bad_read_only(&value))?),
    })
}

fn times(
    input: &api::LookupEventsRequest,
    now: Timestamp,
) -> Result<RangeInclusive<Timestamp>, ServiceError> {
    let oldest = now.plus_ms(-quota::KEPT_MS);
    let start = input.start_time.unwrap_or(oldest);
    let end = input.end_time.unwrap_or(now);
    if start > end {
        return Err(error::time_range());
    }
    Ok(start.max(oldest)..=end)
}

fn show(entry: Entry) -> api::Event {
    let resource = |(kind, name)| api::Resource { resource_type: Some(kind), resource_name: Some(name) };
    api::Event {
        event_id: Some(entry.id),
        event_name: Some(entry.name),
        read_only: Some(entry.read_only.to_string()),
        access_key_id: entry.access_key_id,
        event_time: Some(event_history::stamp(entry.at)),
        event_source: Some(entry.source),
        username: entry.username,
        resources: Some(entry.resources.into_iter().map(resource).collect()),
        cloud_trail_event: Some(entry.event),
    }
}
