//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid-routeresponses#CreateRouteResponse>

use super::may;
use super::route_response_wanted::{check, route_of};
use crate::{ApiGatewayV2, api, render, shape, state::RouteResponse};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::CreateRouteResponse {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!(
                "/apis/{}/routes/{}/routeresponses",
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
        let input = input.into_inner();
        check(&input)?;
        let made =
            RouteResponse { id: gateway.id(6), key: input.route_response_key.clone().unwrap_or_default() };
        let api_id = input.api_id.clone().unwrap_or_default();
        let made = gateway
            .change_api(&call.scope, &api_id, call.now, |api| {
                let route = route_of(api, input.route_id.as_deref().unwrap_or_default())?;
                // Only one key is possible, so the newest takes the place of the one before.
                route.responses.clear();
                route.responses.insert(made.id.clone(), made.clone());
                Ok(made)
            })
            .await?;
        shape::as_shape(render::route_response(&made))
    }
}
