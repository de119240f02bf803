//! Takes an interface out of an instance.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachNetworkInterface.html>
//!
//! Nothing has to be asked of what runs in the instance, so with `Force` and without is the same.

use crate::attachments;
use crate::op::*;

impl Handler<Ec2> for api::DetachNetworkInterface {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = required(&input.attachment_id, "AttachmentId")?;
        let interface = attachments::attached(&ec2.view(&call.scope), id).ok();
        let instance = interface.as_ref().and_then(|i| i.attachment.as_ref()?.instance.clone());
        let asks = Asks::new(ec2, call, "DetachNetworkInterface");
        Ok(asks
            .on::<Instance>(instance.as_ref().map_or("*", |id| id.as_str()))?
            .on::<NetworkInterface>(interface.as_ref().map_or("*", |i| i.id.as_str()))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.attachment_id, "AttachmentId")?;
        ec2.change(call, input.dry_run, |change| attachments::detach(change, id)).await?;
        Ok(api::DetachNetworkInterfaceOutput {})
    }
}
