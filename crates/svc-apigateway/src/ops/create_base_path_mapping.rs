//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateBasePathMapping.html>

use super::may;
use crate::domain_names::{base_path, mapping, no_private, refused};
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::CreateBasePathMapping {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "POST",
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
        let path = base_path(input.base_path.as_deref())?;
        let rest_api = input.rest_api_id.as_deref().unwrap_or_default();
        let stage = input.stage.as_deref().filter(|stage| !stage.is_empty());
        let made = gateway.needs.domains.map(&call.scope, name, &path, rest_api, stage).await;
        made.map(|made| mapping(&made)).map_err(refused)
    }
}
