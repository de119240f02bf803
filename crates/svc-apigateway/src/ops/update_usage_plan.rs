//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateUsagePlan.html>

use super::may;
use super::plan_stages::stages_exist;
use super::plan_wanted::change;
use crate::{ApiGateway, api};
use crate::{patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::UpdateUsagePlan {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PATCH", &format!("/usageplans/{}", input.usage_plan_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let patches = patch::read(input.patch_operations)?;
        let id = input.usage_plan_id.unwrap_or_default();
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let mut plan = read::usage_plan(&tx.snapshot(), &call.scope, &id)?;
                for patch in &patches {
                    change(&mut plan, patch)?;
                }
                stages_exist(&tx.snapshot(), &plan)?;
                tx.put(&plan)?;
                Ok::<_, ServiceError>(plan)
            })
            .await?;
        Ok(render::usage_plan(&changed))
    }
}
