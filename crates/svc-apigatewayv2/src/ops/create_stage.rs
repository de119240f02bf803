//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages#CreateStage>

use super::may;
use super::stage_wanted::{apply, blank, check_name};
use crate::{ApiGatewayV2, api, error, quota, read, render, shape, state::Stage, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::CreateStage {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", &format!("/apis/{}/stages", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let mut input = input.into_inner();
        let (id, name) =
            (input.api_id.clone().unwrap_or_default(), input.stage_name.clone().unwrap_or_default());
        let tags = tags::checked(input.tags.take())?;
        check_name(&name)?;
        let (made, protocol) = gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let api = read::api(&rows, &call.scope, &id)?;
                let stages = read::stages(&rows, &call.scope, &id)?;
                if stages.iter().any(|stage| stage.name == name) {
                    return Err(error::conflict("Stage already exists"));
                }
                if stages.len() >= quota::STAGES {
                    return Err(error::too_many("Maximum number of stages for this API has been reached."));
                }
                let mut made = Stage { tags, ..blank(call, &id, name) };
                apply(&api, &mut made, &input)?;
                if let Some(wanted) = &input.deployment_id {
                    read::deployment(&rows, &call.scope, &id, wanted)?;
                    made.deployment = Some(wanted.clone());
                }
                tx.put(&made)?;
                if made.auto_deploy {
                    made = gateway.deploy_automatically(tx, &api, made, call.now)?;
                }
                Ok((made, api.protocol))
            })
            .await?;
        shape::as_shape(render::stage(&made, protocol))
    }
}
