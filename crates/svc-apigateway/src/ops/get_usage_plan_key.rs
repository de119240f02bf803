//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsagePlanKey.html>

use super::may;
use crate::{ApiGateway, api};
use crate::{error, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetUsagePlanKey {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/usageplans/{}/keys/{}",
                input.usage_plan_id.as_deref().unwrap_or_default(),
                input.key_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let rows = gateway.store.read();
        let plan = read::usage_plan(&rows, &call.scope, input.usage_plan_id.as_deref().unwrap_or_default())?;
        let id = input.key_id.as_deref().unwrap_or_default();
        if !plan.keys.contains(id) {
            return Err(error::not_found(format!(
                "Invalid API Key identifier specified for Usage Plan {}",
                plan.id
            )));
        }
        let key = read::api_key(&rows, &call.scope, id)?;
        Ok(render::usage_plan_key(&key, Some(gateway.value_of(&key)?)))
    }
}
