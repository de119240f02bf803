//! Policy documents as they come in.

use super::permissions::size_of_document;
use super::{Role, User, key};
use crate::error::{malformed, quota};
use crate::quota::TRUST_POLICY;
use policy::{Document, Grantee, Kind, Malformed};
use service::ServiceError;
use std::sync::Arc;
use store::{Fault, Snapshot};

/// Reads and checks a document for its place.
pub(crate) fn read_document(text: &str, kind: Kind) -> Result<Arc<Document>, ServiceError> {
    let document = Document::parse(text).map_err(|e| in_words_of(kind, e)).map_err(malformed)?;
    document.check(kind).map_err(malformed)?;
    Ok(Arc::new(document))
}

/// Only for a trust policy does AWS say that the JSON is at fault.
fn in_words_of(kind: Kind, error: Malformed) -> Malformed {
    match (kind, error) {
        (Kind::Identity, Malformed::Json) => Malformed::Syntax,
        (_, error) => error,
    }
}

/// A role's trust policy.
pub(crate) fn read_trust(text: &str) -> Result<Arc<Document>, ServiceError> {
    if text.starts_with(char::is_whitespace) {
        return Err(malformed("JSON strings must not have leading spaces"));
    }
    if size_of_document(text) > TRUST_POLICY {
        return Err(quota("ACLSizePerRole", TRUST_POLICY));
    }
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Err(malformed("This policy contains invalid Json"));
    }
    read_document(text, Kind::Trust)
}

/// The users and roles that a trust policy names must exist.
pub(crate) fn check_trust(state: &Snapshot, document: &Document) -> Result<(), ServiceError> {
    let grantees =
        document.statements().iter().filter_map(policy::Statement::principal).flat_map(|p| p.grantees());
    for grantee in grantees {
        if let Grantee::Arn(arn) = grantee
            && !exists(state, arn)?
        {
            return Err(malformed(Malformed::InvalidPrincipal { kind: "AWS", value: arn.clone() }));
        }
    }
    Ok(())
}

fn exists(state: &Snapshot, arn: &str) -> Result<bool, Fault> {
    let Ok(parsed) = arn.parse::<base::Arn>() else { return Ok(false) };
    let Some((kind, rest)) = parsed.resource.split_once('/') else { return Ok(false) };
    let stored = key(&parsed.account, rest.rsplit('/').next().unwrap_or(rest));
    match kind {
        "user" => Ok(state.get::<User>(&stored)?.is_some_and(|user| user.arn() == arn)),
        "role" => Ok(state.get::<Role>(&stored)?.is_some_and(|role| role.arn() == arn)),
        // Sessions come and go; AWS asks for their role only when they call.
        _ => Ok(true),
    }
}
