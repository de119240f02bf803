//! Makes a role that those whom its trust policy names may assume.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>

use crate::access;
use crate::api;
use crate::error::{already_exists, invalid_input, quota};
use crate::model::{Permissions, Role, Tags, check_trust, given, path, read_trust};
use crate::quota::ROLES_PER_ACCOUNT;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Snapshot, Table};

impl Handler<Iam> for api::CreateRole {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let asked = access::new(call, "CreateRole", "role", &input.path, &input.role_name, &input.tags);
        access::with(asked, "iam:PermissionsBoundary", &input.permissions_boundary)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let account = &call.scope.account;
        let role = new_role(iam, call, &input)?;
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                check_free(&state, &role)?;
                check_trust(&state, &role.trust)?;
                if let Some(arn) = &input.permissions_boundary {
                    state::attachable_policy(&state, account, arn)?;
                }
                tx.put(&role).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::CreateRoleResponse { role: Some(api::Role { role_last_used: None, ..role.describe() }) })
    }
}

/// Where AWS's own roles are. Conditions of policies and AWS's services know them by it.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
const LINKED_ROLES: &str = "/aws-service-role/";

/// AWS's default for the longest session, in seconds.
const DEFAULT_SESSION_S: i32 = 3600;

fn new_role(iam: &Iam, call: &Call, input: &api::CreateRoleRequest) -> Result<Role, ServiceError> {
    let document = given(&input.assume_role_policy_document, "assumeRolePolicyDocument")?;
    let path = path(&input.path);
    if path.starts_with(LINKED_ROLES) {
        return Err(invalid_input(format!(
            "Path prefix '{LINKED_ROLES}' can only be used for AWS Service linked Roles"
        )));
    }
    let permissions = Permissions { boundary: input.permissions_boundary.clone(), ..Permissions::default() };
    Ok(Role {
        account: call.scope.account.clone(),
        name: given(&input.role_name, "roleName")?.to_owned(),
        path,
        id: iam.ids.iam("AROA"),
        created: call.now,
        trust: read_trust(document)?,
        description: input.description.clone(),
        max_session_duration_s: input.max_session_duration.unwrap_or(DEFAULT_SESSION_S),
        permissions,
        tags: Tags::new(&input.tags)?,
        linked_service: None,
        last_used: None,
    })
}

/// The name is free, in any spelling, and the account has room.
pub(crate) fn check_free(state: &Snapshot, role: &Role) -> Result<(), ServiceError> {
    if state.get::<Role>(&role.key())?.is_some() {
        return Err(already_exists(format!("Role with name {} already exists.", role.name)));
    }
    if state::all::<Role>(state, &role.account)?.len() >= ROLES_PER_ACCOUNT {
        return Err(quota("RolesPerAccount", ROLES_PER_ACCOUNT));
    }
    Ok(())
}
