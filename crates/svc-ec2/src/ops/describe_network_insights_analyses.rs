//! Shows analyses of paths, with what came of them.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInsightsAnalyses.html>

use crate::network_insights::is_kept;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeNetworkInsightsAnalyses {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeNetworkInsightsAnalyses"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let ids = &input.network_insights_analysis_ids;
        let wanted =
            Wanted::new(&input.filters, None, &input.next_token, ("networkInsightsAnalysisIds", ids));
        let wanted = wanted.at_most(input.max_results);
        let view = ec2.look(call).await?;
        let mut rows = view.named::<NetworkInsightsAnalysis>(ids.as_ref())?;
        rows.retain(|row| {
            is_kept(row.started, call.now)
                && input.network_insights_path_id.as_ref().is_none_or(|id| row.path.as_str() == id)
                && input.analysis_start_time.is_none_or(|from| row.started >= from)
                && input.analysis_end_time.is_none_or(|to| row.started <= to)
        });
        let page =
            wanted.select(rows.iter().map(|row| render::network_insights_analysis(&view, row)).collect())?;
        Ok(api::DescribeNetworkInsightsAnalysesResult {
            network_insights_analyses: Some(page.items),
            next_token: page.next_token,
        })
    }
}
