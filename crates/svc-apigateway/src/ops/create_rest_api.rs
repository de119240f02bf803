//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html>

use super::model_wanted::first_models;
use super::rest_api_wanted::{Wanted, policy};
use super::{may, may_set_policy};
use crate::state::{Resource, RestApi, RestApiOwner};
use crate::{ApiGateway, api};
use crate::{error, quota, render, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::CreateRestApi {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let mut asked = may(call, "POST", "/restapis");
        if input.policy.is_some() {
            asked.extend(may_set_policy(call, "/restapis"));
        }
        Ok(asked)
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let models = [gateway.id(6), gateway.id(6)];
        let api = made(gateway, call, input.into_inner())?;
        gateway
            .store
            .write(|tx: &mut Tx| {
                put(tx, &api)?;
                for model in first_models(&call.scope, &api.id, models) {
                    tx.put(&model)?;
                }
                Ok::<_, ServiceError>(())
            })
            .await?;
        Ok(render::rest_api(&api))
    }
}

/// The API that the input wants.
pub fn made(
    gateway: &ApiGateway,
    call: &Call,
    input: api::CreateRestApiRequest,
) -> Result<RestApi, ServiceError> {
    let wanted = Wanted::read(&input)?;
    let (id, root) = (gateway.id(10), gateway.id(10));
    let policy = input.policy.as_deref().map(|text| policy(text, &call.scope, &id)).transpose()?;
    Ok(RestApi {
        scope: call.scope.clone(),
        id,
        name: wanted.name,
        description: input.description,
        version: input.version,
        created: call.now,
        root,
        endpoint: wanted.endpoint,
        ip_address_type: wanted.ip_address_type,
        vpc_endpoint_ids: wanted.vpc_endpoint_ids,
        policy,
        api_key_source: wanted.api_key_source,
        binary_media_types: input.binary_media_types.unwrap_or_default(),
        disable_execute_api_endpoint: input.disable_execute_api_endpoint.unwrap_or(false),
        tags: tags::checked(input.tags)?,
    })
}

/// Stores a new API and its root.
pub fn put(tx: &mut Tx, api: &RestApi) -> Result<(), ServiceError> {
    if tx.scan::<RestApi>(&api.scope.prefix())?.len() >= quota::REST_APIS {
        return Err(error::limit_exceeded("Maximum number of REST APIs exceeded."));
    }
    tx.put(&RestApiOwner { id: api.id.clone(), scope: api.scope.clone() })?;
    tx.put(&Resource {
        scope: api.scope.clone(),
        api: api.id.clone(),
        id: api.root.clone(),
        parent: None,
        path_part: String::new(),
        methods: Default::default(),
    })?;
    Ok(tx.put(api)?)
}
