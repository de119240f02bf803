//! Why a call was denied, sealed so that only those who may ask can read it: the reasons tell
//! about policies that the caller may not know.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>

use crate::{SealError, Sts};
use base::AccountId;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use policy::{Context, Deciding, Decision, Outcome};
use serde_json::{Value, json};
use service::Caller;

/// Tells a message apart from a session token, which the same key seals.
const KIND: &str = "authorization message";
/// Longer messages are not ours; checked before anything is decoded.
const MAX_MESSAGE: usize = 256 * 1024;

impl Sts {
    /// The denial as one opaque text, for the error that the client gets.
    pub fn encode_denial(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        context: &Context,
        decision: &Decision,
    ) -> Result<String, SealError> {
        let message = message(caller, action, resource, context, decision);
        let kept = json!({ "kind": KIND, "account": caller.account, "message": message.to_string() });
        Ok(URL_SAFE_NO_PAD.encode(self.sealer.seal(kept.to_string().as_bytes())?))
    }

    /// The message, where it is one of this account.
    pub(crate) fn decode_denial(&self, encoded: &str, account: &AccountId) -> Option<String> {
        if encoded.len() > MAX_MESSAGE {
            return None;
        }
        let opened = self.sealer.open(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
        let kept: Value = serde_json::from_slice(&opened).ok()?;
        let text = |member: &str| kept.get(member).and_then(Value::as_str);
        let own = text("kind") == Some(KIND) && text("account") == Some(account.as_str());
        text("message").filter(|_| own).map(str::to_owned)
    }
}

/// In AWS's form.
fn message(caller: &Caller, action: &str, resource: &str, context: &Context, decision: &Decision) -> Value {
    let items = |values: &[String]| values.iter().map(|v| json!({ "value": v })).collect::<Vec<_>>();
    let conditions: Vec<Value> = context
        .iter()
        .map(|(key, values)| json!({ "key": key, "values": { "items": items(values) } }))
        .collect();
    let matched: Vec<Value> = decision.deciding.iter().map(statement).collect();
    json!({
        "allowed": decision.is_allowed(),
        "explicitDeny": matches!(decision.outcome, Outcome::ExplicitDeny(_)),
        "matchedStatements": { "items": matched },
        "failures": { "items": [] },
        "context": {
            "principal": { "id": caller.principal.user_id(), "arn": caller.principal.arn() },
            "action": action,
            "resource": resource,
            "conditions": { "items": conditions },
        },
    })
}

fn statement(deciding: &Deciding) -> Value {
    json!({
        "statementId": deciding.sid.as_deref().unwrap_or_default(),
        "effect": format!("{:?}", deciding.effect).to_uppercase(),
        "sourcePolicyId": deciding.policy.as_ref(),
        "sourcePolicyType": deciding.kind.to_string(),
    })
}
