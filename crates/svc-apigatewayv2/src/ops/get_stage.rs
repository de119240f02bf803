//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename#GetStage>

use super::may;
use crate::{ApiGatewayV2, api, read, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetStage {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/apis/{}/stages/{}",
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
        let rows = gateway.store.read();
        let (id, name) =
            (input.api_id.as_deref().unwrap_or_default(), input.stage_name.as_deref().unwrap_or_default());
        let stage = read::stage(&rows, &call.scope, id, name)?;
        shape::as_shape(render::stage(&stage, read::api(&rows, &call.scope, id)?.protocol))
    }
}
