//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html#GetTags>

use super::{may, tag_path};
use crate::{ApiGatewayV2, api, tags::Tagged};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetTags {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &tag_path(input.resource_arn.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let tagged = Tagged::parse(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        Ok(Self::Output { tags: Some(tagged.tags(&gateway.store.read(), &call.scope)?) })
    }
}
