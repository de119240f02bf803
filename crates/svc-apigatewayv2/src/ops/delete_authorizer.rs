//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers-authorizerid#DeleteAuthorizer>

use super::may;
use crate::{ApiGatewayV2, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::DeleteAuthorizer {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
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
        let api_id = input.api_id.as_deref().unwrap_or_default();
        gateway
            .change_api(&call.scope, api_id, call.now, |api| {
                let user = api.content.routes.values().find(|route| route.authorizer.as_deref() == Some(id));
                if let Some(route) = user {
                    let name = api.content.authorizers.get(id).map_or("", |authorizer| &authorizer.name);
                    return Err(error::conflict(format!(
                        "Cannot delete authorizer '{name}', is referenced in route: {}",
                        route.key
                    )));
                }
                api.content.authorizers.remove(id).map(drop).ok_or_else(|| error::no("Authorizer", id))
            })
            .await?;
        Ok(Self::Output::default())
    }
}
