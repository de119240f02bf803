//! <https://docs.aws.amazon.com/apigateway/latest/api/API_FlushStageAuthorizersCache.html>

use super::may;
use crate::{ApiGateway, api, read};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::FlushStageAuthorizersCache {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/restapis/{}/stages/{}/cache/authorizers",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.stage_name.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, name) = (
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.stage_name.as_deref().unwrap_or_default(),
        );
        read::stage(&gateway.store.read(), &call.scope, id, name)?;
        gateway.verdicts.forget(&format!("{id}/{name}/"));
        Ok(Self::Output::default())
    }
}
