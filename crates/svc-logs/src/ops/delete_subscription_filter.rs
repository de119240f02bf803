//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteSubscriptionFilter.html>

use crate::state::{LogDelivery, Read, SubscriptionFilter};
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Fault, Table, Tx};

impl Handler<Logs> for api::DeleteSubscriptionFilter {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::DeleteSubscriptionFilterRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "DeleteSubscriptionFilter", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::DeleteSubscriptionFilterRequest>,
    ) -> Result<api::DeleteSubscriptionFilterOutput, ServiceError> {
        let input = input.into_inner();
        let group = input.log_group_name.unwrap_or_default();
        let key = call.scope.key(&format!("{group}:{}", input.filter_name.unwrap_or_default()));
        let delete = |tx: &mut Tx| {
            tx.snapshot().group(&call.scope, &group)?.ok_or_else(error::no_group)?.standard()?;
            let found = tx.get::<SubscriptionFilter>(&key)?.ok_or_else(error::no_subscription_filter)?;
            Ok::<_, ServiceError>(remove_filter(tx, &found)?)
        };
        logs.store.write(delete).await?;
        Ok(api::DeleteSubscriptionFilterOutput {})
    }
}

/// The filter, and what it still had to deliver.
pub(super) fn remove_filter(tx: &mut Tx, filter: &SubscriptionFilter) -> Result<(), Fault> {
    for delivery in tx.scan::<LogDelivery>(&filter.deliveries())? {
        tx.delete::<LogDelivery>(&delivery.key())?;
    }
    tx.delete::<SubscriptionFilter>(&filter.key()).map(|_| ())
}
