//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html>

use crate::state::Read;
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Logs> for api::ListTagsForResource {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::ListTagsForResourceRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let name = access::group_of_arn(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        Ok(vec![access::on_tags(&logs.store.read(), call, "ListTagsForResource", &name)?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::ListTagsForResourceRequest>,
    ) -> Result<api::ListTagsForResourceResponse, ServiceError> {
        let name = access::group_of_arn(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        let group = logs.store.read().group(&call.scope, &name)?.ok_or_else(error::no_group)?;
        Ok(api::ListTagsForResourceResponse { tags: Some(group.tags.clone()) })
    }
}
