//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages#GetStages>

use super::may;
use crate::{ApiGatewayV2, api, page::page, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetStages {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/apis/{}/stages", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let rows = gateway.store.read();
        let id = input.api_id.as_deref().unwrap_or_default();
        let (all, protocol) =
            (read::stages(&rows, &call.scope, id)?, read::api(&rows, &call.scope, id)?.protocol);
        let (items, next_token) =
            page(all, |stage| &stage.name, input.max_results.as_deref(), input.next_token.as_deref())?;
        let items = items.iter().map(|stage| render::stage(stage, protocol)).collect();
        Ok(Self::Output { items: Some(items), next_token })
    }
}
