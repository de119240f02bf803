//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegrationResponse.html>

use super::integration_response_wanted::{change, check};
use super::may;
use crate::{ApiGateway, api, error, patch, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::UpdateIntegrationResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
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
        let patches = patch::read(input.patch_operations)?;
        let (verb, code) = (input.http_method.unwrap_or_default(), input.status_code.unwrap_or_default());
        let (id, resource) = (input.rest_api_id.unwrap_or_default(), input.resource_id.unwrap_or_default());
        let mut shown = None;
        gateway
            .change_resource(&call.scope, &id, &resource, |resource| {
                let method = resource.methods.get_mut(&verb).ok_or_else(error::no_method)?;
                let integration = method.integration.as_ref().ok_or_else(error::no_integration)?;
                let mut response =
                    integration.responses.get(&code).cloned().ok_or_else(error::no_response)?;
                patches.iter().try_for_each(|patch| change(&mut response, patch))?;
                check(method, &code, &response)?;
                shown = Some(render::integration_response(&code, &response));
                let integration = method.integration.as_mut().ok_or_else(error::no_integration)?;
                integration.responses.insert(code, response);
                Ok(())
            })
            .await?;
        shown.ok_or_else(error::no_response)
    }
}
