//! Shows a report of services reached last.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html>

use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetServiceLastAccessedDetails {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:GetServiceLastAccessedDetails", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let job = state::job(&iam.read(), &call.scope.account, given(&input.job_id, "jobId")?)?;
        let page = page(job.services.clone(), |s| s.namespace.clone(), &input.marker, input.max_items)?;
        Ok(api::GetServiceLastAccessedDetailsResponse {
            job_status: Some("COMPLETED".to_owned()),
            job_type: Some("SERVICE_LEVEL".to_owned()),
            job_creation_date: Some(job.created),
            job_completion_date: Some(job.created),
            services_last_accessed: Some(page.items.iter().map(|s| s.describe()).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
            error: None,
        })
    }
}
