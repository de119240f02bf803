//! Deletes the role that an AWS service uses for itself. AWS asks the service first, in a task
//! of its own; no service of moat works through such a role, so the task ends at once.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html>

use crate::access;
use crate::api;
use crate::error::invalid_input;
use crate::model::given;
use crate::model::{DeletionTask, Role};
use crate::service_access::forget_uses;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::DeleteServiceLinkedRole {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "DeleteServiceLinkedRole", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (name, account) = (given(&input.role_name, "roleName")?, &call.scope.account);
        let suffix = iam.ids.uuid();
        let task = iam
            .store
            .write(|tx| {
                let state = tx.snapshot();
                let role = state::role(&state, account, name)?;
                let Some(service) = &role.linked_service else {
                    return Err(invalid_input(format!("{name} is not a service linked role.")));
                };
                let id = format!("task/aws-service-role/{service}/{name}/{suffix}");
                let task = DeletionTask { account: account.clone(), id, ended: call.now };
                for old in
                    state::all::<DeletionTask>(&state, account)?.iter().filter(|old| old.is_old(call.now))
                {
                    tx.delete::<DeletionTask>(&old.key())?;
                }
                forget_uses(tx, &role.account, &role.id)?;
                tx.delete::<Role>(&role.key())?;
                tx.put(&task)?;
                Ok(task)
            })
            .await?;
        Ok(api::DeleteServiceLinkedRoleResponse { deletion_task_id: Some(task.id) })
    }
}
