//! Tells what policies given as text would decide.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>

use crate::api;
use crate::error::invalid_input;
use crate::simulate::{
    Questions, Simulation, read_boundary, read_context, read_owner, read_policies, read_policy,
};
use crate::source::Source;
use crate::state::Iam;
use policy::Policy;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::SimulateCustomPolicy {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:SimulateCustomPolicy", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let account = call.scope.account.clone();
        let caller = match &input.caller_arn {
            Some(arn) => Source::find(&iam.read(), &account, arn)?.principal(),
            None => None,
        };
        if input.resource_policy.is_some() && caller.is_none() {
            return Err(invalid_input("CallerArn is required if a ResourcePolicy is specified."));
        }
        let resource = input.resource_policy.as_deref().map(read_policy).transpose()?;
        let simulation = Simulation {
            caller,
            account,
            identity: read_policies("PolicyInputList", &input.policy_input_list)?,
            boundary: read_boundary(&input.permissions_boundary_policy_input_list)?,
            resource: resource.map(|document| Policy::new("ResourcePolicy", document)),
            owner: read_owner(&input.resource_owner)?,
            context: read_context(&input.context_entries),
        };
        simulation.answer(&Questions {
            actions: input.action_names.as_deref().unwrap_or_default(),
            resources: input.resource_arns.as_deref().unwrap_or_default(),
            marker: &input.marker,
            max_items: input.max_items,
        })
    }
}
