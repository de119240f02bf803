//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html>

use super::change_group;
use crate::state::LogGroup;
use crate::{Logs, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::UntagResource {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::UntagResourceRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = access::group_of_arn(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        let untag = access::on_tags(&logs.store.read(), call, "UntagResource", &name)?;
        Ok(vec![untag.context("aws:TagKeys", input.tag_keys.clone().unwrap_or_default())])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::UntagResourceRequest>,
    ) -> Result<api::UntagResourceOutput, ServiceError> {
        let input = input.into_inner();
        let name = access::group_of_arn(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        let keys = input.tag_keys.unwrap_or_default();
        change_group(logs, &call.scope, &name, |group| remove(group, &keys)).await?;
        Ok(api::UntagResourceOutput {})
    }
}

pub(super) fn remove(group: &mut LogGroup, keys: &[String]) -> Result<(), ServiceError> {
    group.tags.retain(|key, _| !keys.contains(key));
    Ok(())
}
