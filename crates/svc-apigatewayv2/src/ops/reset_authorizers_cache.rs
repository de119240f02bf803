//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename-cache-authorizers#ResetAuthorizersCache>

use super::may;
use crate::{ApiGatewayV2, api, read};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::ResetAuthorizersCache {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/apis/{}/stages/{}/cache/authorizers",
                input.api_id.as_deref().unwrap_or_default(),
                input.stage_name.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, name) =
            (input.api_id.as_deref().unwrap_or_default(), input.stage_name.as_deref().unwrap_or_default());
        read::stage(&gateway.store.read(), &call.scope, id, name)?;
        gateway.answers.forget(&format!("{id}/{name}/"));
        Ok(Self::Output::default())
    }
}
