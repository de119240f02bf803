//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRequestValidator.html>

use super::may;
use crate::state::RequestValidator;
use crate::{ApiGateway, api, error, quota, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::CreateRequestValidator {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!("/restapis/{}/requestvalidators", input.rest_api_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let id = input.rest_api_id.unwrap_or_default();
        let made = RequestValidator {
            scope: call.scope.clone(),
            api: id.clone(),
            id: gateway.id(6),
            name: input.name,
            validates_body: input.validate_request_body.unwrap_or(false),
            validates_parameters: input.validate_request_parameters.unwrap_or(false),
        };
        gateway
            .store
            .write(|tx: &mut Tx| {
                admit(read::validators(&tx.snapshot(), &call.scope, &id)?.len())?;
                Ok::<_, ServiceError>(tx.put(&made)?)
            })
            .await?;
        Ok(render::request_validator(&made))
    }
}

/// Whether an API with so many may have another.
pub fn admit(others: usize) -> Result<(), ServiceError> {
    if others < quota::VALIDATORS {
        return Ok(());
    }
    Err(error::limit_exceeded("Maximum number of request validators exceeded"))
}
