//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html>

use super::page;
use crate::state::{MetricFilter, Read};
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::DescribeMetricFilters {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::DescribeMetricFiltersRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "DescribeMetricFilters", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::DescribeMetricFiltersRequest>,
    ) -> Result<api::DescribeMetricFiltersResponse, ServiceError> {
        let input = input.into_inner();
        check(&input)?;
        let snapshot = logs.store.read();
        let mut filters = match &input.log_group_name {
            Some(group) => {
                snapshot.group(&call.scope, group)?.ok_or_else(error::no_group)?.standard()?;
                MetricFilter::of_group(&snapshot, &call.scope, group)?
            }
            None => snapshot.scan::<MetricFilter>(&call.scope.prefix())?,
        };
        let is = |asked: &Option<String>, value: &str| asked.as_ref().is_none_or(|asked| asked == value);
        let prefix = input.filter_name_prefix.as_deref().unwrap_or_default();
        filters.retain(|filter| {
            filter.name.starts_with(prefix)
                && is(&input.metric_name, &filter.transformation.metric)
                && is(&input.metric_namespace, &filter.transformation.namespace)
        });
        let token = input.next_token.clone().unwrap_or_default();
        let place = |filter: &MetricFilter| format!("{}:{}", filter.group, filter.name);
        let (filters, next_token) = page(filters, input.limit, |f| place(f) > token, |f| place(f));
        let shown = filters.iter().map(|filter| filter.shown()).collect();
        Ok(api::DescribeMetricFiltersResponse { metric_filters: Some(shown), next_token })
    }
}

/// A metric is named by both its names.
fn check(input: &api::DescribeMetricFiltersRequest) -> Result<(), ServiceError> {
    let (given, lacking) = match (&input.metric_name, &input.metric_namespace) {
        (Some(_), None) => ("metricName", "metricNamespace"),
        (None, Some(_)) => ("metricNamespace", "metricName"),
        _ => return Ok(()),
    };
    let text = format!(
        "If you include the {given} parameter in your request, you must also include the {lacking} parameter."
    );
    Err(error::invalid(text))
}
