//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>

use super::change_group;
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

/// The periods that AWS offers.
const DAYS: [i32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

impl Handler<Logs> for api::PutRetentionPolicy {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::PutRetentionPolicyRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "PutRetentionPolicy", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::PutRetentionPolicyRequest>,
    ) -> Result<api::PutRetentionPolicyOutput, ServiceError> {
        let input = input.into_inner();
        let days = input.retention_in_days.unwrap_or_default();
        if !DAYS.contains(&days) {
            return Err(error::invalid(format!(
                "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy \
                 constraint: Member must satisfy enum value set: {DAYS:?}"
            )));
        }
        let name = input.log_group_name.unwrap_or_default();
        let set = |group: &mut crate::state::LogGroup| {
            group.retention_days = Some(days);
            Ok(())
        };
        change_group(logs, &call.scope, &name, set).await?;
        Ok(api::PutRetentionPolicyOutput {})
    }
}
