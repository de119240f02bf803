//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetVpcLink.html>

use super::may;
use crate::{ApiGateway, api, read};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetVpcLink {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", &format!("/vpclinks/{}", input.vpc_link_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.vpc_link_id.as_deref().unwrap_or_default();
        gateway.shown_link(&read::vpc_link(&gateway.store.read(), &call.scope, id)?)
    }
}
