//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html>

use super::may;
use super::stage_wanted::change;
use crate::patch::{Op, Patch};
use crate::{ApiGateway, api};
use crate::{error, patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

/// Whether something would be logged from then on, in the account's role.
fn logs(patch: &Patch) -> bool {
    let is_level = patch.path.ends_with("/logging/loglevel") && patch.value.as_deref() != Some("OFF");
    patch.op != Op::Remove && (is_level || patch.path.starts_with("/accessLogSettings"))
}

impl Handler<ApiGateway> for api::UpdateStage {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
            &format!(
                "/restapis/{}/stages/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.stage_name.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let patches = patch::read_with_copies(input.patch_operations)?;
        let (id, name) = (input.rest_api_id.unwrap_or_default(), input.stage_name.unwrap_or_default());
        let has_role = gateway.cloudwatch_role(&call.scope)?.is_some();
        if !has_role && patches.iter().any(logs) {
            return Err(error::bad_request(
                "CloudWatch Logs role ARN must be set in account settings to enable logging",
            ));
        }
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let mut stage = read::stage(&rows, &call.scope, &id, &name)?;
                for patch in &patches {
                    change(&mut stage, patch)?;
                }
                for deployment in stage.deployments() {
                    read::deployment(&rows, &call.scope, &id, deployment)
                        .map_err(|_| error::bad_request("Deployment id does not exist"))?;
                }
                stage.updated = call.now;
                tx.put(&stage)?;
                Ok::<_, ServiceError>(stage)
            })
            .await?;
        Ok(render::stage(&changed))
    }
}
