//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid#UpdateIntegration>

use super::integration_wanted::apply;
use super::may;
use crate::{ApiGatewayV2, api, error, render, shape, vpc_links};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::UpdateIntegration {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "PATCH",
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
        let input = input.into_inner();
        let api_id = input.api_id.clone().unwrap_or_default();
        let id = input.integration_id.clone().unwrap_or_default();
        let wanted: api::CreateIntegrationRequest = shape::as_shape(input)?;
        let changed = gateway
            .change_api_among(&call.scope, &api_id, call.now, |rows, api| {
                vpc_links::check(rows, &call.scope, wanted.connection_id.as_deref())?;
                let known = api.content.integrations.get(&id).cloned();
                let mut changed = known.ok_or_else(|| error::no("Integration", &id))?;
                apply(api, &mut changed, &wanted)?;
                api.content.integrations.insert(id, changed.clone());
                Ok(changed)
            })
            .await?;
        shape::as_shape(render::integration(&changed))
    }
}
