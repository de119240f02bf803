//! Shows by whom a service of a report was reached.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetailsWithEntities.html>

use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetServiceLastAccessedDetailsWithEntities {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:GetServiceLastAccessedDetailsWithEntities", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let job = state::job(&iam.read(), &call.scope.account, given(&input.job_id, "jobId")?)?;
        let namespace = given(&input.service_namespace, "serviceNamespace")?;
        let service = job.services.iter().find(|s| s.namespace == namespace);
        let entities = service.map(|s| s.entities.clone()).unwrap_or_default();
        let page = page(entities, |entity| entity.arn.clone(), &input.marker, input.max_items)?;
        Ok(api::GetServiceLastAccessedDetailsWithEntitiesResponse {
            job_status: Some("COMPLETED".to_owned()),
            job_creation_date: Some(job.created),
            job_completion_date: Some(job.created),
            entity_details_list: Some(page.items.iter().map(|entity| entity.describe()).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
            error: None,
        })
    }
}
