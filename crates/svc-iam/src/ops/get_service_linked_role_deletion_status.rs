//! Tells how the deletion of a service-linked role went.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html>

use crate::api;
use crate::error::no_such_entity;
use crate::model::DeletionTask;
use crate::model::given;
use crate::state::Iam;
use base::Arn;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetServiceLinkedRoleDeletionStatus {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let task = given(&input.deletion_task_id, "deletionTaskId")?;
        let role = task.strip_prefix("task/").and_then(|t| t.rsplit_once('/')).map_or(task, |(role, _)| role);
        let arn = Arn::global("iam", &call.scope.account, format!("role/{role}")).to_string();
        Ok(vec![Access::to("iam:GetServiceLinkedRoleDeletionStatus", arn)])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = given(&input.deletion_task_id, "deletionTaskId")?;
        let found = iam.read().get::<DeletionTask>(&DeletionTask::key_of(&call.scope.account, id))?;
        found.ok_or_else(|| no_such_entity(format!("Deletion Task {id} cannot be found.")))?;
        Ok(api::GetServiceLinkedRoleDeletionStatusResponse {
            status: Some("SUCCEEDED".to_owned()),
            reason: None,
        })
    }
}
