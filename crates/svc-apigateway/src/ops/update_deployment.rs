//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateDeployment.html>

use super::may;
use crate::state::Deployment;
use crate::{ApiGateway, api, patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::UpdateDeployment {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
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
        let input = input.into_inner();
        let patches = patch::read(input.patch_operations)?;
        let (id, deployment) =
            (input.rest_api_id.unwrap_or_default(), input.deployment_id.unwrap_or_default());
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let found = read::deployment(&tx.snapshot(), &call.scope, &id, &deployment)?;
                let mut changed = Deployment::clone(&found);
                for patch in &patches {
                    match patch.parts()[..] {
                        ["description"] => changed.description = patch.text(),
                        _ => return Err(patch.unknown(&["/description"])),
                    }
                }
                tx.put(&changed)?;
                Ok::<_, ServiceError>(changed)
            })
            .await?;
        Ok(render::deployment(&changed, false))
    }
}
