//! Deletes a set of DHCP options that no VPC has.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteDhcpOptions.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteDhcpOptions {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteDhcpOptions")
            .on::<DhcpOptions>(required(&input.dhcp_options_id, "DhcpOptionsId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.dhcp_options_id, "DhcpOptionsId")?;
        ec2.change(call, input.dry_run, |change| {
            let options = change.find::<DhcpOptions>(id)?;
            if !change.having::<Vpc>(|vpc| vpc.dhcp_options == options.id)?.is_empty() {
                return Err(dependency("dhcpOptions", id));
            }
            Ok(change.remove(&*options)?)
        })
        .await?;
        Ok(api::DeleteDhcpOptionsOutput {})
    }
}
