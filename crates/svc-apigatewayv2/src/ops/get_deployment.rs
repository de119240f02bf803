//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid#GetDeployment>

use super::may;
use crate::{ApiGatewayV2, api, read, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetDeployment {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/apis/{}/deployments/{}",
                input.api_id.as_deref().unwrap_or_default(),
                input.deployment_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let rows = gateway.store.read();
        let (id, deployment) =
            (input.api_id.as_deref().unwrap_or_default(), input.deployment_id.as_deref().unwrap_or_default());
        shape::as_shape(render::deployment(&*read::deployment(&rows, &call.scope, id, deployment)?))
    }
}
