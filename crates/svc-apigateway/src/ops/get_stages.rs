//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetStages.html>

use super::may;
use crate::{ApiGateway, api};
use crate::{read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetStages {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!("/restapis/{}/stages", input.rest_api_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let mut stages = read::stages(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
        )?;
        if let Some(deployment) = &input.deployment_id {
            stages.retain(|stage| stage.deployment == *deployment);
        }
        Ok(api::Stages { item: Some(stages.iter().map(|stage| render::stage(stage)).collect()) })
    }
}
