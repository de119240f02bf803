//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html>

use super::api_key_value::{digest, key_value};
use super::may;
use crate::state::{ApiKey, ApiKeyDigest};
use crate::{ApiGateway, api};
use crate::{error, quota, render, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::CreateApiKey {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", "/apikeys"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        if input.stage_keys.as_ref().is_some_and(|keys| !keys.is_empty()) {
            return Err(ServiceError::not_implemented("stage keys (usage plans have taken their place)"));
        }
        let value = match input.value.filter(|value| !value.is_empty()) {
            Some(value) => key_value(value)?,
            None => gateway.needs.ids.pick(40, crate::KEY_LETTERS),
        };
        let id = gateway.id(10);
        let key = ApiKey {
            scope: call.scope.clone(),
            value: gateway.needs.cipher.seal(&id, value.as_bytes()).map_err(ServiceError::internal)?,
            id,
            name: input.name,
            description: input.description,
            customer_id: input.customer_id,
            digest: digest(&value),
            // As on AWS, a key that nobody enables is of no use.
            enabled: input.enabled.unwrap_or(false),
            created: call.now,
            updated: call.now,
            tags: tags::checked(input.tags)?,
        };
        gateway
            .store
            .write(|tx: &mut Tx| {
                if tx.scan::<ApiKey>(&call.scope.prefix())?.len() >= quota::API_KEYS {
                    return Err(error::limit_exceeded("Maximum number of API keys exceeded"));
                }
                if tx.get::<ApiKeyDigest>(&call.scope.key(&key.digest))?.is_some() {
                    return Err(error::conflict("API Key already exists"));
                }
                let (scope, digest, id) = (call.scope.clone(), key.digest.clone(), key.id.clone());
                tx.put(&ApiKeyDigest { scope, digest, id })?;
                Ok(tx.put(&key)?)
            })
            .await?;
        Ok(render::api_key(&key, Some(value), Vec::new()))
    }
}
