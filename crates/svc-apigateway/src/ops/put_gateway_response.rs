//! <https://docs.aws.amazon.com/apigateway/latest/api/API_PutGatewayResponse.html>

use super::gateway_response_wanted::{kind, parameters, status};
use super::may;
use crate::state::GatewayResponse;
use crate::{ApiGateway, api, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::PutGatewayResponse {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PUT",
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
        let id = input.rest_api_id.unwrap_or_default();
        let made = GatewayResponse {
            scope: call.scope.clone(),
            api: id.clone(),
            kind: kind.name.to_owned(),
            status: status(input.status_code)?,
            parameters: parameters(input.response_parameters)?,
            templates: input.response_templates.unwrap_or_default(),
        };
        gateway
            .store
            .write(|tx: &mut Tx| {
                read::rest_api(&tx.snapshot(), &call.scope, &id)?;
                Ok::<_, ServiceError>(tx.put(&made)?)
            })
            .await?;
        let all = read::gateway_responses(&gateway.store.read(), &call.scope, &id)?;
        Ok(render::gateway_response(kind, &all))
    }
}
