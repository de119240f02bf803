//! <https://docs.aws.amazon.com/apigateway/latest/api/API_ImportRestApi.html>

use super::imported::{Draft, Import, asked_besides};
use super::{create_rest_api, may};
use crate::{ApiGateway, api, render};
use openapi::Definition;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::ImportRestApi {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let mut asked = may(call, "POST", "/restapis");
        asked.extend(asked_besides(input.body.as_deref(), call, "/restapis"));
        Ok(asked)
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let import = Import::read(input.body.as_deref(), input.parameters.as_ref(), &call.scope)?;
        let types = input.parameters.and_then(|mut all| all.remove("endpointConfigurationTypes"));
        let made = create_rest_api::made(gateway, call, wanted(&import.definition, types))?;
        let (made, warnings) = gateway
            .store
            .write(|tx: &mut Tx| {
                create_rest_api::put(tx, &made)?;
                let mut draft = Draft::of(gateway, tx.snapshot(), made, false)?;
                let warnings = import.put_into(&mut draft, input.fail_on_warnings == Some(true))?;
                Ok::<_, ServiceError>((draft.save(tx)?, warnings))
            })
            .await?;
        Ok(api::RestApi { warnings: Some(warnings).filter(|w| !w.is_empty()), ..render::rest_api(&made) })
    }
}

fn wanted(definition: &Definition, types: Option<String>) -> api::CreateRestApiRequest {
    let endpoint = &definition.endpoint;
    api::CreateRestApiRequest {
        name: definition.title.clone(),
        description: definition.description.clone(),
        version: definition.version.clone(),
        binary_media_types: definition.binary_media_types.clone(),
        api_key_source: definition.api_key_source.clone(),
        endpoint_configuration: Some(api::EndpointConfiguration {
            types: types.map(|types| types.split(',').map(|kind| kind.trim().to_owned()).collect()),
            ip_address_type: endpoint.ip_address_type.clone(),
            vpc_endpoint_ids: endpoint.vpc_endpoint_ids.clone(),
        }),
        policy: definition.policy.as_ref().map(ToString::to_string),
        disable_execute_api_endpoint: endpoint.disable_execute_api_endpoint,
        ..api::CreateRestApiRequest::default()
    }
}
