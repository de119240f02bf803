//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployment.html>

use super::may;
use crate::{ApiGateway, api};
use crate::{read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetDeployment {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/restapis/{}/deployments/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.deployment_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let deployment = read::deployment(
            &gateway.store.read(),
            &call.scope,
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.deployment_id.as_deref().unwrap_or_default(),
        )?;
        let with_summary = input.embed.iter().flatten().any(|what| what == "apisummary");
        Ok(render::deployment(&deployment, with_summary))
    }
}
