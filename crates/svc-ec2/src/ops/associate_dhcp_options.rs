//! Gives a VPC other DHCP options, or none.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateDhcpOptions.html>

use crate::dhcp;
use crate::op::*;

impl Handler<Ec2> for api::AssociateDhcpOptions {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let asks = Asks::new(ec2, call, "AssociateDhcpOptions");
        let asks = match required(&input.dhcp_options_id, "DhcpOptionsId")? {
            dhcp::NONE => asks,
            id => asks.on::<DhcpOptions>(id)?,
        };
        Ok(asks.on::<Vpc>(required(&input.vpc_id, "VpcId")?)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let options = required(&input.dhcp_options_id, "DhcpOptionsId")?;
        let vpc = required(&input.vpc_id, "VpcId")?;
        ec2.change(call, input.dry_run, |change| {
            if options != dhcp::NONE {
                change.find::<DhcpOptions>(options)?;
            }
            change.edit::<Vpc>(vpc, |row| row.dhcp_options = options.to_owned().into())
        })
        .await?;
        Ok(api::AssociateDhcpOptionsOutput {})
    }
}
