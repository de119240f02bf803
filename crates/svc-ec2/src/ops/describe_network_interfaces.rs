//! Shows network interfaces, those of services included.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeNetworkInterfaces {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeNetworkInterfaces"))
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
            ("networkInterfaceIdsSet", &input.network_interface_ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<NetworkInterface>(input.network_interface_ids.as_ref())?;
        let page = wanted.select(
            rows.iter().map(|row| render::network_interface(&view, row)).collect::<Result<_, _>>()?,
        )?;
        Ok(api::DescribeNetworkInterfacesResult {
            network_interfaces: Some(page.items),
            next_token: page.next_token,
        })
    }
}
