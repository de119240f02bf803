//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteRestApi.html>

use super::may;
use super::plan_stages::forget_stages;
use crate::read;
use crate::state::{
    Authorizer, Deployment, GatewayResponse, Model, RequestValidator, Resource, RestApi, RestApiOwner, Stage,
};
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteRestApi {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "DELETE", &format!("/restapis/{}", input.rest_api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.rest_api_id.as_deref().unwrap_or_default();
        gateway
            .store
            .write(|tx: &mut Tx| {
                let api = read::rest_api(&tx.snapshot(), &call.scope, id)?;
                let under = call.scope.key(&format!("{id}/"));
                for resource in tx.scan::<Resource>(&under)? {
                    tx.delete::<Resource>(&resource.key())?;
                }
                for deployment in tx.scan::<Deployment>(&under)? {
                    tx.delete::<Deployment>(&deployment.key())?;
                }
                forget_parts(tx, &under)?;
                for stage in tx.scan::<Stage>(&under)? {
                    tx.delete::<Stage>(&stage.key())?;
                }
                forget_stages(tx, &call.scope, |stage| stage.api == id)?;
                tx.delete::<RestApiOwner>(id)?;
                tx.delete::<RestApi>(&api.key())?;
                Ok::<_, ServiceError>(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}

/// Models, validators, authorizers and gateway responses go with their API.
fn forget_parts(tx: &mut Tx, under: &str) -> Result<(), ServiceError> {
    for model in tx.scan::<Model>(under)? {
        tx.delete::<Model>(&model.key())?;
    }
    for validator in tx.scan::<RequestValidator>(under)? {
        tx.delete::<RequestValidator>(&validator.key())?;
    }
    for authorizer in tx.scan::<Authorizer>(under)? {
        tx.delete::<Authorizer>(&authorizer.key())?;
    }
    for response in tx.scan::<GatewayResponse>(under)? {
        tx.delete::<GatewayResponse>(&response.key())?;
    }
    Ok(())
}
