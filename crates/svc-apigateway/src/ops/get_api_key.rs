//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKey.html>

use super::api_key_value::stage_keys;
use super::may;
use crate::{ApiGateway, api};
use crate::{read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetApiKey {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/apikeys/{}", input.api_key.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let rows = gateway.store.read();
        let key = read::api_key(&rows, &call.scope, input.api_key.as_deref().unwrap_or_default())?;
        let value = if input.include_value == Some(true) { Some(gateway.value_of(&key)?) } else { None };
        Ok(render::api_key(&key, value, stage_keys(&rows, &key)?))
    }
}
