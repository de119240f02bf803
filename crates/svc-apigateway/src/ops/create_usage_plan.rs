//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateUsagePlan.html>

use super::may;
use super::plan_stages::{plan_stage, stages_exist};
use super::plan_wanted::{quota, throttle};
use crate::state::UsagePlan;
use crate::{ApiGateway, api};
use crate::{error, quota, render, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::CreateUsagePlan {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", "/usageplans"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let name = input.name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| error::bad_request("Usage Plan name cannot be empty"))?;
        let stages = input.api_stages.unwrap_or_default().into_iter().map(plan_stage);
        let plan = UsagePlan {
            scope: call.scope.clone(),
            id: gateway.id(6),
            name,
            description: input.description,
            stages: stages.collect::<Result<_, _>>()?,
            throttle: input.throttle.as_ref().map(throttle).transpose()?,
            quota: input.quota.as_ref().map(quota).transpose()?,
            keys: Default::default(),
            created: call.now,
            tags: tags::checked(input.tags)?,
        };
        gateway
            .store
            .write(|tx: &mut Tx| {
                if tx.scan::<UsagePlan>(&call.scope.prefix())?.len() >= quota::USAGE_PLANS {
                    return Err(error::limit_exceeded("Maximum number of usage plans exceeded"));
                }
                stages_exist(&tx.snapshot(), &plan)?;
                Ok(tx.put(&plan)?)
            })
            .await?;
        Ok(render::usage_plan(&plan))
    }
}
