//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteStage.html>

use super::may;
use super::plan_stages::forget_stages;
use crate::read;
use crate::state::Stage;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteStage {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
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
        let (id, name) = (
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.stage_name.as_deref().unwrap_or_default(),
        );
        gateway
            .store
            .write(|tx: &mut Tx| {
                let stage = read::stage(&tx.snapshot(), &call.scope, id, name)?;
                forget_stages(tx, &call.scope, |known| known.api == id && known.stage == name)?;
                tx.delete::<Stage>(&stage.key())?;
                Ok::<_, ServiceError>(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}
