//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKeys.html>

use super::api_key_value::stage_keys;
use super::may;
use crate::page::page;
use crate::render;
use crate::state::ApiKey;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetApiKeys {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", "/apikeys"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let rows = gateway.store.read();
        let mut keys = rows.scan::<ApiKey>(&call.scope.prefix())?;
        if let Some(prefix) = &input.name_query {
            keys.retain(|key| key.name.as_ref().is_some_and(|name| name.starts_with(prefix)));
        }
        if let Some(customer) = &input.customer_id {
            keys.retain(|key| key.customer_id.as_ref() == Some(customer));
        }
        let (keys, position) = page(keys, |key| &key.id, input.limit, input.position.as_deref())?;
        let with_values = input.include_values == Some(true);
        let shown = keys.iter().map(|key| {
            let value = if with_values { Some(gateway.value_of(key)?) } else { None };
            Ok(render::api_key(key, value, stage_keys(&rows, key)?))
        });
        Ok(api::ApiKeys {
            items: Some(shown.collect::<Result<_, ServiceError>>()?),
            position,
            warnings: None,
        })
    }
}
