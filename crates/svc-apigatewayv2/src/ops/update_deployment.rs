//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid#UpdateDeployment>

use super::may;
use crate::{ApiGatewayV2, api, read, render, shape, state::Deployment};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::UpdateDeployment {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
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
        let input = input.into_inner();
        let (id, deployment) = (input.api_id.unwrap_or_default(), input.deployment_id.unwrap_or_default());
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let known = read::deployment(&tx.snapshot(), &call.scope, &id, &deployment)?;
                let mut changed = Deployment::clone(&known);
                changed.description = input.description.or(changed.description);
                tx.put(&changed)?;
                Ok::<_, ServiceError>(changed)
            })
            .await?;
        shape::as_shape(render::deployment(&changed))
    }
}
