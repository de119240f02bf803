//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteGatewayResponse.html>

use super::gateway_response_wanted::kind;
use super::may;
use crate::state::GatewayResponse;
use crate::{ApiGateway, api, error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteGatewayResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/restapis/{}/gatewayresponses/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.response_type.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let kind = kind(input.response_type.as_deref().unwrap_or_default())?;
        let id = input.rest_api_id.as_deref().unwrap_or_default();
        gateway
            .store
            .write(|tx: &mut Tx| {
                let all = read::gateway_responses(&tx.snapshot(), &call.scope, id)?;
                let found = all.get(kind.name).ok_or_else(error::no_gateway_response)?;
                Ok::<_, ServiceError>(tx.delete::<GatewayResponse>(&found.key())?)
            })
            .await?;
        Ok(Self::Output::default())
    }
}
