//! Ends instances for good.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html>

use crate::launch_templates::is_scaling;
use crate::lifecycle;
use crate::op::*;

impl Handler<Ec2> for api::TerminateInstances {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "TerminateInstances").each::<Instance>(input.instance_ids.as_ref())?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let changed = ec2.change(call, input.dry_run, |change| {
            lifecycle::change_each(change, input.instance_ids.as_ref(), |_, row| {
                // Auto Scaling heeds protection from scale-in, and not this one.
                row.termination_protected &= !is_scaling(call);
                lifecycle::terminate(row)
            })
        });
        Ok(api::TerminateInstancesResult { terminating_instances: Some(changed.await?) })
    }
}
