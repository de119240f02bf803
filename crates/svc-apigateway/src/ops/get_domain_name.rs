//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetDomainName.html>

use super::may;
use crate::domain_names::{domain_name, no_private, refused};
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetDomainName {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/domainnames/{}", input.domain_name.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        no_private(input.domain_name_id.as_deref())?;
        let name = input.domain_name.as_deref().unwrap_or_default();
        let found = gateway.needs.domains.domain(&call.scope, name).map_err(refused)?;
        Ok(domain_name(&found))
    }
}
