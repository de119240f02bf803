//! Shows subnets and how many addresses each has left.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeSubnets {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeSubnets"))
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
            ("subnetIdsSet", &input.subnet_ids),
        );
        let view = ec2.look(call).await?;
        let rows = view.named::<Subnet>(input.subnet_ids.as_ref())?;
        let page =
            wanted.select(rows.iter().map(|row| render::subnet(&view, row)).collect::<Result<_, _>>()?)?;
        Ok(api::DescribeSubnetsResult { subnets: Some(page.items), next_token: page.next_token })
    }
}
