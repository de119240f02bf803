//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments#CreateDeployment>

use super::may;
use crate::{ApiGatewayV2, api, deploy, read, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::CreateDeployment {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", &format!("/apis/{}/deployments", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let id = input.api_id.unwrap_or_default();
        let (description, stage_name) = (input.description, input.stage_name.filter(|name| !name.is_empty()));
        let made = gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let api = read::api(&rows, &call.scope, &id)?;
                deploy::check(&api)?;
                deploy::check_number(tx, &api)?;
                let made = gateway.new_deployment(&api, description, call.now);
                tx.put(&made)?;
                if let Some(name) = stage_name {
                    let mut stage = read::stage(&rows, &call.scope, &id, &name)?;
                    stage.deployment = Some(made.id.clone());
                    stage.updated = call.now;
                    tx.put(&stage)?;
                }
                Ok::<_, ServiceError>(made)
            })
            .await?;
        shape::as_shape(render::deployment(&made))
    }
}
