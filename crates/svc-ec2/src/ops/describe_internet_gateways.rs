//! Shows internet gateways and their attachments.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeInternetGateways {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeInternetGateways"))
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
            ("internetGatewayIdsSet", &input.internet_gateway_ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<InternetGateway>(input.internet_gateway_ids.as_ref())?;
        let page = wanted.select(rows.iter().map(|row| render::internet_gateway(row)).collect())?;
        Ok(api::DescribeInternetGatewaysResult {
            internet_gateways: Some(page.items),
            next_token: page.next_token,
        })
    }
}
