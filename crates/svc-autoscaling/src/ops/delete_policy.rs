//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeletePolicy.html>

use crate::find;
use crate::state::Policy;
use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Scaling> for api::DeletePolicy {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        Ok(vec![access::on(&state, call, "DeletePolicy", input.auto_scaling_group_name.as_deref())])
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
