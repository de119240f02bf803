//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments#GetDeployments>

use super::may;
use crate::{ApiGatewayV2, api, page::page, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetDeployments {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/apis/{}/deployments", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.api_id.as_deref().unwrap_or_default();
        let mut all = read::deployments(&gateway.store.read(), &call.scope, id)?;
        all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
        let (items, next_token) = page(
            all,
            |deployment| &deployment.id,
            input.max_results.as_deref(),
            input.next_token.as_deref(),
        )?;
        let items = items.iter().map(|deployment| render::deployment(deployment)).collect();
        Ok(Self::Output { items: Some(items), next_token })
    }
}
