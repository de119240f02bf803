//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html>

use super::change_group;
use crate::{Logs, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::DeleteRetentionPolicy {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::DeleteRetentionPolicyRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "DeleteRetentionPolicy", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::DeleteRetentionPolicyRequest>,
    ) -> Result<api::DeleteRetentionPolicyOutput, ServiceError> {
        let name = input.into_inner().log_group_name.unwrap_or_default();
        let clear = |group: &mut crate::state::LogGroup| {
            group.retention_days = None;
            Ok(())
        };
        change_group(logs, &call.scope, &name, clear).await?;
        Ok(api::DeleteRetentionPolicyOutput {})
    }
}
