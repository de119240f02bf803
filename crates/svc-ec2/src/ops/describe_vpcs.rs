//! Shows VPCs.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeVpcs {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeVpcs"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let wanted =
            Wanted::new(&input.filters, input.max_results, &input.next_token, ("vpcIdsSet", &input.vpc_ids));
        let view = ec2.look(call).await?;
        let rows = view.named::<Vpc>(input.vpc_ids.as_ref())?;
        let page = wanted.select(rows.iter().map(|row| render::vpc(row)).collect())?;
        Ok(api::DescribeVpcsResult { vpcs: Some(page.items), next_token: page.next_token })
    }
}
