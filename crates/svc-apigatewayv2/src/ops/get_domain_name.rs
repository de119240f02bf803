//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname.html#GetDomainName>

use super::may;
use crate::domain_names::{domain_name, refused};
use crate::{ApiGatewayV2, api, shape};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetDomainName {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/domainnames/{}", input.domain_name.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = input.domain_name.as_deref().unwrap_or_default();
        let found = gateway.needs.domains.domain(&call.scope, name).map_err(refused)?;
        shape::as_shape(domain_name(&found))
    }
}
