//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateVpcLink.html>

use super::may;
use crate::{ApiGateway, api, error, patch, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::UpdateVpcLink {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PATCH", &format!("/vpclinks/{}", input.vpc_link_id.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let patches = patch::read(input.patch_operations)?;
        let id = input.vpc_link_id.unwrap_or_default();
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let mut link = read::vpc_link(&tx.snapshot(), &call.scope, &id)?;
                for patch in &patches {
                    match patch.parts()[..] {
                        ["name"] => patch.value()?.clone_into(&mut link.name),
                        ["description"] => link.description = patch.text(),
                        ["targetArns", ..] => {
                            return Err(error::bad_request(
                                "Target arns are not allowed to be changed/added.",
                            ));
                        }
                        _ => return Err(patch.unknown(&["/name", "/description"])),
                    }
                }
                tx.put(&link)?;
                Ok::<_, ServiceError>(link)
            })
            .await?;
        gateway.shown_link(&changed)
    }
}
