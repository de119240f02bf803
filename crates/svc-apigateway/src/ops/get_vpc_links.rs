//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetVpcLinks.html>

use super::may;
use crate::page::page;
use crate::state::VpcLink;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetVpcLinks {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", "/vpclinks"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let links = gateway.store.read().scan::<VpcLink>(&call.scope.prefix())?;
        let (links, position) = page(links, |link| &link.id, input.limit, input.position.as_deref())?;
        let shown = links.iter().map(|link| gateway.shown_link(link)).collect::<Result<Vec<_>, _>>()?;
        Ok(api::VpcLinks { items: Some(shown), position })
    }
}
