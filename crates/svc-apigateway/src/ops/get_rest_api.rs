//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApi.html>

use super::may;
use crate::{ApiGateway, api};
use crate::{read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetRestApi {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/restapis/{}", input.rest_api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        Ok(render::rest_api(&read::rest_api(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
        )?))
    }
}
