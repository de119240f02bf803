//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers-authorizerid#GetAuthorizer>

use super::may;
use crate::{ApiGatewayV2, api, error, read, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetAuthorizer {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/apis/{}/authorizers/{}",
                input.api_id.as_deref().unwrap_or_default(),
                input.authorizer_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.authorizer_id.as_deref().unwrap_or_default();
        let api = read::api(&gateway.store.read(), &call.scope, input.api_id.as_deref().unwrap_or_default())?;
        let found = api.content.authorizers.get(id).ok_or_else(|| error::no("Authorizer", id))?;
        shape::as_shape(render::authorizer(found))
    }
}
