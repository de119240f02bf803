//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations#CreateIntegration>

use super::integration_wanted::new;
use super::may;
use crate::{ApiGatewayV2, api, error, quota, render, shape, vpc_links};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::CreateIntegration {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", &format!("/apis/{}/integrations", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let (id, new_id) = (input.api_id.clone().unwrap_or_default(), gateway.id(7));
        let made = gateway
            .change_api_among(&call.scope, &id, call.now, |rows, api| {
                vpc_links::check(rows, &call.scope, input.connection_id.as_deref())?;
                if api.content.integrations.len() >= quota::INTEGRATIONS {
                    return Err(error::too_many(
                        "Maximum number of integrations for this API has been reached.",
                    ));
                }
                let made = new(api, new_id, &input)?;
                api.content.integrations.insert(made.id.clone(), made.clone());
                Ok(made)
            })
            .await?;
        shape::as_shape(render::integration(&made))
    }
}
