//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetTags.html>

use super::may;
use super::tag_path;
use crate::tags::Tagged;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetTags {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &tag_path(input.resource_arn.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let tagged = Tagged::parse(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        Ok(api::Tags { tags: Some(tagged.tags(&gateway.store.read(), &call.scope)?) })
    }
}
