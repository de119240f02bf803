//! Credentials of a role, for whom its trust policy and, where that says so, the caller's own
//! policies allow it.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use super::role_session::{duration, packed_size, role_arn, session_policies};
use super::{describe, validation};
use crate::assume::session_of;
use crate::facts::Said;
use crate::{Sts, api};
use policy::Principal;
use service::{Access, Authorized, Call, Handler, ServiceError};

/// The most for a role assumed by a role's session.
const CHAINED_MOST_S: i32 = 3600;
impl Handler<Sts> for api::AssumeRole {
    fn access(sts: &Sts, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let arn = &role_arn(&input.role_arn)?.to_string();
        if matches!(call.caller.principal, Principal::Root { .. }) {
            return Err(ServiceError::access_denied("Roles may not be assumed by root accounts."));
        }
        let trust = sts.directory.role(arn)?.map(|role| role.trust);
        let (said, before) = (Said::of(input), &call.caller.session_facts);
        let ask = |action| said.keys(Access::to(action, arn).resource_policy(trust.clone()), before);
        let further = said.actions(before);
        Ok(["sts:AssumeRole"].into_iter().chain(further).map(ask).collect())
    }

    async fn run(
        sts: &Sts,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse_unknown(&input)?;
        let arn = &role_arn(&input.role_arn)?.to_string();
        // The gate let only an existing role through; it may have gone since.
        let role = sts.directory.role(arn)?.ok_or_else(|| gone(call, arn))?;
        let name = input.role_session_name.as_deref().unwrap_or_default();
        check_chain(call, input.duration_seconds)?;
        let duration = duration(&role, input.duration_seconds)?;
        let policies = session_policies(sts, &role, &input.policy, &input.policy_arns)?;
        let facts = Said::of(&input).facts(&call.caller.session_facts)?;
        let packed = packed_size(&policies, &facts)?;
        let source_identity = facts.source_identity.clone();
        let principal = session_of(&role, name);
        let user =
            api::AssumedRoleUser { assumed_role_id: Some(principal.user_id()), arn: Some(principal.arn()) };
        let expires = call.now.plus_ms(i64::from(duration) * 1000);
        let minted = sts.mint(&role.account, principal, policies, facts, call.now..expires)?;
        sts.directory.note_role_use(arn, call.scope.region.as_str(), call.now).await?;
        Ok(api::AssumeRoleResponse {
            credentials: Some(describe(minted)),
            assumed_role_user: Some(user),
            packed_policy_size: packed,
            source_identity,
        })
    }
}

/// What would have to be enforced and is not, is refused.
fn refuse_unknown(input: &api::AssumeRoleRequest) -> Result<(), ServiceError> {
    let some = |list: Option<bool>| list == Some(false);
    let refused = [
        (some(input.provided_contexts.as_ref().map(Vec::is_empty)), "sts:AssumeRole with provided contexts"),
        (input.serial_number.is_some() || input.token_code.is_some(), "multi-factor authentication"),
    ];
    refused
        .iter()
        .find(|(given, _)| *given)
        .map_or(Ok(()), |(_, what)| Err(ServiceError::not_implemented(what)))
}

fn gone(call: &Call, arn: &str) -> ServiceError {
    let caller = call.caller.principal.arn();
    ServiceError::access_denied(format!(
        "User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    ))
}

/// A session of a role that assumes another one has less time.
fn check_chain(call: &Call, asked: Option<i32>) -> Result<(), ServiceError> {
    let chained = matches!(call.caller.principal, Principal::RoleSession { .. });
    if chained && asked.is_some_and(|asked| asked > CHAINED_MOST_S) {
        return Err(validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    Ok(())
}
