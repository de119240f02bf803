//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html>

use super::parse_pattern;
use crate::{Logs, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::TestMetricFilter {
    fn access(_: &Logs, _: &Call, _: &api::TestMetricFilterRequest) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("logs:TestMetricFilter", "*")])
    }

    async fn run(
        _: &Logs,
        _: &Call,
        input: Authorized<api::TestMetricFilterRequest>,
    ) -> Result<api::TestMetricFilterResponse, ServiceError> {
        let input = input.into_inner();
        let pattern = parse_pattern(input.filter_pattern.as_deref().unwrap_or_default())?;
        let messages = input.log_event_messages.unwrap_or_default();
        let matches = messages.into_iter().zip(1i64..).filter_map(|(message, number)| {
            let fields = pattern.extract(&message)?;
            Some(api::MetricFilterMatchRecord {
                event_number: Some(number),
                event_message: Some(message),
                extracted_values: Some(fields),
            })
        });
        Ok(api::TestMetricFilterResponse { matches: Some(matches.collect()) })
    }
}
