//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateRestApi.html>

use super::rest_api_wanted::{endpoint_type, key_source, policy};
use super::{may, may_set_policy};
use crate::patch::{Op, Patch};
use crate::state::RestApi;
use crate::{ApiGateway, api};
use crate::{error, patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

const PATHS: [&str; 9] = [
    "/name",
    "/description",
    "/policy",
    "/version",
    "/apiKeySource",
    "/disableExecuteApiEndpoint",
    "/binaryMediaTypes/{type}",
    "/endpointConfiguration/types/{type}",
    "/endpointConfiguration/vpcEndpointIds",
];

fn change(api: &mut RestApi, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["name"] if patch.value()?.is_empty() => return Err(error::bad_request("Name cannot be empty")),
        ["name"] => patch.value()?.clone_into(&mut api.name),
        ["description"] => api.description = patch.text(),
        ["version"] => api.version = patch.text(),
        ["policy"] => {
            api.policy = patch.text().map(|text| policy(&text, &api.scope, &api.id)).transpose()?;
        }
        ["apiKeySource"] => api.api_key_source = key_source(patch.value()?)?,
        ["disableExecuteApiEndpoint"] => api.disable_execute_api_endpoint = patch.flag()?,
        ["binaryMediaTypes", kind] => {
            api.binary_media_types.retain(|known| known != kind);
            if patch.op != Op::Remove {
                api.binary_media_types.push(patch.value.clone().unwrap_or_else(|| kind.to_owned()));
            }
        }
        ["endpointConfiguration", "types", _] => api.endpoint = endpoint_type(patch.value()?)?,
        ["endpointConfiguration", "vpcEndpointIds"] => {
            let id = patch.value()?.to_owned();
            api.vpc_endpoint_ids.retain(|known| *known != id);
            if patch.op == Op::Add {
                api.vpc_endpoint_ids.push(id);
            }
        }
        _ => return Err(patch.unknown(&PATHS)),
    }
    Ok(())
}

impl Handler<ApiGateway> for api::UpdateRestApi {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let path = format!("/restapis/{}", input.rest_api_id.as_deref().unwrap_or_default());
        let mut asked = may(call, "PATCH", &path);
        let mut paths = input.patch_operations.iter().flatten().filter_map(|patch| patch.path.as_deref());
        if paths.any(|patched| patched.contains("policy")) {
            asked.extend(may_set_policy(call, &path));
        }
        Ok(asked)
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let patches = patch::read(input.patch_operations)?;
        let id = input.rest_api_id.unwrap_or_default();
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let mut api = read::rest_api(&tx.snapshot(), &call.scope, &id)?;
                for patch in &patches {
                    change(&mut api, patch)?;
                }
                tx.put(&api)?;
                Ok::<_, ServiceError>(api)
            })
            .await?;
        Ok(render::rest_api(&changed))
    }
}
