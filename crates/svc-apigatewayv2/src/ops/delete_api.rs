//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid#DeleteApi>

use super::may;
use crate::{
    ApiGatewayV2, api, read,
    state::{Api, ApiOwner, Deployment, Stage},
};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGatewayV2> for api::DeleteApi {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "DELETE", &format!("/apis/{}", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.api_id.as_deref().unwrap_or_default();
        gateway
            .store
            .write(|tx: &mut Tx| {
                let api = read::api(&tx.snapshot(), &call.scope, id)?;
                let under = call.scope.key(&format!("{id}/"));
                for stage in tx.scan::<Stage>(&under)? {
                    tx.delete::<Stage>(&stage.key())?;
                }
                for deployment in tx.scan::<Deployment>(&under)? {
                    tx.delete::<Deployment>(&deployment.key())?;
                }
                tx.delete::<ApiOwner>(id)?;
                tx.delete::<Api>(&api.key())?;
                Ok::<_, ServiceError>(())
            })
            .await?;
        gateway.connections.close_all(id, None);
        gateway.answers.forget(&format!("{id}/"));
        Ok(Self::Output::default())
    }
}
