//! Resource policies of secrets.
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html>

use policy::{Document, Effect, Grantee, Kind, Statement};
use service::ServiceError;

/// The condition keys that say who or where, so that "everybody" no longer means everybody.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html>
const NARROWING: [&str; 12] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpcSourceIp",
    "aws:userid",
];

/// Reads and checks a policy for a secret.
///
/// # Errors
/// AWS's `MalformedPolicyDocumentException`.
pub(crate) fn parse(text: &str) -> Result<Document, ServiceError> {
    let malformed = |reason: policy::Malformed| {
        ServiceError::client(
            "MalformedPolicyDocumentException",
            format!("This policy has invalid syntax. {reason}"),
        )
    };
    let document = Document::parse(text).map_err(malformed)?;
    document.check(Kind::Resource).map_err(malformed)?;
    Ok(document)
}

/// Refuses a policy that lets everybody in.
///
/// # Errors
/// AWS's `PublicPolicyException`.
pub(crate) fn check_not_public(document: &Document) -> Result<(), ServiceError> {
    if document.statements().iter().any(is_public) {
        return Err(ServiceError::client(
            "PublicPolicyException",
            "You can't attach this policy because it grants broad access to the secret.",
        ));
    }
    Ok(())
}

/// Whether a statement allows principals of any account, without a condition that narrows it.
pub(crate) fn is_public(statement: &Statement) -> bool {
    let everyone =
        statement.principal().is_some_and(|p| p.is_negated() || p.grantees().contains(&Grantee::Everyone));
    let narrowed = statement
        .conditions()
        .iter()
        .any(|condition| NARROWING.iter().any(|key| condition.key().eq_ignore_ascii_case(key)));
    statement.effect() == Effect::Allow && everyone && !narrowed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(principal: &str, rest: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"secretsmanager:GetSecretValue","Resource":"*"{rest}}}]}}"#
        )
    }

    #[test]
    fn policies_are_read_or_refused() {
        assert!(parse(&document(r#"{"AWS":"arn:aws:iam::000000000000:root"}"#, "")).is_ok());
        for text in [
            "",
            "{}",
            "[]",
            r#"{"Statement":[{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}]}"#,
        ] {
            assert_eq!(parse(text).unwrap_err().code, "MalformedPolicyDocumentException", "{text}");
        }
    }

    #[test]
    fn a_policy_for_everybody_is_public_unless_it_is_narrowed() {
        let is_refused = |text: String| check_not_public(&parse(&text).unwrap()).is_err();
        assert!(is_refused(document(r#""*""#, "")));
        assert!(is_refused(document(r#"{"AWS":"*"}"#, "")));
        assert!(!is_refused(document(
            r#""*""#,
            r#","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#
        )));
        assert!(is_refused(document(r#""*""#, r#","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#)));
        assert!(!is_refused(document(r#"{"AWS":"000000000000"}"#, "")));
    }
}
