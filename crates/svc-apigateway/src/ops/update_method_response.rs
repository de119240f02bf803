//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethodResponse.html>

use super::may;
use super::method_wanted::known;
use crate::patch::Op;
use crate::{ApiGateway, api, error, patch, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::UpdateMethodResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
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
        let patches = patch::read(input.patch_operations)?;
        let (verb, code) = (input.http_method.unwrap_or_default(), input.status_code.unwrap_or_default());
        let (id, resource) = (input.rest_api_id.unwrap_or_default(), input.resource_id.unwrap_or_default());
        let known = known(gateway, &call.scope, &id)?;
        let changed = gateway
            .change_resource(&call.scope, &id, &resource, |resource| {
                let method = resource.methods.get_mut(&verb).ok_or_else(error::no_method)?;
                let response = method.responses.get_mut(&code).ok_or_else(error::no_response)?;
                for patch in &patches {
                    match patch.parts()[..] {
                        ["responseParameters", name] if patch.op == Op::Remove => {
                            response.parameters.remove(name);
                        }
                        ["responseParameters", name] => {
                            response.parameters.insert(name.to_owned(), patch.flag()?);
                        }
                        ["responseModels", kind] if patch.op == Op::Remove => {
                            response.models.remove(kind);
                        }
                        ["responseModels", kind] => {
                            known.model(patch.value()?)?;
                            response.models.insert(kind.to_owned(), patch.value()?.to_owned());
                        }
                        _ => return Err(error::bad_request(format!("Invalid patch path {}", patch.path))),
                    }
                }
                Ok(())
            })
            .await?;
        let method = changed.methods.get(&verb).ok_or_else(error::no_method)?;
        let response = method.responses.get(&code).ok_or_else(error::no_response)?;
        Ok(render::method_response(&code, response))
    }
}
