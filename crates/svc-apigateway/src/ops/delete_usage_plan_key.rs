//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteUsagePlanKey.html>

use super::may;
use crate::{ApiGateway, api};
use crate::{error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGateway> for api::DeleteUsagePlanKey {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!(
                "/usageplans/{}/keys/{}",
                input.usage_plan_id.as_deref().unwrap_or_default(),
                input.key_id.as_deref().unwrap_or_default()
            ),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (plan, id) =
            (input.usage_plan_id.as_deref().unwrap_or_default(), input.key_id.as_deref().unwrap_or_default());
        gateway
            .store
            .write(|tx: &mut Tx| {
                let mut plan = read::usage_plan(&tx.snapshot(), &call.scope, plan)?;
                if !plan.keys.remove(id) {
                    return Err(error::not_found(format!(
                        "Invalid API Key identifier specified for Usage Plan {}",
                        plan.id
                    )));
                }
                Ok(tx.put(&plan)?)
            })
            .await?;
        Ok(Self::Output::default())
    }
}
