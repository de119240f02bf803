//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html#ReimportApi>

use super::imported::Import;
use super::may;
use crate::{ApiGatewayV2, api, render, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::ReimportApi {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PUT", &format!("/apis/{}", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let import = Import::read(input.body.as_deref(), input.basepath.as_deref(), input.fail_on_warnings)?;
        let id = input.api_id.as_deref().unwrap_or_default();
        let (changed, warnings) = gateway
            .change_api_among(&call.scope, id, call.now, |rows, api| {
                let warnings = import.put_into(gateway, rows, api)?;
                Ok((api.clone(), warnings))
            })
            .await?;
        gateway.answers.forget(&format!("{id}/"));
        let shown = api::Api { warnings: Some(warnings).filter(|w| !w.is_empty()), ..render::api(&changed) };
        shape::as_shape(shown)
    }
}
