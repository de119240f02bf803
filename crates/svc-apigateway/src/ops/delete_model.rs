//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteModel.html>

use super::may;
use crate::state::Model;
use crate::{ApiGateway, api, error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteModel {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/restapis/{}/models/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.model_name.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, name) = (
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.model_name.as_deref().unwrap_or_default(),
        );
        gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let model = read::model(&rows, &call.scope, id, name)?;
                let resources = read::resources(&rows, &call.scope, id)?;
                let mut methods = resources.iter().flat_map(|resource| resource.methods.values());
                if methods.any(|method| method.request_models.values().any(|used| used == name)) {
                    return Err(error::conflict(format!(
                        "Cannot delete model '{name}', is referenced in method request"
                    )));
                }
                Ok(tx.delete::<Model>(&model.key())?)
            })
            .await?;
        Ok(Self::Output::default())
    }
}
