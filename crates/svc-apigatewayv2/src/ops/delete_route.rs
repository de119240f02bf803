//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid#DeleteRoute>

use super::may;
use crate::{ApiGatewayV2, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::DeleteRoute {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/apis/{}/routes/{}",
                input.api_id.as_deref().unwrap_or_default(),
                input.route_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.route_id.as_deref().unwrap_or_default();
        let api_id = input.api_id.as_deref().unwrap_or_default();
        gateway
            .change_api(&call.scope, api_id, call.now, |api| {
                api.content.routes.remove(id).map(drop).ok_or_else(|| error::no("Route", id))
            })
            .await?;
        Ok(Self::Output::default())
    }
}
