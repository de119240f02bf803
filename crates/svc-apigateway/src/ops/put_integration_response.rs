//! <https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegrationResponse.html>

use super::integration_response_wanted::{check, wanted};
use super::may;
use crate::{ApiGateway, api, error, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::PutIntegrationResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PUT",
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
        let input = input.into_inner();
        let made = wanted(&input)?;
        let (verb, code) = (input.http_method.unwrap_or_default(), input.status_code.unwrap_or_default());
        let (id, resource) = (input.rest_api_id.unwrap_or_default(), input.resource_id.unwrap_or_default());
        let shown = render::integration_response(&code, &made);
        gateway
            .change_resource(&call.scope, &id, &resource, |resource| {
                let method = resource.methods.get_mut(&verb).ok_or_else(error::no_method)?;
                check(method, &code, &made)?;
                let integration = method.integration.as_mut().ok_or_else(error::no_integration)?;
                integration.responses.insert(code, made);
                Ok(())
            })
            .await?;
        Ok(shown)
    }
}
