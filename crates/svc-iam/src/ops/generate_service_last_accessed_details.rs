//! Starts a report of the services that a user, group, role or policy could reach and that its
//! users reached last.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html>

use crate::api;
use crate::model::{AccessJob, given};
use crate::service_access::Subject;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GenerateServiceLastAccessedDetails {
    fn access(_iam: &Iam, _call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:GenerateServiceLastAccessedDetails", given(&input.arn, "arn")?)])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (arn, account) = (given(&input.arn, "arn")?, &call.scope.account);
        if input.granularity.as_deref() == Some("ACTION_LEVEL") {
            return Err(ServiceError::not_implemented(
                "iam:GenerateServiceLastAccessedDetails with granularity ACTION_LEVEL",
            ));
        }
        let state = iam.read();
        let services = Subject::find(&state, account, arn)?.services(&state, account)?;
        let job = AccessJob { account: account.clone(), id: iam.ids.uuid(), created: call.now, services };
        iam.keep_job(&job).await?;
        Ok(api::GenerateServiceLastAccessedDetailsResponse { job_id: Some(job.id) })
    }
}
