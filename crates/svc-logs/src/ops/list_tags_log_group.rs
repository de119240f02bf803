//! The older form of ListTagsForResource, which still works.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html>

use crate::state::Read;
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::ListTagsLogGroup {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::ListTagsLogGroupRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = input.log_group_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_group(&logs.store.read(), call, "ListTagsLogGroup", name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::ListTagsLogGroupRequest>,
    ) -> Result<api::ListTagsLogGroupResponse, ServiceError> {
        let name = input.into_inner().log_group_name.unwrap_or_default();
        let group = logs.store.read().group(&call.scope, &name)?.ok_or_else(error::no_group)?;
        Ok(api::ListTagsLogGroupResponse { tags: Some(group.tags.clone()) })
    }
}
