//! What the ways to assume a role have in common: the role's ARN, how long the session may last,
//! and the policies that narrow it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>

use super::validation;
use crate::{Role, Sts, api, facts};
use policy::{Document, Kind};
use service::{ServiceError, SessionFacts};

/// In seconds; AWS's default.
const DEFAULT_DURATION_S: i32 = 3600;
/// Characters of all session policies together.
const SESSION_POLICIES_SIZE: usize = 2048;
const SESSION_POLICY_ARNS: usize = 10;
/// Characters of all session tags together: 50 of them, keys and values at their longest.
const SESSION_TAGS_SIZE: usize = 50 * (128 + 256);

pub(super) fn role_arn(given: &Option<String>) -> Result<base::Arn, ServiceError> {
    let text = given.as_deref().unwrap_or_default();
    match text.parse::<base::Arn>() {
        Ok(arn) if arn.service == "iam" && arn.resource.starts_with("role/") => Ok(arn),
        Ok(_) => Err(validation("Request ARN is invalid")),
        Err(_) => Err(validation(format!("{text} is invalid"))),
    }
}

/// In seconds, within the role's limit.
pub(super) fn duration(role: &Role, asked: Option<i32>) -> Result<i32, ServiceError> {
    let asked = asked.unwrap_or(DEFAULT_DURATION_S);
    if asked > role.max_session_duration_s {
        return Err(validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(asked)
}

/// The policies that narrow the session: a document as JSON, managed policies by ARN.
pub(super) fn session_policies(
    sts: &Sts,
    role: &Role,
    document: &Option<String>,
    arns: &Option<Vec<api::PolicyDescriptorType>>,
) -> Result<Vec<String>, ServiceError> {
    let mut texts = Vec::new();
    if let Some(text) = document {
        Document::parse(text).and_then(|d| d.check(Kind::Identity)).map_err(malformed)?;
        texts.push(text.clone());
    }
    let arns = arns.as_deref().unwrap_or_default();
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
pub(super) fn packed_size(policies: &[String], facts: &SessionFacts) -> Result<Option<i32>, ServiceError> {
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
