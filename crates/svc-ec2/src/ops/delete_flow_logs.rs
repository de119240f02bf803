//! Ends flow logs; what was delivered stays.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteFlowLogs.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteFlowLogs {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteFlowLogs").each::<FlowLog>(input.flow_log_ids.as_ref())?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let ids = input.flow_log_ids.as_deref().unwrap_or_default();
        if ids.is_empty() {
            return Err(missing("FlowLogId"));
        }
        ec2.change(call, input.dry_run, |change| {
            for id in ids {
                let log = change.find::<FlowLog>(id)?;
                change.remove_beside::<FailedDelivery>(&*log)?;
                change.remove(&*log)?;
            }
            Ok(())
        })
        .await?;
        Ok(api::DeleteFlowLogsResult { unsuccessful: Some(Vec::new()) })
    }
}
