//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateGatewayResponse.html>

use super::gateway_response_wanted::{change, kind, shown_as};
use super::may;
use crate::{ApiGateway, api, patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::UpdateGatewayResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
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
        let input = input.into_inner();
        let kind = kind(input.response_type.as_deref().unwrap_or_default())?;
        let patches = patch::read(input.patch_operations)?;
        let id = input.rest_api_id.unwrap_or_default();
        gateway
            .store
            .write(|tx: &mut Tx| {
                let all = read::gateway_responses(&tx.snapshot(), &call.scope, &id)?;
                let mut response = shown_as(kind, &all, &call.scope, &id);
                for patch in &patches {
                    change(&mut response, patch)?;
                }
                Ok::<_, ServiceError>(tx.put(&response)?)
            })
            .await?;
        let all = read::gateway_responses(&gateway.store.read(), &call.scope, &id)?;
        Ok(render::gateway_response(kind, &all))
    }
}
