//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteDeployment.html>

use super::may;
use crate::state::Deployment;
use crate::{ApiGateway, api};
use crate::{error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteDeployment {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
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
        let (id, deployment) = (
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.deployment_id.as_deref().unwrap_or_default(),
        );
        gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let gone = read::deployment(&rows, &call.scope, id, deployment)?;
                if read::stages(&rows, &call.scope, id)?
                    .iter()
                    .any(|stage| stage.deployments().any(|id| id == gone.id))
                {
                    return Err(error::bad_request(
                        "Active stages pointing to this deployment must be moved or deleted",
                    ));
                }
                tx.delete::<Deployment>(&gone.key())?;
                Ok(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}
