//! Stops instances, which keep their disk and their interface.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html>

use crate::lifecycle;
use crate::op::*;

impl Handler<Ec2> for api::StopInstances {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "StopInstances").each::<Instance>(input.instance_ids.as_ref())?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse("StopInstances", &[("Hibernate", input.hibernate == Some(true))])?;
        let force = input.force == Some(true) || input.skip_os_shutdown == Some(true);
        let changed = ec2.change(call, input.dry_run, |change| {
            lifecycle::change_each(change, input.instance_ids.as_ref(), |_, row| lifecycle::stop(row, force))
        });
        Ok(api::StopInstancesResult { stopping_instances: Some(changed.await?) })
    }
}
