//! Credentials of a role: for a caller that was authorized, and for a service of ours that
//! the role trusts.

use crate::{Role, Sts};
use base::Timestamp;
use policy::{Context, Decision, Policies, Policy, Principal, Request, ResourceRule, evaluate};
use service::{Secret, ServiceError, SessionFacts};
use std::collections::BTreeMap;
use store::Fault;

/// Temporary credentials. The secret and the token are not printed.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub session_token: String,
    pub expires: Timestamp,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({} until {})", self.access_key_id, self.expires.iso8601())
    }
}

/// Why a service gets no credentials of a role.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AssumeError {
    #[error("role `{0}` does not exist")]
    NoRole(String),
    #[error("role `{role_arn}` does not trust `{service}`")]
    NotTrusted { role_arn: String, service: String, decision: Decision },
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("mint the credentials: {0}")]
    Mint(ServiceError),
}

/// What one of AWS's services asks for when it is to act as a role.
pub struct ServiceSession<'a> {
    pub service: &'a str,
    pub role_arn: &'a str,
    pub session_name: &'a str,
    /// A service is not bound by the role's longest session.
    pub duration_s: i32,
    /// What the role's trust policy may ask about.
    pub context: Context,
    /// The condition keys that every call of the session carries.
    pub keys: BTreeMap<String, String>,
    pub region: &'a str,
}

impl Sts {
    /// Whether a service, such as `lambda.amazonaws.com`, may assume the role. The context
    /// has the keys that AWS's service gives, such as `aws:SourceArn`.
    pub fn check_trust(&self, service: &str, role_arn: &str, context: Context) -> Result<Role, AssumeError> {
        let role = self.directory.role(role_arn)?.ok_or_else(|| AssumeError::NoRole(role_arn.to_owned()))?;
        let principal = Principal::Service { name: service.to_owned() };
        let request = Request::new(principal, "sts:AssumeRole", role_arn)
            .with_context(context)
            .owned_by(role.account.clone());
        let trust = Policy::new("trust policy", role.trust.clone());
        let policies =
            Policies { resource: Some(&trust), resource_rule: ResourceRule::Trust, ..Policies::default() };
        let decision = evaluate(&request, &policies);
        if decision.is_allowed() {
            return Ok(role);
        }
        let (role_arn, service) = (role_arn.to_owned(), service.to_owned());
        Err(AssumeError::NotTrusted { role_arn, service, decision })
    }

    /// Credentials of a role for one of AWS's services, which acts as the role. The duration
    /// is in seconds; a service is not bound by the role's longest session.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a fact of the session, of a type or name of its own"
    )]
    pub async fn assume_for_service(
        &self,
        service: &str,
        role_arn: &str,
        session_name: &str,
        duration_s: i32,
        context: Context,
        region: &str,
        now: Timestamp,
    ) -> Result<Credentials, AssumeError> {
        let keys = BTreeMap::new();
        let asked = ServiceSession { service, role_arn, session_name, duration_s, context, keys, region };
        self.assume_as(asked, now).await
    }

    /// The same, of a session whose calls carry condition keys of the service's own.
    pub async fn assume_as(
        &self,
        asked: ServiceSession<'_>,
        now: Timestamp,
    ) -> Result<Credentials, AssumeError> {
        let role = self.check_trust(asked.service, asked.role_arn, asked.context)?;
        let expires = now.plus_ms(i64::from(asked.duration_s) * 1000);
        let principal = session_of(&role, asked.session_name);
        let facts = SessionFacts { service_keys: asked.keys, ..SessionFacts::default() };
        let minted = self
            .mint(&role.account, principal, Vec::new(), facts, now..expires)
            .map_err(AssumeError::Mint)?;
        self.directory.note_role_use(asked.role_arn, asked.region, now).await?;
        Ok(minted)
    }
}

pub(crate) fn session_of(role: &Role, session_name: &str) -> Principal {
    Principal::RoleSession {
        account: role.account.clone(),
        role_arn: role.arn.clone(),
        role_id: role.id.clone(),
        session_name: session_name.to_owned(),
    }
}
