//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid-routeresponses-routeresponseid#GetRouteResponse>

use super::may;
use crate::{ApiGatewayV2, api, error, read, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetRouteResponse {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/apis/{}/routes/{}/routeresponses/{}",
                input.api_id.as_deref().unwrap_or_default(),
                input.route_id.as_deref().unwrap_or_default(),
                input.route_response_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, response) = (
            input.route_id.as_deref().unwrap_or_default(),
            input.route_response_id.as_deref().unwrap_or_default(),
        );
        let api = read::api(&gateway.store.read(), &call.scope, input.api_id.as_deref().unwrap_or_default())?;
        let route = api.content.routes.get(id).ok_or_else(|| error::no("Route", id))?;
        let found = route.responses.get(response).ok_or_else(|| error::no("RouteResponse", response))?;
        shape::as_shape(render::route_response(found))
    }
}
