//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid#DeleteIntegration>

use super::may;
use crate::{ApiGatewayV2, api, error, state::Route};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::DeleteIntegration {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/apis/{}/integrations/{}",
                input.api_id.as_deref().unwrap_or_default(),
                input.integration_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.integration_id.as_deref().unwrap_or_default();
        let api_id = input.api_id.as_deref().unwrap_or_default();
        gateway
            .change_api(&call.scope, api_id, call.now, |api| {
                let users = |route: &&Route| route.target.as_deref() == Some(id);
                let users: Vec<&str> = api.content.routes.values().filter(users).map(|r| r.id.as_str()).collect();
                if !users.is_empty() {
                    return Err(error::conflict(format!(
                        "Cannot delete Integration because it is referenced by the following Routes with Ids: [{}]",
                        users.join(", ")
                    )));
                }
                api.content.integrations.remove(id).map(drop).ok_or_else(|| error::no("Integration", id))
            })
            .await?;
        Ok(Self::Output::default())
    }
}
