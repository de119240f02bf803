//! The older form of TagResource, which still works.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html>

use super::{change_group, tag_resource::add};
use crate::{Logs, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::TagLogGroup {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::TagLogGroupRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        let tag = access::on_group(&logs.store.read(), call, "TagLogGroup", name)?;
        Ok(vec![access::with_request_tags(tag, input.tags.as_ref())])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::TagLogGroupRequest>,
    ) -> Result<api::TagLogGroupOutput, ServiceError> {
        let input = input.into_inner();
        let name = input.log_group_name.unwrap_or_default();
        let tags = input.tags.unwrap_or_default();
        change_group(logs, &call.scope, &name, |group| add(group, tags)).await?;
        Ok(api::TagLogGroupOutput {})
    }
}
