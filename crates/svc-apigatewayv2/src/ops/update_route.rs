//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes-routeid#UpdateRoute>

use super::may;
use super::route_wanted::apply;
use crate::{ApiGatewayV2, api, error, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::UpdateRoute {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
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
        let input = input.into_inner();
        let api_id = input.api_id.clone().unwrap_or_default();
        let id = input.route_id.clone().unwrap_or_default();
        let wanted: api::CreateRouteRequest = shape::as_shape(input)?;
        let changed = gateway
            .change_api(&call.scope, &api_id, call.now, |api| {
                let known = api.content.routes.get(&id).cloned();
                let mut changed = known.ok_or_else(|| error::no("Route", &id))?;
                apply(api, &mut changed, &wanted)?;
                api.content.routes.insert(id, changed.clone());
                Ok(changed)
            })
            .await?;
        shape::as_shape(render::route(&changed))
    }
}
