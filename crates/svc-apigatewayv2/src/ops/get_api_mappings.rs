//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings.html#GetApiMappings>

use super::may;
use crate::domain_names::{mapping, refused};
use crate::page::page;
use crate::{ApiGatewayV2, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetApiMappings {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!("/domainnames/{}/apimappings", input.domain_name.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = input.domain_name.as_deref().unwrap_or_default();
        let all = gateway.needs.domains.mappings(&call.scope, name).map_err(refused)?;
        let (items, next_token) =
            page(all, |one| &one.id, input.max_results.as_deref(), input.next_token.as_deref())?;
        Ok(Self::Output { items: Some(items.iter().map(|one| mapping(one)).collect()), next_token })
    }
}
