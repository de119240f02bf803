//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings.html#CreateApiMapping>

use super::may;
use crate::domain_names::{mapping, refused};
use crate::{ApiGatewayV2, api, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::CreateApiMapping {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
            &format!("/domainnames/{}/apimappings", input.domain_name.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = input.domain_name.as_deref().unwrap_or_default();
        let key = input.api_mapping_key.as_deref().unwrap_or_default();
        let api = input.api_id.as_deref().unwrap_or_default();
        let made = gateway.needs.domains.map(&call.scope, name, key, api, input.stage.as_deref()).await;
        shape::as_shape(mapping(&made.map_err(refused)?))
    }
}
