//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateAccount.html>

use super::get_account::shown;
use super::may;
use super::may_pass;
use crate::patch::Op;
use crate::state::Account;
use crate::{ApiGateway, api, error, patch};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::UpdateAccount {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let mut asked = may(call, "PATCH", "/account");
        let patches = input.patch_operations.iter().flatten();
        let role = patches
            .filter(|p| p.path.as_deref() == Some("/cloudwatchRoleArn"))
            .find_map(|p| p.value.as_deref());
        asked.extend(may_pass(role.filter(|role| !role.is_empty())));
        Ok(asked)
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let patches = patch::read(input.into_inner().patch_operations)?;
        let mut role = gateway.cloudwatch_role(&call.scope)?;
        for patch in &patches {
            match patch.parts()[..] {
                ["cloudwatchRoleArn"] => role = patch.text(),
                // The only feature, which every account has.
                ["features"] if patch.op == Op::Add && patch.value.as_deref() == Some("UsagePlans") => {}
                _ => return Err(patch.unknown(&["/cloudwatchRoleArn", "/features"])),
            }
        }
        if role.as_deref().is_some_and(|role| !gateway.needs.logs.may_use(role)) {
            return Err(error::bad_request(
                "The role ARN does not have required permissions set to API Gateway",
            ));
        }
        let account = Account { scope: call.scope.clone(), cloudwatch_role: role.clone() };
        gateway.store.write(|tx: &mut Tx| Ok::<_, ServiceError>(tx.put(&account)?)).await?;
        Ok(shown(role))
    }
}
