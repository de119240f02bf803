//! Shows sets of DHCP options.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeDhcpOptions {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeDhcpOptions"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(
            &input.filters,
            input.max_results,
            &input.next_token,
            ("dhcpOptionsIdsSet", &input.dhcp_options_ids),
        );
        let rows = ec2.look(call).await?.named::<DhcpOptions>(input.dhcp_options_ids.as_ref())?;
        let page = wanted.select(rows.iter().map(|row| render::dhcp_options(row)).collect())?;
        Ok(api::DescribeDhcpOptionsResult { dhcp_options: Some(page.items), next_token: page.next_token })
    }
}
