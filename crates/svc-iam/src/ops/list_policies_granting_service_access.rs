//! Lists the policies by which a user, group or role may do something of a service.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html>

use crate::api;
use crate::model::given;
use crate::source::{Source, Sourced};
use crate::state::Iam;
use policy::Effect;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListPoliciesGrantingServiceAccess {
    fn access(_iam: &Iam, _call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:ListPoliciesGrantingServiceAccess", given(&input.arn, "arn")?)])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = iam.read();
        let source = Source::find(&state, &call.scope.account, given(&input.arn, "arn")?)?;
        let policies = source.policies(&state)?;
        let granting = |service: &String| {
            let namespace = service.to_lowercase();
            let granting = policies.iter().filter(|policy| grants(policy, &namespace));
            api::ListPoliciesGrantingServiceAccessEntry {
                service_namespace: Some(service.clone()),
                policies: Some(granting.map(describe).collect()),
            }
        };
        Ok(api::ListPoliciesGrantingServiceAccessResponse {
            policies_granting_service_access: Some(
                input.service_namespaces.iter().flatten().map(granting).collect(),
            ),
            is_truncated: Some(false),
            marker: None,
        })
    }
}

fn grants(policy: &Sourced, namespace: &str) -> bool {
    policy.document.speaks_of(namespace, Effect::Allow)
}

fn describe(policy: &Sourced) -> api::PolicyGrantingServiceAccess {
    let (kind, owner) = &policy.owner;
    let inline = policy.managed.is_none();
    api::PolicyGrantingServiceAccess {
        policy_name: Some(policy.name.clone()),
        policy_type: Some(if inline { "INLINE" } else { "MANAGED" }.to_owned()),
        policy_arn: policy.managed.as_ref().map(|managed| managed.arn()),
        entity_type: inline.then(|| kind.to_uppercase()),
        entity_name: inline.then(|| owner.clone()),
    }
}
