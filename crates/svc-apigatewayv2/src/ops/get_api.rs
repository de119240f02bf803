//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid#GetApi>

use super::may;
use crate::{ApiGatewayV2, api, read, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetApi {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/apis/{}", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let rows = gateway.store.read();
        let api = read::api(&rows, &call.scope, input.api_id.as_deref().unwrap_or_default())?;
        shape::as_shape(render::api(&api))
    }
}
