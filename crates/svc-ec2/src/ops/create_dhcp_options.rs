//! Makes a set of DHCP options.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html>

use crate::dhcp;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateDhcpOptions {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateDhcpOptions")
            .create::<DhcpOptions>(input.tag_specifications.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let tags = tags::specified(DhcpOptions::KIND, input.tag_specifications.as_ref())?;
        ec2.change(call, input.dry_run, |change| {
            let have = change.all::<DhcpOptions>()?.len();
            let quota = change.quotas().dhcp_options_per_region;
            room(have, quota, "DhcpOptionsLimitExceeded", "DHCP options sets")?;
            let given = input.dhcp_configurations.as_ref();
            let options = dhcp::read(change.scope(), change.id("dopt"), given, tags)?;
            change.put(&options)?;
            Ok(api::CreateDhcpOptionsResult { dhcp_options: Some(render::dhcp_options(&options)) })
        })
        .await
    }
}
