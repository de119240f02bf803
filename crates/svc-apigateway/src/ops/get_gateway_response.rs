//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetGatewayResponse.html>

use super::gateway_response_wanted::kind;
use super::may;
use crate::{ApiGateway, api, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetGatewayResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/restapis/{}/gatewayresponses/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.response_type.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let kind = kind(input.response_type.as_deref().unwrap_or_default())?;
        let all = read::gateway_responses(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
        )?;
        Ok(render::gateway_response(kind, &all))
    }
}
