//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes#CreateRoute>

use super::may;
use super::route_wanted::{apply, blank};
use crate::{ApiGatewayV2, api, error, quota, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::CreateRoute {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", &format!("/apis/{}/routes", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let (id, new_id) = (input.api_id.clone().unwrap_or_default(), gateway.id(7));
        let made = gateway
            .change_api(&call.scope, &id, call.now, |api| {
                if api.content.routes.len() >= quota::ROUTES {
                    return Err(error::too_many("Maximum number of routes for this API has been reached."));
                }
                let mut made = blank(new_id);
                apply(api, &mut made, &input)?;
                api.content.routes.insert(made.id.clone(), made.clone());
                Ok(made)
            })
            .await?;
        shape::as_shape(render::route(&made))
    }
}
