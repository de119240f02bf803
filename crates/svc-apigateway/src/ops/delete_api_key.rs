//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteApiKey.html>

use super::may;
use crate::read;
use crate::state::{ApiKey, ApiKeyDigest, UsagePlan};
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteApiKey {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "DELETE", &format!("/apikeys/{}", input.api_key.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.api_key.as_deref().unwrap_or_default();
        gateway
            .store
            .write(|tx: &mut Tx| {
                let key = read::api_key(&tx.snapshot(), &call.scope, id)?;
                for plan in tx.scan::<UsagePlan>(&call.scope.prefix())? {
                    if plan.keys.contains(id) {
                        let mut plan = UsagePlan::clone(&plan);
                        plan.keys.remove(id);
                        tx.put(&plan)?;
                    }
                }
                tx.delete::<ApiKeyDigest>(&call.scope.key(&key.digest))?;
                tx.delete::<ApiKey>(&key.key())?;
                Ok::<_, ServiceError>(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}
