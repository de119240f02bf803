//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html>

use super::stage_wanted::{frozen, new_stage};
use super::{canary_wanted, may};
use crate::state::{Deployment, Stage};
use crate::{ApiGateway, api};
use crate::{error, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

const OF_A_STAGE: &str = "Canary settings of a deployment are for a stage that exists";

impl Handler<ApiGateway> for api::CreateDeployment {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!("/restapis/{}/deployments", input.rest_api_id.as_deref().unwrap_or_default()),
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
        ];
        if let Some((what, _)) = refused.iter().find(|(_, asked)| *asked) {
            return Err(ServiceError::not_implemented(what));
        }
        let (id, canary) = (input.rest_api_id.unwrap_or_default(), input.canary_settings);
        let (description, stage_name) = (input.description, input.stage_name.filter(|name| !name.is_empty()));
        let (variables, stage_description) = (input.variables.unwrap_or_default(), input.stage_description);
        if canary.is_some() && stage_name.is_none() {
            return Err(error::bad_request(OF_A_STAGE));
        }
        let made = gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let made = Deployment {
                    scope: call.scope.clone(),
                    api: id.clone(),
                    id: gateway.id(6),
                    description,
                    created: call.now,
                    resources: frozen(&read::resources(&rows, &call.scope, &id)?, true)?,
                    parts: read::parts(&rows, &call.scope, &id)?,
                };
                tx.put(&made)?;
                if let Some(name) = stage_name {
                    let stage = match read::stage(&rows, &call.scope, &id, &name) {
                        Ok(stage) if canary.is_some() => {
                            let wanted = canary.unwrap_or_default();
                            let canary = canary_wanted::new(
                                made.id.clone(),
                                wanted.percent_traffic,
                                wanted.stage_variable_overrides,
                                wanted.use_stage_cache,
                            )?;
                            let variables =
                                if variables.is_empty() { stage.variables.clone() } else { variables };
                            Stage { canary: Some(canary), updated: call.now, variables, ..stage }
                        }
                        Err(_) if canary.is_some() => {
                            return Err(error::bad_request(OF_A_STAGE));
                        }
                        Ok(stage) => Stage {
                            deployment: made.id.clone(),
                            updated: call.now,
                            variables: if variables.is_empty() { stage.variables.clone() } else { variables },
                            ..stage
                        },
                        Err(_) => {
                            let stages = read::stages(&rows, &call.scope, &id)?.len();
                            new_stage(call, &made, name, stage_description, variables, stages)?
                        }
                    };
                    tx.put(&stage)?;
                }
                Ok::<_, ServiceError>(made)
            })
            .await?;
        Ok(render::deployment(&made, false))
    }
}
