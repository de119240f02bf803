//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings-apimappingid.html#GetApiMapping>

use super::may;
use crate::domain_names::{mapping, refused};
use crate::{ApiGatewayV2, api, shape};
use domains::DomainError;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetApiMapping {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
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
        let all = gateway.needs.domains.mappings(&call.scope, name).map_err(refused)?;
        let found = all.iter().find(|one| Some(&one.id) == input.api_mapping_id.as_ref());
        shape::as_shape(mapping(found.ok_or_else(|| refused(DomainError::NoMapping))?))
    }
}
