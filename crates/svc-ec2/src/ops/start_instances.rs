//! Starts stopped instances.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartInstances.html>

use crate::lifecycle;
use crate::op::*;

impl Handler<Ec2> for api::StartInstances {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "StartInstances").each::<Instance>(input.instance_ids.as_ref())?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse("StartInstances", &[("AdditionalInfo", input.additional_info.is_some())])?;
        let changed = ec2.change(call, input.dry_run, |change| {
            lifecycle::change_each(change, input.instance_ids.as_ref(), lifecycle::start)
        });
        Ok(api::StartInstancesResult { starting_instances: Some(changed.await?) })
    }
}
