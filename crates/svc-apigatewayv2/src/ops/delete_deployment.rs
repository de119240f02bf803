//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid#DeleteDeployment>

use super::may;
use crate::{ApiGatewayV2, api, error, read, state::Deployment};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGatewayV2> for api::DeleteDeployment {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
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
        let (id, deployment) =
            (input.api_id.as_deref().unwrap_or_default(), input.deployment_id.as_deref().unwrap_or_default());
        gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let known = read::deployment(&rows, &call.scope, id, deployment)?;
                let stages = read::stages(&rows, &call.scope, id)?;
                if stages.iter().any(|stage| stage.deployment.as_deref() == Some(deployment)) {
                    return Err(error::bad_request(
                        "Active stages pointing to this deployment must be moved or deleted",
                    ));
                }
                tx.delete::<Deployment>(&known.key())?;
                Ok(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}
