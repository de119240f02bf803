//! Which resource and which condition keys an operation of IAM asks about.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>

use crate::api::Tag;
use crate::model::{Permissions, Tags, given};
use crate::state::{self, Iam};
use base::Arn;
use service::{Access, Call, ServiceError};

type Asked = Result<Vec<Access>, ServiceError>;

/// An entity may be missing: then its ARN is the one it would have without a path, and
/// whoever may not ask about it learns nothing.
fn arn(call: &Call, kind: &str, path: Option<&str>, name: &str) -> String {
    let path = path.unwrap_or("/");
    Arn::global("iam", &call.scope.account, format!("{kind}{path}{name}")).to_string()
}

pub(crate) fn role(iam: &Iam, call: &Call, action: &str, name: &Option<String>) -> Asked {
    let name = given(name, "roleName")?;
    let found = state::role(&iam.read(), &call.scope.account, name).ok();
    let arn = arn(call, "role", found.as_ref().map(|r| r.path.as_str()), name);
    let access = tagged(Access::to(format!("iam:{action}"), arn), found.as_ref().map(|r| &r.tags));
    Ok(vec![bounded(access, found.as_ref().map(|r| &r.permissions))])
}

pub(crate) fn user(iam: &Iam, call: &Call, action: &str, name: &Option<String>) -> Asked {
    let name = match state::user_or_caller(call, name) {
        Ok(name) => name,
        Err(_) => return Ok(vec![Access::to(format!("iam:{action}"), call.caller.principal.arn())]),
    };
    let found = state::user(&iam.read(), &call.scope.account, &name).ok();
    let arn = arn(call, "user", found.as_ref().map(|u| u.path.as_str()), &name);
    let access = tagged(Access::to(format!("iam:{action}"), arn), found.as_ref().map(|u| &u.tags));
    Ok(vec![bounded(access, found.as_ref().map(|u| &u.permissions))])
}

pub(crate) fn group(iam: &Iam, call: &Call, action: &str, name: &Option<String>) -> Asked {
    let name = given(name, "groupName")?;
    let found = state::group(&iam.read(), &call.scope.account, name).ok();
    let arn = arn(call, "group", found.as_ref().map(|g| g.path.as_str()), name);
    Ok(vec![Access::to(format!("iam:{action}"), arn)])
}

pub(crate) fn policy(iam: &Iam, call: &Call, action: &str, policy_arn: &Option<String>) -> Asked {
    let policy_arn = given(policy_arn, "policyArn")?;
    let found = state::policy(&iam.read(), &call.scope.account, policy_arn)?;
    Ok(vec![tagged(Access::to(format!("iam:{action}"), policy_arn), found.as_ref().map(|p| &p.tags))])
}

pub(crate) fn profile(iam: &Iam, call: &Call, action: &str, name: &Option<String>) -> Asked {
    let name = given(name, "instanceProfileName")?;
    let found = state::profile(&iam.read(), &call.scope.account, name).ok();
    let arn = arn(call, "instance-profile", found.as_ref().map(|p| p.path.as_str()), name);
    Ok(vec![tagged(Access::to(format!("iam:{action}"), arn), found.as_ref().map(|p| &p.tags))])
}

/// An OpenID Connect issuer, by its ARN.
pub(crate) fn provider(iam: &Iam, call: &Call, action: &str, provider_arn: &Option<String>) -> Asked {
    let provider_arn = given(provider_arn, "openIDConnectProviderArn")?;
    let found = state::provider(&iam.read(), &call.scope.account, provider_arn).ok();
    Ok(vec![tagged(Access::to(format!("iam:{action}"), provider_arn), found.as_ref().map(|p| &p.tags))])
}

/// A new entity, at the path and with the tags it is asked to have.
pub(crate) fn new(
    call: &Call,
    action: &str,
    kind: &str,
    path: &Option<String>,
    name: &Option<String>,
    tags: &Option<Vec<Tag>>,
) -> Asked {
    let arn = arn(call, kind, path.as_deref(), name.as_deref().unwrap_or_default());
    Ok(vec![with_request_tags(Access::to(format!("iam:{action}"), arn), tags)])
}

/// A list below a path.
pub(crate) fn list(call: &Call, action: &str, kind: &str, prefix: &Option<String>) -> Asked {
    let arn = arn(call, kind, prefix.as_deref(), "");
    Ok(vec![Access::to(format!("iam:{action}"), arn)])
}

/// Adds a condition key to what is asked.
pub(crate) fn with(asked: Asked, key: &str, value: &Option<String>) -> Asked {
    let add = |access: Access| match value {
        Some(value) => access.context(key, vec![value.clone()]),
        None => access,
    };
    Ok(asked?.into_iter().map(add).collect())
}

pub(crate) fn with_tags(asked: Asked, tags: &Option<Vec<Tag>>) -> Asked {
    Ok(asked?.into_iter().map(|access| with_request_tags(access, tags)).collect())
}

pub(crate) fn with_tag_keys(asked: Asked, keys: &Option<Vec<String>>) -> Asked {
    let keys = keys.clone().unwrap_or_default();
    Ok(asked?.into_iter().map(|access| access.context("aws:TagKeys", keys.clone())).collect())
}

fn with_request_tags(mut access: Access, tags: &Option<Vec<Tag>>) -> Access {
    let Some(tags) = tags else { return access };
    let keys = tags.iter().filter_map(|t| t.key.clone()).collect();
    for tag in tags {
        if let (Some(key), Some(value)) = (&tag.key, &tag.value) {
            access = access.context(format!("aws:RequestTag/{key}"), vec![value.clone()]);
        }
    }
    access.context("aws:TagKeys", keys)
}

/// The boundary that a user or role has now, for the actions that AWS tells it.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
fn bounded(access: Access, permissions: Option<&Permissions>) -> Access {
    let access = match permissions.and_then(|p| p.boundary.as_ref()) {
        Some(boundary) => access.context("iam:PermissionsBoundary", vec![boundary.clone()]),
        None => access,
    };
    access.with_known_context_only()
}

fn tagged(mut access: Access, tags: Option<&Tags>) -> Access {
    for (key, value) in tags.into_iter().flat_map(Tags::iter) {
        access = access
            .context(format!("aws:ResourceTag/{key}"), vec![value.to_owned()])
            .context(format!("iam:ResourceTag/{key}"), vec![value.to_owned()]);
    }
    access
}
