//! Credentials of a role, for whom its trust policy and, where that says so, the caller's own
//! policies allow it.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use super::{describe, validation};
use crate::assume::session_of;
use crate::{Role, Sts, api, facts};
use policy::{Document, Kind, Principal};
use service::{Access, Authorized, Call, Handler, ServiceError, SessionFacts};

/// In seconds; AWS's default.
const DEFAULT_DURATION_S: i32 = 3600;
/// The most for a role assumed by a role's session.
const CHAINED_MOST_S: i32 = 3600;
/// Characters of all session policies together.
const SESSION_POLICIES_SIZE: usize = 2048;
const SESSION_POLICY_ARNS: usize = 10;
/// Characters of all session tags together: 50 of them, keys and values at their longest.
const SESSION_TAGS_SIZE: usize = 50 * (128 + 256);

impl Handler<Sts> for api::AssumeRole {
    fn access(sts: &Sts, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let arn = role_arn(input)?;
        if matches!(call.caller.principal, Principal::Root { .. }) {
            return Err(ServiceError::access_denied("Roles may not be assumed by root accounts."));
        }
        let trust = sts.directory.role(arn)?.map(|role| role.trust);
        let ask = |action| facts::keys(Access::to(action, arn).resource_policy(trust.clone()), call, input);
        let further = facts::actions(call, input);
        Ok(["sts:AssumeRole"].into_iter().chain(further).map(ask).collect())
    }

    async fn run(
        sts: &Sts,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse_unknown(&input)?;
        let arn = role_arn(&input)?;
        // The gate let only an existing role through; it may have gone since.
        let role = sts.directory.role(arn)?.ok_or_else(|| gone(call, arn))?;
        let name = input.role_session_name.as_deref().unwrap_or_default();
        let duration = duration(call, &role, input.duration_seconds)?;
        let policies = session_policies(sts, &role, &input)?;
        let facts = facts::facts(call, &input)?;
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

fn role_arn(input: &api::AssumeRoleRequest) -> Result<&str, ServiceError> {
    let text = input.role_arn.as_deref().unwrap_or_default();
    match text.parse::<base::Arn>() {
        Ok(arn) if arn.service == "iam" && arn.resource.starts_with("role/") => Ok(text),
        Ok(_) => Err(validation("Request ARN is invalid")),
        Err(_) => Err(validation(format!("{text} is invalid"))),
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

/// In seconds, within the role's limit and that of chained roles.
fn duration(call: &Call, role: &Role, asked: Option<i32>) -> Result<i32, ServiceError> {
    let asked = asked.unwrap_or(DEFAULT_DURATION_S);
    let chained = matches!(call.caller.principal, Principal::RoleSession { .. });
    if chained && asked > CHAINED_MOST_S {
        return Err(validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    if asked > role.max_session_duration_s {
        return Err(validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(asked)
}

/// The policies that narrow the session: a document as JSON, managed policies by ARN.
fn session_policies(
    sts: &Sts,
    role: &Role,
    input: &api::AssumeRoleRequest,
) -> Result<Vec<String>, ServiceError> {
    let mut texts = Vec::new();
    if let Some(text) = &input.policy {
        Document::parse(text).and_then(|d| d.check(Kind::Identity)).map_err(malformed)?;
        texts.push(text.clone());
    }
    let arns = input.policy_arns.as_deref().unwrap_or_default();
    if arns.len() > SESSION_POLICY_ARNS {
        return Err(too_large());
    }
    for arn in arns.iter().filter_map(|descriptor| descriptor.arn.as_deref()) {
        sts.directory
            .managed_policy(&role.account, arn)?
            .ok_or_else(|| validation(format!("{arn} is invalid")))?;
        texts.push(arn.to_owned());
    }
    Ok(texts)
}

fn malformed(error: policy::Malformed) -> ServiceError {
    ServiceError::client("MalformedPolicyDocument", error.to_string())
}

fn too_large() -> ServiceError {
    ServiceError::client("PackedPolicyTooLarge", "Serialized token too large for session")
}

/// The share of the allowed size, in percent.
fn packed_size(policies: &[String], facts: &SessionFacts) -> Result<Option<i32>, ServiceError> {
    let tags = facts::size(facts);
    if policies.is_empty() && tags == 0 {
        return Ok(None);
    }
    let size: usize = policies.iter().map(|text| text.chars().filter(|c| !c.is_whitespace()).count()).sum();
    if size > SESSION_POLICIES_SIZE || tags > SESSION_TAGS_SIZE {
        return Err(too_large());
    }
    let percent = size * 100 / SESSION_POLICIES_SIZE + tags * 100 / SESSION_TAGS_SIZE;
    Ok(i32::try_from(percent.min(100)).ok())
}
