//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename#UpdateStage>

use super::may;
use super::stage_wanted::apply;
use crate::{ApiGatewayV2, api, read, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::UpdateStage {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
            &format!(
                "/apis/{}/stages/{}",
                input.api_id.as_deref().unwrap_or_default(),
                input.stage_name.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let (id, name) =
            (input.api_id.clone().unwrap_or_default(), input.stage_name.clone().unwrap_or_default());
        let wanted: api::CreateStageRequest = shape::as_shape(input)?;
        let (changed, protocol) = gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let api = read::api(&rows, &call.scope, &id)?;
                let mut stage = read::stage(&rows, &call.scope, &id, &name)?;
                let was_automatic = stage.auto_deploy;
                apply(&api, &mut stage, &wanted)?;
                if let Some(wanted) = &wanted.deployment_id {
                    read::deployment(&rows, &call.scope, &id, wanted)?;
                    stage.deployment = Some(wanted.clone());
                }
                stage.updated = call.now;
                tx.put(&stage)?;
                if stage.auto_deploy && !was_automatic {
                    stage = gateway.deploy_automatically(tx, &api, stage, call.now)?;
                }
                Ok::<_, ServiceError>((stage, api.protocol))
            })
            .await?;
        shape::as_shape(render::stage(&changed, protocol))
    }
}
