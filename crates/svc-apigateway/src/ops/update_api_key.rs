//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateApiKey.html>

use super::api_key_value::stage_keys;
use super::may;
use crate::patch::Patch;
use crate::state::ApiKey;
use crate::{ApiGateway, api};
use crate::{patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

fn change(key: &mut ApiKey, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["description"] => key.description = patch.text(),
        ["enabled"] => key.enabled = patch.flag()?,
        ["name"] => key.name = patch.text(),
        ["customerId"] => key.customer_id = patch.text(),
        _ => return Err(patch.unknown(&["/description", "/enabled", "/name", "/customerId"])),
    }
    Ok(())
}

impl Handler<ApiGateway> for api::UpdateApiKey {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PATCH", &format!("/apikeys/{}", input.api_key.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let patches = patch::read(input.patch_operations)?;
        let id = input.api_key.unwrap_or_default();
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let mut key = read::api_key(&tx.snapshot(), &call.scope, &id)?;
                for patch in &patches {
                    change(&mut key, patch)?;
                }
                key.updated = call.now;
                tx.put(&key)?;
                Ok::<_, ServiceError>(key)
            })
            .await?;
        let stages = stage_keys(&gateway.store.read(), &changed)?;
        Ok(render::api_key(&changed, None, stages))
    }
}
