//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetIntegrationResponse.html>

use super::may;
use crate::{ApiGateway, api, error, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetIntegrationResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/restapis/{}/resources/{}/methods/{}/integration/responses/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.resource_id.as_deref().unwrap_or_default(),
                input.http_method.as_deref().unwrap_or_default(),
                input.status_code.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let resource = read::resource(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.resource_id.as_deref().unwrap_or_default(),
        )?;
        let method = resource.methods.get(input.http_method.as_deref().unwrap_or_default());
        let method = method.ok_or_else(error::no_method)?;
        let integration = method.integration.as_ref().ok_or_else(error::no_integration)?;
        let code = input.status_code.as_deref().unwrap_or_default();
        let response = integration.responses.get(code).ok_or_else(error::no_response)?;
        Ok(render::integration_response(code, response))
    }
}
