//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename#DeleteStage>

use super::may;
use crate::{ApiGatewayV2, api, deploy, read, state::Stage};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGatewayV2> for api::DeleteStage {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
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
        let (id, name) =
            (input.api_id.as_deref().unwrap_or_default(), input.stage_name.as_deref().unwrap_or_default());
        gateway
            .store
            .write(|tx: &mut Tx| {
                let stage = read::stage(&tx.snapshot(), &call.scope, id, name)?;
                tx.delete::<Stage>(&stage.key())?;
                match &stage.deployment {
                    Some(deployment) => deploy::forget_automatic(tx, &stage, deployment),
                    None => Ok(()),
                }
            })
            .await?;
        gateway.connections.close_all(id, Some(name));
        gateway.answers.forget(&format!("{id}/{name}/"));
        Ok(Self::Output::default())
    }
}
