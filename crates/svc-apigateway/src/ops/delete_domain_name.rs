//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteDomainName.html>

use super::may;
use crate::domain_names::{no_private, refused};
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::DeleteDomainName {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "DELETE", &format!("/domainnames/{}", input.domain_name.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        no_private(input.domain_name_id.as_deref())?;
        let name = input.domain_name.as_deref().unwrap_or_default();
        gateway.needs.domains.delete(&call.scope, name).await.map_err(refused)?;
        Ok(Self::Output::default())
    }
}
