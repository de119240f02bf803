//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks-vpclinkid#UpdateVpcLink>

use super::may;
use crate::{ApiGatewayV2, api, read, render, shape, state::VpcLink};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::UpdateVpcLink {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PATCH", &format!("/vpclinks/{}", input.vpc_link_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let id = input.vpc_link_id.unwrap_or_default();
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let link = read::vpc_link(&tx.snapshot(), &call.scope, &id)?;
                let name = input.name.unwrap_or_else(|| link.name.clone());
                let changed = VpcLink { name, ..VpcLink::clone(&link) };
                tx.put(&changed)?;
                Ok::<_, ServiceError>(changed)
            })
            .await?;
        shape::as_shape(render::vpc_link(&changed))
    }
}
