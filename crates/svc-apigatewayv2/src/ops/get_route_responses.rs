//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid-routeresponses#GetRouteResponses>

use super::may;
use crate::{ApiGatewayV2, api, error, page::page, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetRouteResponses {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
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
        let id = input.route_id.as_deref().unwrap_or_default();
        let api = read::api(&gateway.store.read(), &call.scope, input.api_id.as_deref().unwrap_or_default())?;
        let route = api.content.routes.get(id).ok_or_else(|| error::no("Route", id))?;
        let all = route.responses.values().collect();
        let (items, next_token) =
            page(all, |response| &response.id, input.max_results.as_deref(), input.next_token.as_deref())?;
        Ok(Self::Output { items: Some(items.into_iter().map(render::route_response).collect()), next_token })
    }
}
