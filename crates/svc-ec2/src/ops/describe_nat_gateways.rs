//! Shows NAT gateways, also those deleted a short while ago.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeNatGateways {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeNatGateways"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted = Wanted::new(
            &input.filter,
            input.max_results,
            &input.next_token,
            ("natGatewayIdsSet", &input.nat_gateway_ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<NatGateway>(input.nat_gateway_ids.as_ref())?;
        let (visible, gone): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| render::is_visible(row, call.now));
        if let Some(row) = gone.first().filter(|_| wanted.ids.is_some()) {
            return Err(NatGateway::missing(row.id()));
        }
        let page = wanted.select(visible.iter().map(|row| render::nat_gateway(row)).collect())?;
        Ok(api::DescribeNatGatewaysResult { nat_gateways: Some(page.items), next_token: page.next_token })
    }
}
