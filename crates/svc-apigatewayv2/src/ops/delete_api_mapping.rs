//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings-apimappingid.html#DeleteApiMapping>

use super::may;
use crate::domain_names::refused;
use crate::{ApiGatewayV2, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::DeleteApiMapping {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/domainnames/{}/apimappings/{}",
                input.domain_name.as_deref().unwrap_or_default(),
                input.api_mapping_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = input.domain_name.as_deref().unwrap_or_default();
        let id = input.api_mapping_id.as_deref().unwrap_or_default();
        gateway.needs.domains.unmap(&call.scope, name, |one| one.id == id).await.map_err(refused)?;
        Ok(Self::Output::default())
    }
}
