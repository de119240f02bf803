//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateMethod.html>

use super::may;
use super::method_wanted::{Known, authorization, known};
use crate::patch::{Op, Patch};
use crate::state::Method;
use crate::{ApiGateway, api};
use crate::{error, patch, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

fn change(method: &mut Method, patch: &Patch, known: &Known) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["authorizationType"] => method.authorization = authorization(patch.value()?)?,
        ["authorizerId"] => method.authorizer = patch.text(),
        ["apiKeyRequired"] => method.api_key_required = patch.flag()?,
        ["requestParameters", name] if patch.op == Op::Remove => drop(method.request_parameters.remove(name)),
        ["requestParameters", name] => {
            method.request_parameters.insert(name.to_owned(), patch.flag()?);
        }
        ["requestModels", kind] if patch.op == Op::Remove => drop(method.request_models.remove(kind)),
        ["requestModels", kind] => {
            known.model(patch.value()?)?;
            method.request_models.insert(kind.to_owned(), patch.value()?.to_owned());
        }
        ["requestValidatorId"] => method.request_validator = known.validator(patch.text())?,
        ["operationName"] => method.operation_name = patch.text(),
        ["authorizationScopes", ..] => return Err(ServiceError::not_implemented(&patch.path)),
        _ => return Err(error::bad_request(format!("Invalid patch path {}", patch.path))),
    }
    Ok(())
}

impl Handler<ApiGateway> for api::UpdateMethod {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
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
        let patches = patch::read(input.patch_operations)?;
        let verb = input.http_method.unwrap_or_default();
        let (id, resource) = (input.rest_api_id.unwrap_or_default(), input.resource_id.unwrap_or_default());
        let known = known(gateway, &call.scope, &id)?;
        let changed = gateway
            .change_resource(&call.scope, &id, &resource, |resource| {
                let method = resource.methods.get_mut(&verb).ok_or_else(error::no_method)?;
                patches.iter().try_for_each(|patch| change(method, patch, &known))?;
                known.authorized(method)
            })
            .await?;
        let method = changed.methods.get(&verb).ok_or_else(error::no_method)?;
        Ok(render::method(&verb, method))
    }
}
