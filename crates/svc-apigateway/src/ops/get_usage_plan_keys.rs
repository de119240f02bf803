//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsagePlanKeys.html>

use super::may;
use crate::page::page;
use crate::{ApiGateway, api};
use crate::{read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetUsagePlanKeys {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!("/usageplans/{}/keys", input.usage_plan_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let rows = gateway.store.read();
        let plan = read::usage_plan(&rows, &call.scope, input.usage_plan_id.as_deref().unwrap_or_default())?;
        let mut keys = Vec::new();
        for id in &plan.keys {
            let key = read::api_key(&rows, &call.scope, id)?;
            let named = |prefix: &String| key.name.as_ref().is_some_and(|name| name.starts_with(prefix));
            if input.name_query.as_ref().is_none_or(named) {
                keys.push(key);
            }
        }
        let (keys, position) = page(keys, |key| &key.id, input.limit, input.position.as_deref())?;
        let shown = keys.iter().map(|key| Ok(render::usage_plan_key(key, Some(gateway.value_of(key)?))));
        Ok(api::UsagePlanKeys { items: Some(shown.collect::<Result<_, ServiceError>>()?), position })
    }
}
