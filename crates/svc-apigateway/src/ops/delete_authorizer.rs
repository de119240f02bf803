//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteAuthorizer.html>

use super::may;
use crate::state::Authorizer;
use crate::{ApiGateway, api, error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteAuthorizer {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/restapis/{}/authorizers/{}",
                input.rest_api_id.as_deref().unwrap_or_default(),
                input.authorizer_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (id, authorizer) = (
            input.rest_api_id.as_deref().unwrap_or_default(),
            input.authorizer_id.as_deref().unwrap_or_default(),
        );
        gateway
            .store
            .write(|tx: &mut Tx| {
                let rows = tx.snapshot();
                let found = read::authorizer(&rows, &call.scope, id, authorizer)?;
                let resources = read::resources(&rows, &call.scope, id)?;
                let mut methods = resources.iter().flat_map(|resource| resource.methods.values());
                if methods.any(|method| method.authorizer.as_deref() == Some(authorizer)) {
                    return Err(error::conflict(format!(
                        "Cannot delete authorizer '{}', is referenced in method",
                        found.name
                    )));
                }
                Ok(tx.delete::<Authorizer>(&found.key())?)
            })
            .await?;
        gateway.verdicts.forget(&format!("{id}/"));
        Ok(Self::Output::default())
    }
}
