//! Shows paths that can be analyzed.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInsightsPaths.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeNetworkInsightsPaths {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeNetworkInsightsPaths"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let ids = &input.network_insights_path_ids;
        let wanted = Wanted::new(&input.filters, None, &input.next_token, ("networkInsightsPathIds", ids));
        let wanted = wanted.at_most(input.max_results);
        let view = ec2.look(call).await?;
        let rows = view.named::<NetworkInsightsPath>(ids.as_ref())?;
        let page = wanted.select(rows.iter().map(|row| render::network_insights_path(row)).collect())?;
        Ok(api::DescribeNetworkInsightsPathsResult {
            network_insights_paths: Some(page.items),
            next_token: page.next_token,
        })
    }
}
