//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetGatewayResponses.html>

use super::may;
use crate::model::response_type::ResponseType;
use crate::{ApiGateway, api, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetGatewayResponses {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!("/restapis/{}/gatewayresponses", input.rest_api_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let all = read::gateway_responses(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
        )?;
        let shown = ResponseType::ALL.iter().map(|kind| render::gateway_response(*kind, &all));
        Ok(Self::Output { items: Some(shown.collect()), position: None })
    }
}
