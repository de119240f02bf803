//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid-routeresponses-routeresponseid#UpdateRouteResponse>

use super::may;
use super::route_response_wanted::{check, route_of};
use crate::{ApiGatewayV2, api, error, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::UpdateRouteResponse {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
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
        let input = input.into_inner();
        let id = input.route_response_id.clone().unwrap_or_default();
        let wanted: api::CreateRouteResponseRequest = shape::as_shape(input)?;
        check(&wanted)?;
        let api_id = wanted.api_id.clone().unwrap_or_default();
        let known = gateway
            .change_api(&call.scope, &api_id, call.now, |api| {
                let route = route_of(api, wanted.route_id.as_deref().unwrap_or_default())?;
                route.responses.get(&id).cloned().ok_or_else(|| error::no("RouteResponse", &id))
            })
            .await?;
        shape::as_shape(render::route_response(&known))
    }
}
