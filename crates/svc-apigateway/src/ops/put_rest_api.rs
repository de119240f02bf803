//! <https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html>

use super::imported::{Draft, Import, asked_besides};
use super::may;
use super::rest_api_wanted::{check_endpoints, ip_address_type, key_source, policy};
use crate::state::{ApiKeySource, RestApi};
use crate::{ApiGateway, api, read, render};
use openapi::Definition;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::PutRestApi {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let path = format!("/restapis/{}", input.rest_api_id.as_deref().unwrap_or_default());
        let mut asked = may(call, "PUT", &path);
        asked.extend(asked_besides(input.body.as_deref(), call, &path));
        Ok(asked)
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let id = input.rest_api_id.unwrap_or_default();
        let overwrites = input.mode.as_deref() == Some("overwrite");
        let import = Import::read(input.body.as_deref(), input.parameters.as_ref(), &call.scope)?;
        let (changed, warnings) = gateway
            .store
            .write(|tx: &mut Tx| {
                let mut api = read::rest_api(&tx.snapshot(), &call.scope, &id)?;
                change(&mut api, &import.definition, overwrites)?;
                let mut draft = Draft::of(gateway, tx.snapshot(), api, overwrites)?;
                let warnings = import.put_into(&mut draft, input.fail_on_warnings == Some(true))?;
                Ok::<_, ServiceError>((draft.save(tx)?, warnings))
            })
            .await?;
        Ok(api::RestApi { warnings: Some(warnings).filter(|w| !w.is_empty()), ..render::rest_api(&changed) })
    }
}

/// What a document says of the API itself. Who overwrites takes away what is not said, but for what
/// decides who may call.
fn change(api: &mut RestApi, definition: &Definition, overwrites: bool) -> Result<(), ServiceError> {
    if let Some(title) = definition.title.as_ref().filter(|title| !title.is_empty()) {
        api.name.clone_from(title);
    }
    if overwrites || definition.description.is_some() {
        api.description.clone_from(&definition.description);
    }
    if overwrites || definition.version.is_some() {
        api.version.clone_from(&definition.version);
    }
    if overwrites || definition.binary_media_types.is_some() {
        api.binary_media_types = definition.binary_media_types.clone().unwrap_or_default();
    }
    match &definition.api_key_source {
        Some(source) => api.api_key_source = key_source(source)?,
        None if overwrites => api.api_key_source = ApiKeySource::Header,
        None => {}
    }
    if let Some(said) = &definition.policy {
        api.policy = Some(policy(&said.to_string(), &api.scope, &api.id)?);
    }
    let endpoint = &definition.endpoint;
    if let Some(is_disabled) = endpoint.disable_execute_api_endpoint {
        api.disable_execute_api_endpoint = is_disabled;
    }
    if let Some(said) = &endpoint.ip_address_type {
        api.ip_address_type = ip_address_type(Some(said), api.endpoint)?;
    }
    if let Some(ids) = &endpoint.vpc_endpoint_ids {
        check_endpoints(ids, api.endpoint)?;
        api.vpc_endpoint_ids.clone_from(ids);
    }
    Ok(())
}
