//! The older form of UntagResource, which still works.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html>

use super::{change_group, untag_resource::remove};
use crate::{Logs, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::UntagLogGroup {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::UntagLogGroupRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        let untag = access::on_group(&logs.store.read(), call, "UntagLogGroup", name)?;
        Ok(vec![untag.context("aws:TagKeys", input.tags.clone().unwrap_or_default())])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::UntagLogGroupRequest>,
    ) -> Result<api::UntagLogGroupOutput, ServiceError> {
        let input = input.into_inner();
        let name = input.log_group_name.unwrap_or_default();
        let keys = input.tags.unwrap_or_default();
        change_group(logs, &call.scope, &name, |group| remove(group, &keys)).await?;
        Ok(api::UntagLogGroupOutput {})
    }
}
