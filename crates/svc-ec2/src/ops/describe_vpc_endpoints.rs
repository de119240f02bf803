//! Shows endpoints with their interfaces and names.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeVpcEndpoints {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeVpcEndpoints"))
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
            ("vpcEndpointIdsSet", &input.vpc_endpoint_ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<VpcEndpoint>(input.vpc_endpoint_ids.as_ref())?;
        let page = wanted
            .select(rows.iter().map(|row| render::vpc_endpoint(&view, row)).collect::<Result<_, _>>()?)?;
        Ok(api::DescribeVpcEndpointsResult { vpc_endpoints: Some(page.items), next_token: page.next_token })
    }
}
