//! Who somebody is and what they may do: IAM and STS, and the policies of endpoints, put together
//! for the pipeline.

use crate::accounts::Accounts;
use base::Timestamp;
use policy::{Context, Decision, Document, Policy};
use service::{Access, Authority, Call, IdentifyError, Identity, Verdict};
use std::sync::Arc;
use store::{Fault, Store};
use svc_ec2::Ec2;
use svc_iam::{Asked, Iam};
use svc_sts::Sts;

/// Statements that nearly allowed; more do not help a reader.
const NEAR_MISSES: usize = 4;
/// Temporary access keys begin so.
const TEMPORARY: &str = "ASIA";

pub struct Authorities {
    pub accounts: Arc<Accounts>,
    pub iam: Arc<Iam>,
    pub sts: Arc<Sts>,
    pub endpoints: EndpointPolicies,
}

impl Authorities {
    /// The decision with its reasons, as the explanations need it.
    pub fn explain(&self, call: &Call, access: &Access, context: &Context) -> Result<Decision, Fault> {
        let endpoint = self.endpoints.of(call)?;
        self.iam.decide(&asked(call, access, context, endpoint.as_ref()))
    }
}

/// The policies of interface endpoints.
#[derive(Clone)]
pub struct EndpointPolicies {
    pub store: Store,
    pub ec2: Arc<Ec2>,
}

impl EndpointPolicies {
    /// The policy of the endpoint that the call came through; none allows everything.
    pub fn of(&self, call: &Call) -> Result<Option<Policy>, Fault> {
        let Some(source) = &call.source.endpoint else { return Ok(None) };
        let document = match self.ec2.endpoint(&self.store.read(), &source.vpce)? {
            Some(endpoint) => endpoint.policy,
            // The endpoint went while the call was on its way: nothing may pass it any more.
            None => Some(Arc::new(deny_all()?)),
        };
        Ok(document.map(|document| Policy::new(source.vpce.as_str(), document)))
    }
}

impl Authority for Authorities {
    fn identify(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
        now: Timestamp,
    ) -> Result<Identity, IdentifyError> {
        if let Some(root) = self.accounts.identify(access_key_id)? {
            return Ok(root);
        }
        let identity = if access_key_id.starts_with(TEMPORARY) {
            self.sts.identify(access_key_id, session_token, now)?
        } else {
            self.iam.identify(access_key_id)?
        };
        // A session may outlive its account.
        let exists = self.accounts.exists(&identity.caller.account)?;
        if exists { Ok(identity) } else { Err(IdentifyError::UnknownKey) }
    }

    fn decide(&self, call: &Call, access: &Access, context: &Context) -> Result<Verdict, Fault> {
        let decision = self.explain(call, access, context)?;
        if decision.is_allowed() {
            return Ok(Verdict::Allowed);
        }
        let message = decision.message(&call.caller.principal.arn(), &access.action, &access.resource);
        Ok(Verdict::Denied { message, decision: Some(Box::new(decision)) })
    }

    fn remarks(&self, call: &Call, access: &Access, context: &Context) -> Result<Vec<String>, Fault> {
        let endpoint = self.endpoints.of(call)?;
        let asked = asked(call, access, context, endpoint.as_ref());
        let near = self.iam.near_misses(&asked)?.into_iter();
        let near = near.take(NEAR_MISSES).map(|miss| miss.to_string());
        Ok(near.chain(self.iam.remarks(&asked)?.iter().map(ToString::to_string)).collect())
    }

    fn encode_denial(
        &self,
        call: &Call,
        access: &Access,
        context: &Context,
        decision: &Decision,
    ) -> Option<String> {
        let (action, resource) = (&access.action, &access.resource);
        self.sts.encode_denial(&call.caller, action, resource, context, decision).ok()
    }
}

fn asked<'a>(
    call: &'a Call,
    access: &'a Access,
    context: &'a Context,
    endpoint_policy: Option<&'a Policy>,
) -> Asked<'a> {
    Asked {
        principal: &call.caller.principal,
        session_policies: &call.caller.session_policies,
        access,
        context,
        endpoint_policy,
    }
}

fn deny_all() -> Result<Document, Fault> {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
    Document::parse(text).map_err(|e| Fault::Commit(e.to_string()))
}
