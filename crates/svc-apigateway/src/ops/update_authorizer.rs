//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateAuthorizer.html>

use super::authorizer_wanted::{change, check};
use super::may;
use crate::{ApiGateway, api, patch, read, render};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::UpdateAuthorizer {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let mut asked = may(
            call,
            "PATCH",
            &format!(
                "/restapis/{}/authorizers/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.authorizer_id.as_deref().unwrap_or_default()
            ),
        );
        asked.extend(super::authorizer_wanted::passed(input.patch_operations.as_deref()));
        Ok(asked)
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let patches = patch::read(input.patch_operations)?;
        let (id, authorizer) =
            (input.rest_api_id.unwrap_or_default(), input.authorizer_id.unwrap_or_default());
        let changed = gateway
            .store
            .write(|tx: &mut Tx| {
                let mut authorizer = read::authorizer(&tx.snapshot(), &call.scope, &id, &authorizer)?;
                for patch in &patches {
                    change(&mut authorizer, patch)?;
                }
                check(&authorizer)?;
                tx.put(&authorizer)?;
                Ok::<_, ServiceError>(authorizer)
            })
            .await?;
        Ok(render::authorizer(&changed))
    }
}
