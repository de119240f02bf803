//! <https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html>

use super::may;
use super::method_wanted::{known, verb, wanted};
use crate::{ApiGateway, api};
use crate::{error, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::PutMethod {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PUT",
            &format!(
                "/restapis/{}/resources/{}/methods/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.resource_id.as_deref().unwrap_or_default(),
                input.http_method.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let verb = verb(input.http_method.as_deref())?;
        let id = input.rest_api_id.clone().unwrap_or_default();
        let made = wanted(&input, &known(gateway, &call.scope, &id)?)?;
        let resource = input.resource_id.unwrap_or_default();
        let shown = render::method(&verb, &made);
        gateway
            .change_resource(&call.scope, &id, &resource, |resource| {
                if resource.methods.contains_key(&verb) {
                    return Err(error::conflict("Method already exists for this resource"));
                }
                resource.methods.insert(verb, made);
                Ok(())
            })
            .await?;
        Ok(shown)
    }
}
