//! Lists the users, groups and roles that have a managed policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>

use crate::access;
use crate::api;
use crate::model::{Group, Permissions, Role, User, given, page};
use crate::state::{self, Iam};
use base::AccountId;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Fault, Snapshot};

impl Handler<Iam> for api::ListEntitiesForPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::policy(iam, call, "ListEntitiesForPolicy", &input.policy_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        let (state, account) = (iam.read(), &call.scope.account);
        state::known_policy(&state, account, arn)?;
        let page = page(found(&state, account, arn, &input)?, Found::key, &input.marker, input.max_items)?;
        let (mut groups, mut users, mut roles) = (Vec::new(), Vec::new(), Vec::new());
        for item in page.items {
            match item {
                Found::Group(group) => groups.push(group),
                Found::User(user) => users.push(user),
                Found::Role(role) => roles.push(role),
            }
        }
        Ok(api::ListEntitiesForPolicyResponse {
            policy_groups: Some(groups),
            policy_users: Some(users),
            policy_roles: Some(roles),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

enum Found {
    Group(api::PolicyGroup),
    Role(api::PolicyRole),
    User(api::PolicyUser),
}

impl Found {
    /// Groups, then roles, then users, each by name.
    fn key(&self) -> String {
        match self {
            Self::Group(group) => {
                format!("group/{}", group.group_name.as_deref().unwrap_or_default().to_lowercase())
            }
            Self::Role(role) => {
                format!("role/{}", role.role_name.as_deref().unwrap_or_default().to_lowercase())
            }
            Self::User(user) => {
                format!("user/{}", user.user_name.as_deref().unwrap_or_default().to_lowercase())
            }
        }
    }
}

fn found(
    state: &Snapshot,
    account: &AccountId,
    arn: &str,
    input: &api::ListEntitiesForPolicyRequest,
) -> Result<Vec<Found>, Fault> {
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let wants = |kind: &str| input.entity_filter.as_deref().is_none_or(|filter| filter == kind);
    let uses = |p: &Permissions| match input.policy_usage_filter.as_deref() {
        Some("PermissionsBoundary") => p.boundary.as_deref() == Some(arn),
        Some(_) => p.attached.contains(arn),
        None => p.attached.contains(arn) || p.boundary.as_deref() == Some(arn),
    };
    let mut all = Vec::new();
    if wants("Group") {
        let groups = state::all::<Group>(state, account)?;
        let used = groups.iter().filter(|g| g.path.starts_with(prefix) && uses(&g.permissions));
        all.extend(used.map(|g| {
            Found::Group(api::PolicyGroup { group_name: Some(g.name.clone()), group_id: Some(g.id.clone()) })
        }));
    }
    if wants("Role") {
        let roles = state::all::<Role>(state, account)?;
        let used = roles.iter().filter(|r| r.path.starts_with(prefix) && uses(&r.permissions));
        all.extend(used.map(|r| {
            Found::Role(api::PolicyRole { role_name: Some(r.name.clone()), role_id: Some(r.id.clone()) })
        }));
    }
    if wants("User") {
        let users = state::all::<User>(state, account)?;
        let used = users.iter().filter(|u| u.path.starts_with(prefix) && uses(&u.permissions));
        all.extend(used.map(|u| {
            Found::User(api::PolicyUser { user_name: Some(u.name.clone()), user_id: Some(u.id.clone()) })
        }));
    }
    Ok(all)
}
