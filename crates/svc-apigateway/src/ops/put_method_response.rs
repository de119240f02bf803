//! <https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethodResponse.html>

use super::may;
use super::method_wanted::{known, parameters};
use crate::state::MethodResponse;
use crate::{ApiGateway, api};
use crate::{error, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::PutMethodResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PUT",
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
        let input = input.into_inner();
        let (verb, code) = (input.http_method.unwrap_or_default(), input.status_code.unwrap_or_default());
        let (id, resource) = (input.rest_api_id.unwrap_or_default(), input.resource_id.unwrap_or_default());
        let response = MethodResponse {
            parameters: parameters(input.response_parameters, "method.response.header.")?,
            models: known(gateway, &call.scope, &id)?.models(input.response_models)?,
        };
        let shown = render::method_response(&code, &response);
        gateway
            .change_resource(&call.scope, &id, &resource, |resource| {
                let method = resource.methods.get_mut(&verb).ok_or_else(error::no_method)?;
                if method.responses.contains_key(&code) {
                    return Err(error::conflict("Response already exists for this resource"));
                }
                method.responses.insert(code, response);
                Ok(())
            })
            .await?;
        Ok(shown)
    }
}
