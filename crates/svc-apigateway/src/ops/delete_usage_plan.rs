//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteUsagePlan.html>

use super::may;
use crate::state::{DayUse, UsagePlan};
use crate::{ApiGateway, api};
use crate::{error, read};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<ApiGateway> for api::DeleteUsagePlan {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(
            call,
            "DELETE",
            &format!("/usageplans/{}", input.usage_plan_id.as_deref().unwrap_or_default()),
        ))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = input.usage_plan_id.as_deref().unwrap_or_default();
        let plan = gateway
            .store
            .write(|tx: &mut Tx| {
                let plan = read::usage_plan(&tx.snapshot(), &call.scope, id)?;
                if !plan.stages.is_empty() {
                    return Err(error::bad_request(format!(
                        "Cannot delete usage plan {id} while it is associated with API stages"
                    )));
                }
                for day in tx.scan::<DayUse>(&call.scope.key(&format!("{id}/")))? {
                    tx.delete::<DayUse>(&day.key())?;
                }
                tx.delete::<UsagePlan>(&plan.key())?;
                Ok(plan)
            })
            .await?;
        gateway.forget_usage(&plan);
        Ok(Self::Output::default())
    }
}
