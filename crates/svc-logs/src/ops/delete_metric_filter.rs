//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteMetricFilter.html>

use crate::state::{MetricFilter, Read};
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Logs> for api::DeleteMetricFilter {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::DeleteMetricFilterRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "DeleteMetricFilter", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::DeleteMetricFilterRequest>,
    ) -> Result<api::DeleteMetricFilterOutput, ServiceError> {
        let input = input.into_inner();
        let group = input.log_group_name.unwrap_or_default();
        let key = call.scope.key(&format!("{group}:{}", input.filter_name.unwrap_or_default()));
        let delete = |tx: &mut Tx| {
            tx.snapshot().group(&call.scope, &group)?.ok_or_else(error::no_group)?.standard()?;
            if tx.delete::<MetricFilter>(&key)? { Ok(()) } else { Err(error::no_metric_filter()) }
        };
        logs.store.write(delete).await?;
        Ok(api::DeleteMetricFilterOutput {})
    }
}
