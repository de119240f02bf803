//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteBasePathMapping.html>

use super::may;
use crate::domain_names::{named, no_private, refused};
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::DeleteBasePathMapping {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
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
        let gone = gateway.needs.domains.unmap(&call.scope, name, |one| one.base_path.as_str() == path);
        gone.await.map_err(refused)?;
        Ok(Self::Output::default())
    }
}
