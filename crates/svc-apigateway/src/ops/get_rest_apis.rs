//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApis.html>

use super::may;
use crate::page::page;
use crate::render;
use crate::state::RestApi;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetRestApis {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", "/restapis"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let mut apis = gateway.store.read().scan::<RestApi>(&call.scope.prefix())?;
        apis.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        let (apis, position) = page(apis, |api| &api.id, input.limit, input.position.as_deref())?;
        Ok(api::RestApis { items: Some(apis.iter().map(|api| render::rest_api(api)).collect()), position })
    }
}
