//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations#GetIntegrations>

use super::may;
use crate::{ApiGatewayV2, api, page::page, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetIntegrations {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/apis/{}/integrations", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let api = read::api(&gateway.store.read(), &call.scope, input.api_id.as_deref().unwrap_or_default())?;
        let all = api.content.integrations.values().collect();
        let (items, next_token) =
            page(all, |item| &item.id, input.max_results.as_deref(), input.next_token.as_deref())?;
        Ok(Self::Output { items: Some(items.into_iter().map(render::integration).collect()), next_token })
    }
}
