//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsagePlan.html>

use super::may;
use crate::{ApiGateway, api};
use crate::{read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetUsagePlan {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/usageplans/{}", input.usage_plan_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        Ok(render::usage_plan(&read::usage_plan(
            &gateway.store.read(),
            &call.scope,
            input.usage_plan_id.as_deref().unwrap_or_default(),
        )?))
    }
}
