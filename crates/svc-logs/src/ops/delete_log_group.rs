//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html>

use super::delete_log_stream::remove_stream;
use super::delete_subscription_filter::remove_filter;
use crate::state::{LogGroup, MetricFilter, Read, SubscriptionFilter};
use crate::{Logs, access, api, error};
use base::Scope;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<Logs> for api::DeleteLogGroup {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::DeleteLogGroupRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "DeleteLogGroup", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::DeleteLogGroupRequest>,
    ) -> Result<api::DeleteLogGroupOutput, ServiceError> {
        let name = input.into_inner().log_group_name.unwrap_or_default();
        logs.store.write(|tx| remove_group(tx, &call.scope, &name)).await?;
        logs.sweep_soon();
        Ok(api::DeleteLogGroupOutput {})
    }
}

/// The group, its streams and their events, its filters and what they still had to deliver.
fn remove_group(tx: &mut Tx, scope: &Scope, name: &str) -> Result<(), ServiceError> {
    let group = tx.snapshot().group(scope, name)?.ok_or_else(error::no_group)?;
    for stream in tx.snapshot().streams(scope, name)? {
        remove_stream(tx, &stream)?;
    }
    for filter in SubscriptionFilter::of_group(&tx.snapshot(), scope, name)? {
        remove_filter(tx, &filter)?;
    }
    for filter in MetricFilter::of_group(&tx.snapshot(), scope, name)? {
        tx.delete::<MetricFilter>(&filter.key())?;
    }
    tx.delete::<LogGroup>(&group.key())?;
    Ok(())
}
