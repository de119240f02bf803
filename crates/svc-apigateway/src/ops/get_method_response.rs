//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetMethodResponse.html>

use super::may;
use crate::{ApiGateway, api};
use crate::{error, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetMethodResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/restapis/{}/resources/{}/methods/{}/responses/{}",
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
        let method = resource
            .methods
            .get(input.http_method.as_deref().unwrap_or_default())
            .ok_or_else(error::no_method)?;
        let code = input.status_code.as_deref().unwrap_or_default();
        let response = method.responses.get(code).ok_or_else(error::no_response)?;
        Ok(render::method_response(code, response))
    }
}
