//! The answer of an authorizer's function: a principal, a policy, and values for what comes behind.

use policy::{Context, Decision, Document, Policies, Policy, Principal, Request, evaluate};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of the answer's policy and context, AWS's quota of a cached answer.
const ANSWER_BYTES: usize = 64 * 1024;

/// Why an answer counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    #[error("the answer is larger than {ANSWER_BYTES} bytes")]
    TooLarge,
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    #[error("the answer has no `{0}`")]
    Missing(&'static str),
    #[error("the answer's policy is malformed: {0}")]
    Policy(String),
    #[error("the value `{0}` of the answer's context is no string, number or boolean")]
    Context(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub principal_id: String,
    pub policy: Arc<Document>,
    /// `$context.authorizer.NAME`; strings, numbers and booleans.
    pub context: BTreeMap<String, Value>,
    /// The API key, where the API takes it from here.
    pub usage_identifier_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    principal_id: Option<String>,
    policy_document: Option<Value>,
    context: Option<BTreeMap<String, Value>>,
    usage_identifier_key: Option<String>,
}

impl Answer {
    /// # Errors
    /// When the answer lacks principal or policy, or one of its parts is malformed.
    pub fn read(payload: &[u8]) -> Result<Self, AnswerError> {
        if payload.len() > ANSWER_BYTES {
            return Err(AnswerError::TooLarge);
        }
        let told: Option<Told> =
            serde_json::from_slice(payload).map_err(|e| AnswerError::Malformed(e.to_string()))?;
        let told = told.ok_or(AnswerError::Missing("principalId"))?;
        let document = told.policy_document.ok_or(AnswerError::Missing("policyDocument"))?;
        let policy =
            Document::parse(&document.to_string()).map_err(|e| AnswerError::Policy(e.to_string()))?;
        let context = told.context.unwrap_or_default();
        let is_plain =
            |value: &Value| value.is_string() || value.is_number() || value.is_boolean() || value.is_null();
        if let Some((name, _)) = context.iter().find(|(_, value)| !is_plain(value)) {
            return Err(AnswerError::Context(name.clone()));
        }
        Ok(Self {
            principal_id: told.principal_id.ok_or(AnswerError::Missing("principalId"))?,
            policy: Arc::new(policy),
            context,
            usage_identifier_key: told.usage_identifier_key,
        })
    }

    /// Whether the answer's policy, and the API's own where it has one, let `execute-api:Invoke` on the
    /// resource pass: the authorizer stands where an identity's policies stand.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
    pub fn decide(
        &self,
        account: &base::AccountId,
        resource: &str,
        context: Context,
        api_policy: Option<&Arc<Document>>,
    ) -> Decision {
        let principal = Principal::User {
            account: account.clone(),
            path: "/".to_owned(),
            name: self.principal_id.clone(),
            id: self.principal_id.clone(),
        };
        let request = Request::new(principal, "execute-api:Invoke", resource)
            .with_context(context)
            .owned_by(account.clone());
        let own = [Policy::new("authorizer", self.policy.clone())];
        let api = api_policy.map(|document| Policy::new("resource policy", document.clone()));
        evaluate(&request, &Policies { identity: &own, resource: api.as_ref(), ..Policies::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:a1/v1/GET/orders";

    fn answer(effect: &str, resource: &str) -> String {
        serde_json::json!({
            "principalId": "ann",
            "policyDocument": { "Version": "2012-10-17", "Statement": [
                { "Effect": effect, "Action": "execute-api:Invoke", "Resource": resource }] },
            "context": { "tier": "gold", "n": 1, "ok": true },
            "usageIdentifierKey": "k",
        })
        .to_string()
    }

    fn check(payload: &str, expected: Expect) {
        let shown = match Answer::read(payload.as_bytes()) {
            Ok(answer) => {
                let decided = answer.decide(&base::AccountId::default(), ARN, Context::default(), None);
                format!("{} {:?} {:?}", answer.principal_id, answer.context, decided.outcome)
            }
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn an_answer_decides_by_its_policy() {
        check(
            &answer("Allow", ARN),
            expect![[r#"ann {"n": Number(1), "ok": Bool(true), "tier": String("gold")} Allowed"#]],
        );
        check(
            &answer("Allow", "arn:aws:execute-api:*:*:a1/v1/POST/*"),
            expect![[
                r#"ann {"n": Number(1), "ok": Bool(true), "tier": String("gold")} ImplicitDeny(IdentityBased)"#
            ]],
        );
        check(
            &answer("Deny", "*"),
            expect![[
                r#"ann {"n": Number(1), "ok": Bool(true), "tier": String("gold")} ExplicitDeny(IdentityBased)"#
            ]],
        );
    }

    #[test]
    fn other_answers_count_for_nothing() {
        check("null", expect!["the answer has no `principalId`"]);
        check("{}", expect!["the answer has no `policyDocument`"]);
        check(
            "\"allow\"",
            expect![[
                r#"the answer is malformed: invalid type: string "allow", expected struct Told at line 1 column 7"#
            ]],
        );
        check(
            &answer("Allow", ARN).replace("\"gold\"", "{}"),
            expect!["the value `tier` of the answer's context is no string, number or boolean"],
        );
        check(&answer("Maybe", ARN), expect!["the answer's policy is malformed: Syntax errors in policy."]);
        check(&answer("Allow", &"x".repeat(70_000)), expect!["the answer is larger than 65536 bytes"]);
    }
}
