//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html#TagResource>

use super::{may, tag_path};
use crate::{ApiGatewayV2, api, tags::Tagged, tags::checked};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::TagResource {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", &tag_path(input.resource_arn.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let tagged = Tagged::parse(&call.scope, input.resource_arn.as_deref().unwrap_or_default())?;
        gateway
            .store
            .write(|tx: &mut Tx| {
                let mut tags = tagged.tags(&tx.snapshot(), &call.scope)?;
                tags.extend(input.tags.unwrap_or_default());
                tagged.put(tx, &call.scope, checked(Some(tags))?)
            })
            .await?;
        Ok(Self::Output::default())
    }
}
