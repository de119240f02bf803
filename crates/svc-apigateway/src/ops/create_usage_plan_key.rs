//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateUsagePlanKey.html>

use super::may;
use super::plan_stages::one_plan_a_stage;
use crate::{ApiGateway, api};
use crate::{error, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::CreateUsagePlanKey {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!("/usageplans/{}/keys", input.usage_plan_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        if input.key_type.as_deref() != Some("API_KEY") {
            return Err(error::bad_request("Invalid key type specified. Must be one of: [API_KEY]"));
        }
        let (plan, id) = (input.usage_plan_id.unwrap_or_default(), input.key_id.unwrap_or_default());
        let key = gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let mut plan = read::usage_plan(&rows, &call.scope, &plan)?;
                let key = read::api_key(&rows, &call.scope, &id)?;
                if !plan.keys.insert(id.clone()) {
                    return Err(error::conflict(format!(
                        "Usage Plan {} already contains API Key {id}",
                        plan.id
                    )));
                }
                one_plan_a_stage(&rows, &plan, &id)?;
                tx.put(&plan)?;
                Ok(key)
            })
            .await?;
        Ok(render::usage_plan_key(&key, Some(gateway.value_of(&key)?)))
    }
}
