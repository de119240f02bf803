//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html#UpdateApi>

use super::api_wanted::apply;
use super::integration_wanted::quick;
use super::may;
use crate::{ApiGatewayV2, api, error, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::UpdateApi {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PATCH", &format!("/apis/{}", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let id = input.api_id.clone().unwrap_or_default();
        let wanted: api::CreateApiRequest = shape::as_shape(input)?;
        let changed = gateway
            .change_api(&call.scope, &id, call.now, |api| {
                apply(api, &wanted)?;
                retarget(api, &wanted)?;
                Ok(api.clone())
            })
            .await?;
        shape::as_shape(render::api(&changed))
    }
}

/// What quick create made may be pointed elsewhere.
fn retarget(api: &mut crate::state::Api, wanted: &api::CreateApiRequest) -> Result<(), ServiceError> {
    if wanted.target.is_none() && wanted.route_key.is_none() {
        return Ok(());
    }
    let route = api.content.routes.values().find(|route| route.managed).cloned();
    let route =
        route.ok_or_else(|| error::bad_request("Only quick created APIs have a target and a route key"))?;
    if let (Some(target), Some(id)) = (&wanted.target, &route.target) {
        api.content.integrations.insert(id.clone(), quick(id.clone(), target)?);
    }
    if let Some(key) = &wanted.route_key {
        super::route_wanted::check_key(api, Some(&route.id), key)?;
        if let Some(route) = api.content.routes.get_mut(&route.id) {
            route.key.clone_from(key);
        }
    }
    Ok(())
}
