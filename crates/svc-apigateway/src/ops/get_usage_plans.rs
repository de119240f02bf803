//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsagePlans.html>

use super::may;
use crate::page::page;
use crate::render;
use crate::state::UsagePlan;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetUsagePlans {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", "/usageplans"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let mut plans = gateway.store.read().scan::<UsagePlan>(&call.scope.prefix())?;
        if let Some(key) = &input.key_id {
            plans.retain(|plan| plan.keys.contains(key));
        }
        let (plans, position) = page(plans, |plan| &plan.id, input.limit, input.position.as_deref())?;
        Ok(api::UsagePlans {
            items: Some(plans.iter().map(|plan| render::usage_plan(plan)).collect()),
            position,
        })
    }
}
