//! Tells what the policies of a user, group or role would decide, with others beside them.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>

use crate::api;
use crate::error::invalid_input;
use crate::model::{Tags, given};
use crate::simulate::{
    Questions, Simulation, read_boundary, read_context, read_owner, read_policies, read_policy,
};
use crate::source::{Source, Sourced};
use crate::state::Iam;
use policy::Policy;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::SimulatePrincipalPolicy {
    fn access(_iam: &Iam, _call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let source = given(&input.policy_source_arn, "policySourceArn")?;
        Ok(vec![Access::to("iam:SimulatePrincipalPolicy", source)])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (state, account) = (iam.read(), call.scope.account.clone());
        let source = Source::find(&state, &account, given(&input.policy_source_arn, "policySourceArn")?)?;
        let caller = match &input.caller_arn {
            Some(arn) => Source::find(&state, &account, arn)?.principal(),
            None => source.principal(),
        };
        if input.resource_policy.is_some() && caller.is_none() {
            return Err(invalid_input("CallerArn is required if a ResourcePolicy is specified."));
        }
        let stored = source.policies(&state)?;
        let named = |policy: &Sourced| Policy::new(&policy.id(), policy.document.clone());
        let mut identity: Vec<Policy> = stored.iter().map(named).collect();
        identity.extend(read_policies("PolicyInputList", &input.policy_input_list)?);
        let boundary = match read_boundary(&input.permissions_boundary_policy_input_list)? {
            Some(given) => Some(given),
            None => source.boundary(&state)?,
        };
        let resource = input.resource_policy.as_deref().map(read_policy).transpose()?;
        let mut context = read_context(&input.context_entries);
        for (key, value) in source.tags().into_iter().flat_map(Tags::iter) {
            let key = format!("aws:PrincipalTag/{key}");
            if context.get(&key).is_none() {
                context.set(&key, [value]);
            }
        }
        let simulation = Simulation {
            caller,
            account,
            identity,
            boundary,
            resource: resource.map(|document| Policy::new("ResourcePolicy", document)),
            owner: read_owner(&input.resource_owner)?,
            context,
        };
        simulation.answer(&Questions {
            actions: input.action_names.as_deref().unwrap_or_default(),
            resources: input.resource_arns.as_deref().unwrap_or_default(),
            marker: &input.marker,
            max_items: input.max_items,
        })
    }
}
