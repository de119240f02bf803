//! Credentials of a role for the bearer of a token, whose issuer the role trusts. Nobody signs the
//! call: the token says who asks.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use super::describe;
use super::role_session::{duration, packed_size, role_arn, session_policies};
use crate::assume::session_of;
use crate::web_identity::WebIdentity;
use crate::{Role, Sts, api};
use policy::Principal;
use service::{Access, Authorized, Call, Denial, Handler, ServiceError, SessionFacts};

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

impl Handler<Sts> for api::AssumeRoleWithWebIdentity {
    /// Whoever signed the call has no say: the role's trust is asked about the token's bearer, who
    /// is known only once the issuer's keys are.
    fn access(_sts: &Sts, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(Vec::new())
    }

    async fn run(
        sts: &Sts,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        if input.provider_id.is_some() {
            return Err(ServiceError::not_implemented(
                "sts:AssumeRoleWithWebIdentity with OAuth 2.0 access tokens",
            ));
        }
        let arn = role_arn(&input.role_arn)?;
        let account = arn.account.parse().map_err(|_| super::validation("Request ARN is invalid"))?;
        let token = input.web_identity_token.as_deref().unwrap_or_default();
        let mut identity = sts.web_identity(&account, token, call.now).await?;
        identity.said.session_name = input.role_session_name.clone().unwrap_or_default();
        let arn = arn.to_string();
        let role = check_trust(sts, call, &arn, &identity)?;
        let duration = duration(&role, input.duration_seconds)?;
        let policies = session_policies(sts, &role, &input.policy, &input.policy_arns)?;
        let mut facts = identity.said.facts(&SessionFacts::default())?;
        let packed = packed_size(&policies, &facts)?;
        let provider = identity.federation.provider.clone();
        facts.federation = Some(identity.federation);
        let source_identity = facts.source_identity.clone();
        let principal = session_of(&role, &identity.said.session_name);
        let user =
            api::AssumedRoleUser { assumed_role_id: Some(principal.user_id()), arn: Some(principal.arn()) };
        let expires = call.now.plus_ms(i64::from(duration) * 1000);
        let minted = sts.mint(&role.account, principal, policies, facts, call.now..expires)?;
        sts.directory.note_role_use(&arn, call.scope.region.as_str(), call.now).await?;
        Ok(api::AssumeRoleWithWebIdentityResponse {
            credentials: Some(describe(minted)),
            assumed_role_user: Some(user),
            packed_policy_size: packed,
            source_identity,
            audience: Some(identity.audience),
            provider: Some(provider),
            subject_from_web_identity_token: Some(identity.subject),
        })
    }
}

/// The role, where it trusts the bearer. A role that is not there trusts nobody.
fn check_trust(sts: &Sts, call: &Call, arn: &str, identity: &WebIdentity) -> Result<Role, ServiceError> {
    let role = sts.directory.role(arn)?;
    let principal = Principal::Federated { provider: identity.federation.provider.clone() };
    let before = SessionFacts::default();
    for action in [ACTION].into_iter().chain(identity.said.actions(&before)) {
        let access = Access::to(action, arn).resource_policy(role.as_ref().map(|role| role.trust.clone()));
        let mut access = identity.said.keys(access, &before);
        access = access.context("aws:FederatedProvider", vec![identity.federation.provider.clone()]);
        for (key, values) in
            identity.federation.keys.iter().chain(identity.further.iter().map(|(k, v)| (k, v)))
        {
            access = access.context(key.clone(), values.clone());
        }
        let decision = sts.directory.decide(call, &principal, &access)?;
        if !decision.is_allowed() {
            return Err(not_trusted(action, arn, decision));
        }
    }
    role.ok_or_else(|| ServiceError::access_denied(format!("Not authorized to perform {ACTION}")))
}

fn not_trusted(action: &str, arn: &str, decision: policy::Decision) -> ServiceError {
    ServiceError::access_denied(format!("Not authorized to perform {action}")).denied(Denial {
        action: action.to_owned(),
        resource: arn.to_owned(),
        decision: Some(Box::new(decision)),
        remarks: Vec::new(),
    })
}
