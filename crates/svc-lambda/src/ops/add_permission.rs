//! <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>

use super::{access, named};
use crate::lambda::Lambda;
use crate::model::{Grant, Permission};
use crate::name::{LATEST, Named};
use crate::resolve::PolicyChange;
use crate::{api, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::AddPermission {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        let told = |access: Access| {
            let keys = [
                ("lambda:Principal", &input.principal),
                ("lambda:FunctionUrlAuthType", &input.function_url_auth_type),
            ];
            let given = keys.into_iter().filter_map(|(key, value)| Some((key, value.clone()?)));
            given.fold(access, |access, (key, value)| access.context(key, vec![value]))
        };
        Ok(access(lambda, "AddPermission", &named)?.into_iter().map(told).collect())
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        lambda.resolved(&named)?;
        if named.qualifier.as_deref() == Some(LATEST) {
            return Err(error::invalid_parameter("We currently do not support adding policies for $LATEST."));
        }
        let permission = permission(&named, &input)?;
        let revision = lambda.needs.ids.uuid();
        let statement =
            lambda.change_policy(&named, |policy| add(policy, permission, &input, revision)).await?;
        Ok(api::AddPermissionResponse { statement: Some(statement) })
    }
}

fn permission(named: &Named, input: &api::AddPermissionRequest) -> Result<Permission, ServiceError> {
    let grant = Grant {
        statement_id: input.statement_id.as_deref().unwrap_or_default(),
        action: input.action.as_deref().unwrap_or_default(),
        principal: input.principal.as_deref().unwrap_or_default(),
        resource: named.qualified_arn().to_string(),
        source_arn: input.source_arn.as_deref(),
        source_account: input.source_account.as_deref(),
        principal_org_id: input.principal_org_id.as_deref(),
        event_source_token: input.event_source_token.as_deref(),
        function_url_auth_type: input.function_url_auth_type.as_deref(),
        invoked_via_function_url: input.invoked_via_function_url,
    };
    let permission = Permission::new(&grant).map_err(ServiceError::internal)?;
    let document = Permission::document(std::slice::from_ref(&permission));
    if !is_principal(grant.principal) || policy::Document::parse(&document).is_err() {
        return Err(error::invalid_parameter(
            "The provided principal was invalid. Please check the principal and try again.",
        ));
    }
    Ok(permission)
}

/// Anyone, an AWS service, an ARN or an account.
fn is_principal(text: &str) -> bool {
    let service =
        [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"].iter().any(|end| text.ends_with(end));
    let account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    text == "*" || service || text.starts_with("arn:") || account
}

fn add(
    policy: PolicyChange<'_>,
    permission: Permission,
    input: &api::AddPermissionRequest,
    revision: String,
) -> Result<String, ServiceError> {
    if input.revision_id.as_ref().is_some_and(|given| *given != *policy.revision_id) {
        return Err(error::stale_revision("GetPolicy"));
    }
    if policy.permissions.iter().any(|p| p.statement_id == permission.statement_id) {
        return Err(error::conflict(format!(
            "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing statement.",
            permission.statement_id
        )));
    }
    let statement = permission.statement.clone();
    policy.permissions.push(permission);
    *policy.revision_id = revision;
    let size = Permission::document(policy.permissions).len();
    if size > quota::POLICY_BYTES {
        return Err(error::policy_too_long(size, quota::POLICY_BYTES));
    }
    Ok(statement)
}
