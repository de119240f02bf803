//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html>

use super::stage_wanted::new_stage;
use super::{canary_wanted, may};
use crate::state::Stage;
use crate::{ApiGateway, api};
use crate::{error, read, render, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::CreateStage {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!("/restapis/{}/stages", input.rest_api_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let refused = [
            ("cache clusters", input.cache_cluster_enabled == Some(true)),
            ("X-Ray tracing", input.tracing_enabled == Some(true)),
            ("documentation versions", input.documentation_version.is_some()),
        ];
        if let Some((what, _)) = refused.iter().find(|(_, asked)| *asked) {
            return Err(ServiceError::not_implemented(what));
        }
        let (id, name) = (input.rest_api_id.unwrap_or_default(), input.stage_name.unwrap_or_default());
        let deployment = input.deployment_id.unwrap_or_default();
        let tags = tags::checked(input.tags)?;
        let canary = input.canary_settings;
        let (description, variables) = (input.description, input.variables.unwrap_or_default());
        let made = gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let stages = read::stages(&rows, &call.scope, &id)?;
                if stages.iter().any(|stage| stage.name == name) {
                    return Err(error::conflict("Stage already exists"));
                }
                let deployment = read::deployment(&rows, &call.scope, &id, &deployment)
                    .map_err(|_| error::bad_request("Deployment id does not exist"))?;
                let made = new_stage(call, &deployment, name, description, variables, stages.len())?;
                let canary = canary.map(|wanted| {
                    let served = wanted.deployment_id.unwrap_or_else(|| made.deployment.clone());
                    read::deployment(&rows, &call.scope, &id, &served)
                        .map_err(|_| error::bad_request("Deployment id does not exist"))?;
                    let (percent, variables) = (wanted.percent_traffic, wanted.stage_variable_overrides);
                    canary_wanted::new(served, percent, variables, wanted.use_stage_cache)
                });
                let made = Stage { tags, canary: canary.transpose()?, ..made };
                tx.put(&made)?;
                Ok(made)
            })
            .await?;
        Ok(render::stage(&made))
    }
}
