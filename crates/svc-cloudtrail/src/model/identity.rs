//! Who made a call: the `userIdentity` element.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use policy::Principal;
use serde::Serialize;
use serde_json::Value as Json;
use service::Call;

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_context: Option<SessionContext>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoked_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_provider: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    session_issuer: Option<SessionIssuer>,
    attributes: Attributes,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionIssuer {
    #[serde(rename = "type")]
    kind: &'static str,
    principal_id: String,
    arn: String,
    account_id: String,
    user_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_date: Option<String>,
    mfa_authenticated: &'static str,
}

impl UserIdentity {
    /// The bearer of a token, where the answer says who that is.
    fn bearer(output: &Json) -> Option<Self> {
        let said = |member: &str| output.get(member).and_then(Json::as_str).map(str::to_owned);
        let (provider, subject) = (said("provider")?, said("subjectFromWebIdentityToken")?);
        let audience = said("audience").unwrap_or_default();
        Some(Self {
            kind: "WebIdentityUser",
            principal_id: Some(format!("{provider}:{audience}:{subject}")),
            user_name: Some(subject),
            identity_provider: Some(provider),
            ..Self::default()
        })
    }

    pub fn of(call: &Call, proven: bool, output: &Json) -> Self {
        let caller = &call.caller;
        let account_id = Some(caller.account.to_string());
        let access_key_id = Some(caller.access_key_id.clone());
        if !proven {
            return Self { kind: "Unknown", account_id, access_key_id, ..Self::default() };
        }
        let (kind, user_name) = match &caller.principal {
            Principal::Root { .. } => ("Root", None),
            Principal::User { name, .. } => ("IAMUser", Some(name.clone())),
            Principal::RoleSession { .. } => ("AssumedRole", None),
            Principal::Service { name } => {
                return Self { kind: "AWSService", invoked_by: Some(name.clone()), ..Self::default() };
            }
            Principal::Federated { .. } | Principal::Anonymous => {
                let unknown = Self { kind: "Unknown", ..Self::default() };
                return Self::bearer(output).unwrap_or(unknown);
            }
        };
        Self {
            kind,
            principal_id: Some(caller.principal.user_id()),
            arn: Some(caller.principal.arn()),
            account_id,
            access_key_id,
            user_name,
            session_context: session_context(call),
            invoked_by: None,
            identity_provider: None,
        }
    }
}

/// Temporary keys are a session's: a role's, or a user's own.
fn session_context(call: &Call) -> Option<SessionContext> {
    let session_issuer = match &call.caller.principal {
        Principal::RoleSession { account, role_arn, role_id, .. } => Some(SessionIssuer {
            kind: "Role",
            principal_id: role_id.clone(),
            arn: role_arn.clone(),
            account_id: account.to_string(),
            user_name: role_arn.rsplit('/').next().unwrap_or(role_arn).to_owned(),
        }),
        _ => None,
    };
    if session_issuer.is_none() && call.caller.session_started.is_none() {
        return None;
    }
    let creation_date = call.caller.session_started.map(base::Timestamp::iso8601);
    // No session of ours was made with a second factor.
    let attributes = Attributes { creation_date, mfa_authenticated: "false" };
    Some(SessionContext { session_issuer, attributes })
}

/// The name that LookupEvents finds a caller by.
pub fn username(principal: &Principal) -> Option<String> {
    match principal {
        Principal::Root { .. } => Some("root".to_owned()),
        Principal::User { name, .. } => Some(name.clone()),
        Principal::RoleSession { session_name, .. } => Some(session_name.clone()),
        Principal::Service { .. } | Principal::Federated { .. } | Principal::Anonymous => None,
    }
}
