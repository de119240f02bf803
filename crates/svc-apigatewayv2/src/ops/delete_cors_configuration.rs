//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-cors#DeleteCorsConfiguration>

use super::may;
use crate::{ApiGatewayV2, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::DeleteCorsConfiguration {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "DELETE", &format!("/apis/{}/cors", input.api_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.api_id.as_deref().unwrap_or_default();
        gateway
            .change_api(&call.scope, id, call.now, |api| {
                api.content.cors = None;
                Ok(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}
