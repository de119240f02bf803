//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks#GetVpcLinks>

use super::may;
use crate::{ApiGatewayV2, api, page::page, render, state::VpcLink};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGatewayV2> for api::GetVpcLinks {
    fn access(_: &ApiGatewayV2, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", "/vpclinks"))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let mut all = gateway.store.read().scan::<VpcLink>(&call.scope.prefix())?;
        all.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        let (items, next_token) =
            page(all, |link| &link.id, input.max_results.as_deref(), input.next_token.as_deref())?;
        Ok(Self::Output {
            items: Some(items.iter().map(|link| render::vpc_link(link)).collect()),
            next_token,
        })
    }
}
