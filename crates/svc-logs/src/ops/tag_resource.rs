//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html>

use super::change_group;
use crate::state::{LogGroup, Tags};
use crate::{Logs, access, api, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::TagResource {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::TagResourceRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = access::group_of_arn(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        let tag = access::on_tags(&logs.store.read(), call, "TagResource", &name)?;
        Ok(vec![access::with_request_tags(tag, input.tags.as_ref())])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::TagResourceRequest>,
    ) -> Result<api::TagResourceOutput, ServiceError> {
        let input = input.into_inner();
        let name = access::group_of_arn(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        let tags = input.tags.unwrap_or_default();
        change_group(logs, &call.scope, &name, |group| add(group, tags)).await?;
        Ok(api::TagResourceOutput {})
    }
}

pub(super) fn add(group: &mut LogGroup, tags: Tags) -> Result<(), ServiceError> {
    group.tags.extend(tags);
    if group.tags.len() > quota::TAGS {
        return Err(error::too_many_tags(group.arn().to_string()));
    }
    Ok(())
}
