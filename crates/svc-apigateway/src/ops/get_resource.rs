//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetResource.html>

use super::may;
use super::resource_place::shown;
use crate::read;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetResource {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/restapis/{}/resources/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.resource_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let all = read::resources(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
        )?;
        let with_methods = input.embed.iter().flatten().any(|what| what == "methods");
        shown(&all, input.resource_id.as_deref().unwrap_or_default(), with_methods)
    }
}
