//! Puts an interface into an instance.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachNetworkInterface.html>

use crate::attachments;
use crate::op::*;

impl Handler<Ec2> for api::AttachNetworkInterface {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AttachNetworkInterface")
            .on::<Instance>(required(&input.instance_id, "InstanceId")?)?
            .on::<NetworkInterface>(required(&input.network_interface_id, "NetworkInterfaceId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "AttachNetworkInterface",
            &[
                ("NetworkCardIndex", input.network_card_index.is_some_and(|index| index != 0)),
                ("EnaSrdSpecification", input.ena_srd_specification.is_some()),
                ("EnaQueueCount", input.ena_queue_count.is_some()),
            ],
        )?;
        let instance = required(&input.instance_id, "InstanceId")?;
        let interface = required(&input.network_interface_id, "NetworkInterfaceId")?;
        let index = attachments::device_index(input.device_index)?;
        let attach = |change: &mut Change<'_>| attachments::attach(change, instance, interface, index);
        let id = ec2.change(call, input.dry_run, attach).await?;
        Ok(api::AttachNetworkInterfaceResult { attachment_id: Some(id), network_card_index: Some(0) })
    }
}
