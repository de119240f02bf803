//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteRequestValidator.html>

use super::may;
use crate::state::RequestValidator;
use crate::{ApiGateway, api, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteRequestValidator {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/restapis/{}/requestvalidators/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.request_validator_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, validator) = (
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.request_validator_id.as_deref().unwrap_or_default(),
        );
        gateway
            .store
            .write(|tx: &mut Tx| {
                let found = read::validator(&tx.snapshot(), &call.scope, id, validator)?;
                // A method that names it is checked by nothing from then on.
                Ok::<_, ServiceError>(tx.delete::<RequestValidator>(&found.key())?)
            })
            .await?;
        Ok(Self::Output::default())
    }
}
