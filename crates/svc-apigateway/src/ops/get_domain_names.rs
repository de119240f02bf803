//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetDomainNames.html>

use super::may;
use crate::domain_names::{domain_name, refused};
use crate::page::page;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetDomainNames {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", "/domainnames"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let all = gateway.needs.domains.all(&call.scope).map_err(refused)?;
        let is_own = input.resource_owner.as_deref() != Some("OTHER_ACCOUNTS");
        let all = all.into_iter().filter(|_| is_own).collect();
        let (items, position) = page(all, |domain| &domain.name, input.limit, input.position.as_deref())?;
        Ok(api::DomainNames { items: Some(items.iter().map(|one| domain_name(one)).collect()), position })
    }
}
