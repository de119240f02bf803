//! Shows egress-only internet gateways and the VPCs they are attached to.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeEgressOnlyInternetGateways.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeEgressOnlyInternetGateways {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeEgressOnlyInternetGateways"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let ids = &input.egress_only_internet_gateway_ids;
        let wanted = Wanted::new(
            &input.filters,
            input.max_results,
            &input.next_token,
            ("egressOnlyInternetGatewayIdsSet", ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<EgressOnlyInternetGateway>(ids.as_ref())?;
        let shown = rows.iter().map(|row| render::egress_only_internet_gateway(row)).collect();
        let page = wanted.select(shown)?;
        Ok(api::DescribeEgressOnlyInternetGatewaysResult {
            egress_only_internet_gateways: Some(page.items),
            next_token: page.next_token,
        })
    }
}
