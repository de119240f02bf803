//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks-vpclinkid#DeleteVpcLink>

use super::may;
use crate::state::{LinkStage, VpcLink};
use crate::{ApiGatewayV2, api, error, read, vpc_links};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::DeleteVpcLink {
    fn access(_: &ApiGatewayV2, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "DELETE", &format!("/vpclinks/{}", input.vpc_link_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.vpc_link_id.as_deref().unwrap_or_default();
        gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let link = read::vpc_link(&rows, &call.scope, id)?;
                let uses = vpc_links::uses(&rows, &call.scope, id)?;
                if !uses.is_empty() {
                    return Err(error::bad_request(format!(
                        "Cannot delete vpc link. Vpc link '{id}', is referenced in [{}] in format of [Method:Resource].",
                        uses.join(", ")
                    )));
                }
                tx.put(&VpcLink { stage: LinkStage::Deleting, ..VpcLink::clone(&link) })?;
                Ok(())
            })
            .await?;
        gateway.links_changed.notify_one();
        Ok(Self::Output::default())
    }
}
