//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteIntegrationResponse.html>

use super::may;
use crate::{ApiGateway, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::DeleteIntegrationResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
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
        let (id, resource) = (
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.resource_id.as_deref().unwrap_or_default(),
        );
        gateway
            .change_resource(&call.scope, id, resource, |resource| {
                let method = resource.methods.get_mut(input.http_method.as_deref().unwrap_or_default());
                let integration = method
                    .ok_or_else(error::no_method)?
                    .integration
                    .as_mut()
                    .ok_or_else(error::no_integration)?;
                let removed = integration.responses.remove(input.status_code.as_deref().unwrap_or_default());
                removed.map(drop).ok_or_else(error::no_response)
            })
            .await?;
        Ok(Self::Output::default())
    }
}
