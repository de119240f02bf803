//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks-vpclinkid#GetVpcLink>

use super::may;
use crate::{ApiGatewayV2, api, read, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetVpcLink {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/vpclinks/{}", input.vpc_link_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.vpc_link_id.as_deref().unwrap_or_default();
        let link = read::vpc_link(&gateway.store.read(), &call.scope, id)?;
        shape::as_shape(render::vpc_link(&link))
    }
}
