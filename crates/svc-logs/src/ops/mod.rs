//! The operations, one per file, and their registry.

mod create_log_group;
mod create_log_stream;
mod delete_log_group;
mod delete_log_stream;
mod delete_metric_filter;
mod delete_retention_policy;
mod delete_subscription_filter;
mod describe_log_groups;
mod describe_log_streams;
mod describe_metric_filters;
mod describe_subscription_filters;
mod filter_log_events;
mod get_log_events;
mod list_tags_for_resource;
mod list_tags_log_group;
mod put_log_events;
mod put_metric_filter;
mod put_retention_policy;
mod put_subscription_filter;
mod retained;
mod start_live_tail;
mod tag_log_group;
mod tag_resource;
mod test_metric_filter;
mod untag_log_group;
mod untag_resource;

pub(crate) use retained::on_the_disk;

use crate::error::{invalid, no_group};
use crate::model::filter_pattern::FilterPattern;
use crate::state::{LogGroup, Read};
use crate::{Logs, api, quota};
use base::Scope;
use service::{Registry, ServiceError};
use std::sync::Arc;
use store::Tx;

/// Everything that this service serves.
pub fn registry(service: Arc<Logs>) -> Registry {
    Registry::builder(&api::MODEL, service)
        .with::<api::CreateLogGroup>()
        .with::<api::CreateLogStream>()
        .with::<api::DeleteLogGroup>()
        .with::<api::DeleteLogStream>()
        .with::<api::DeleteMetricFilter>()
        .with::<api::DeleteRetentionPolicy>()
        .with::<api::DeleteSubscriptionFilter>()
        .with::<api::DescribeLogGroups>()
        .with::<api::DescribeLogStreams>()
        .with::<api::DescribeMetricFilters>()
        .with::<api::DescribeSubscriptionFilters>()
        .with::<api::FilterLogEvents>()
        .with::<api::GetLogEvents>()
        .with::<api::ListTagsForResource>()
        .with::<api::ListTagsLogGroup>()
        .with::<api::PutLogEvents>()
        .with::<api::PutMetricFilter>()
        .with::<api::PutRetentionPolicy>()
        .with::<api::PutSubscriptionFilter>()
        .with_stream::<api::StartLiveTail>()
        .with::<api::TagLogGroup>()
        .with::<api::TagResource>()
        .with::<api::TestMetricFilter>()
        .with::<api::UntagLogGroup>()
        .with::<api::UntagResource>()
        .build()
}

fn parse_pattern(text: &str) -> Result<FilterPattern, ServiceError> {
    FilterPattern::parse(text).map_err(|error| invalid(error.to_string()))
}

/// Changes a group in a transaction, if it is there.
async fn change_group(
    logs: &Logs,
    scope: &Scope,
    name: &str,
    change: impl FnOnce(&mut LogGroup) -> Result<(), ServiceError>,
) -> Result<(), ServiceError> {
    let write = |tx: &mut Tx| {
        let found = tx.snapshot().group(scope, name)?.ok_or_else(no_group)?;
        let mut group = (*found).clone();
        change(&mut group)?;
        Ok(tx.put(&group)?)
    };
    logs.store.write(write).await
}

/// The names of one answer, and the token that continues after them.
fn page<T>(
    items: Vec<T>,
    limit: Option<i32>,
    after: impl Fn(&T) -> bool,
    token: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let limit =
        limit.and_then(|n| usize::try_from(n).ok()).unwrap_or(quota::PAGE_NAMES).min(quota::PAGE_NAMES);
    let mut rest = items.into_iter().filter(after);
    let page: Vec<T> = rest.by_ref().take(limit).collect();
    let next = rest.next().and_then(|_| page.last().map(token));
    (page, next)
}
