//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetRequestValidator.html>

use super::may;
use crate::{ApiGateway, api, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetRequestValidator {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/restapis/{}/requestvalidators/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.request_validator_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let found = read::validator(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.request_validator_id.as_deref().unwrap_or_default(),
        )?;
        Ok(render::request_validator(&found))
    }
}
