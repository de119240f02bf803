//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteMethodResponse.html>

use super::may;
use crate::error;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::DeleteMethodResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
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
        gateway
            .change_resource(
                &call.scope,
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.resource_id.as_deref().unwrap_or_default(),
                |resource| {
                    let method = resource
                        .methods
                        .get_mut(input.http_method.as_deref().unwrap_or_default())
                        .ok_or_else(error::no_method)?;
                    method
                        .responses
                        .remove(input.status_code.as_deref().unwrap_or_default())
                        .map(drop)
                        .ok_or_else(error::no_response)
                },
            )
            .await?;
        Ok(Self::Output::default())
    }
}
