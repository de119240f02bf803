//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetBasePathMappings.html>

use super::may;
use crate::domain_names::{mapping, no_private, refused};
use crate::page::page;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetBasePathMappings {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "GET",
            &format!("/domainnames/{}/basepathmappings", input.domain_name.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        no_private(input.domain_name_id.as_deref())?;
        let name = input.domain_name.as_deref().unwrap_or_default();
        let all = gateway.needs.domains.mappings(&call.scope, name).map_err(refused)?;
        let (items, position) = page(all, |one| &one.id, input.limit, input.position.as_deref())?;
        Ok(api::BasePathMappings { items: Some(items.iter().map(|one| mapping(one)).collect()), position })
    }
}
