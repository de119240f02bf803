//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html>

use super::authorizer_wanted::{admit, check, wanted};
use super::may;
use super::may_pass;
use crate::{ApiGateway, api, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::CreateAuthorizer {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let mut asked = may(
            call,
            "POST",
            &format!("/restapis/{}/authorizers", input.rest_api_id.as_deref().unwrap_or_default()),
        );
        asked.extend(may_pass(input.authorizer_credentials.as_deref()));
        Ok(asked)
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let id = input.rest_api_id.clone().unwrap_or_default();
        let made = wanted(&input, &call.scope, gateway.id(6))?;
        check(&made)?;
        gateway
            .store
            .write(|tx: &mut Tx| {
                let all = read::authorizers(&tx.snapshot(), &call.scope, &id)?;
                admit(all.iter().map(AsRef::as_ref), &made)?;
                Ok::<_, ServiceError>(tx.put(&made)?)
            })
            .await?;
        Ok(render::authorizer(&made))
    }
}
