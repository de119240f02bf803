//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetBasePathMapping.html>

use super::may;
use crate::domain_names::{mapping, named, no_private, refused};
use crate::{ApiGateway, api};
use domains::DomainError;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetBasePathMapping {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!(
                "/domainnames/{}/basepathmappings/{}",
                input.domain_name.as_deref().unwrap_or_default(),
                input.base_path.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        no_private(input.domain_name_id.as_deref())?;
        let name = input.domain_name.as_deref().unwrap_or_default();
        let path = named(input.base_path.as_deref());
        let all = gateway.needs.domains.mappings(&call.scope, name).map_err(refused)?;
        let found = all.iter().find(|one| one.base_path.as_str() == path);
        found.map(|found| mapping(found)).ok_or_else(|| refused(DomainError::NoMapping))
    }
}
