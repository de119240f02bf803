//! Deletes a role that has nothing left.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>

use crate::access;
use crate::api;
use crate::error::{delete_conflict, protected_role};
use crate::model::{InstanceProfile, Role, given};
use crate::service_access::forget_uses;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Snapshot, Table};

impl Handler<Iam> for api::DeleteRole {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "DeleteRole", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                let role = state::role(&state, &call.scope.account, name)?;
                check_unused(&state, &role)?;
                forget_uses(tx, &role.account, &role.id)?;
                tx.delete::<Role>(&role.key()).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::DeleteRoleOutput::default())
    }
}

fn check_unused(state: &Snapshot, role: &Role) -> Result<(), ServiceError> {
    if role.linked_service.is_some() {
        return Err(protected_role(&role.name));
    }
    let profiles = state::all::<InstanceProfile>(state, &role.account)?;
    if profiles.iter().any(|p| p.role.as_deref() == Some(role.name.as_str())) {
        return Err(delete_conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    role.check_deletable()
}
