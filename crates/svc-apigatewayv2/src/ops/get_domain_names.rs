//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames.html#GetDomainNames>

use super::may;
use crate::domain_names::{domain_name, refused};
use crate::page::page;
use crate::{ApiGatewayV2, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetDomainNames {
    fn access(_: &ApiGatewayV2, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", "/domainnames"))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let all = gateway.needs.domains.all(&call.scope).map_err(refused)?;
        let (items, next_token) =
            page(all, |domain| &domain.name, input.max_results.as_deref(), input.next_token.as_deref())?;
        Ok(Self::Output { items: Some(items.iter().map(|one| domain_name(one)).collect()), next_token })
    }
}
