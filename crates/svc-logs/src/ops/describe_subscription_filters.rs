//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html>

use super::page;
use crate::state::{Read, SubscriptionFilter};
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::DescribeSubscriptionFilters {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::DescribeSubscriptionFiltersRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "DescribeSubscriptionFilters", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::DescribeSubscriptionFiltersRequest>,
    ) -> Result<api::DescribeSubscriptionFiltersResponse, ServiceError> {
        let input = input.into_inner();
        let group = input.log_group_name.unwrap_or_default();
        let snapshot = logs.store.read();
        snapshot.group(&call.scope, &group)?.ok_or_else(error::no_group)?.standard()?;
        let mut filters = SubscriptionFilter::of_group(&snapshot, &call.scope, &group)?;
        let prefix = input.filter_name_prefix.unwrap_or_default();
        filters.retain(|filter| filter.name.starts_with(&prefix));
        let token = input.next_token.unwrap_or_default();
        let (filters, next_token) = page(filters, input.limit, |f| f.name > token, |f| f.name.clone());
        let shown = filters.iter().map(|filter| show(filter)).collect();
        Ok(api::DescribeSubscriptionFiltersResponse { subscription_filters: Some(shown), next_token })
    }
}

fn show(filter: &SubscriptionFilter) -> api::SubscriptionFilter {
    api::SubscriptionFilter {
        filter_name: Some(filter.name.clone()),
        log_group_name: Some(filter.group.clone()),
        filter_pattern: Some(filter.pattern.clone()),
        destination_arn: Some(filter.destination.clone()),
        distribution: Some(filter.distribution.clone()),
        creation_time: Some(filter.created.millis()),
        apply_on_transformed_logs: Some(false),
        ..api::SubscriptionFilter::default()
    }
}
