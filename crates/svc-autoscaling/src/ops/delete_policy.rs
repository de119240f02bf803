//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeletePolicy.html>

use crate::find;
use crate::state::Policy;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Scaling> for api::DeletePolicy {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        // An ARN says by itself which group's policy it is, whichever group the request names.
        let named = input.policy_name.as_deref().unwrap_or_default();
        let group = input.auto_scaling_group_name.as_deref();
        let of = find::policy(&state, &call.scope, group, named).ok().map(|policy| policy.group.clone());
        Ok(vec![access::on(&state, call, "DeletePolicy", of.as_deref().or(group))])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        scaling
            .store
            .write(|tx| {
                let state = tx.snapshot();
                let group = input.auto_scaling_group_name.as_deref();
                let name = input.policy_name.as_deref().unwrap_or_default();
                let found = find::policy(&state, &call.scope, group, name)?;
                tx.delete::<Policy>(&found.key())?;
                Ok::<_, ServiceError>(())
            })
            .await?;
        Ok(Default::default())
    }
}
