//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteVpcLink.html>

use super::may;
use crate::state::VpcLink;
use crate::{ApiGateway, api, error, read, vpc_links};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteVpcLink {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "DELETE", &format!("/vpclinks/{}", input.vpc_link_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
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
                        "Cannot delete vpc link. Vpc link '{id}', is referenced in [{}] in format of [RESTApiId:Method:Resource:Stage].",
                        uses.join(", ")
                    )));
                }
                tx.delete::<VpcLink>(&link.key())?;
                Ok(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}
