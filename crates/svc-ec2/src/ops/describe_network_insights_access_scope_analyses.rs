//! Shows analyses of Network Access Scopes.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInsightsAccessScopeAnalyses.html>

use crate::network_insights::is_kept;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeNetworkInsightsAccessScopeAnalyses {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeNetworkInsightsAccessScopeAnalyses"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let ids = &input.network_insights_access_scope_analysis_ids;
        let wanted = Wanted::new(
            &input.filters,
            None,
            &input.next_token,
            ("networkInsightsAccessScopeAnalysisIds", ids),
        );
        let wanted = wanted.at_most(input.max_results);
        let view = ec2.look(call).await?;
        let mut rows = view.named::<NetworkInsightsAccessScopeAnalysis>(ids.as_ref())?;
        rows.retain(|row| {
            is_kept(row.started, call.now)
                && input
                    .network_insights_access_scope_id
                    .as_ref()
                    .is_none_or(|id| row.access_scope.as_str() == id)
                && input.analysis_start_time_begin.is_none_or(|from| row.started >= from)
                && input.analysis_start_time_end.is_none_or(|to| row.started <= to)
        });
        let page = wanted.select(rows.iter().map(|row| render::access_scope_analysis(row)).collect())?;
        Ok(api::DescribeNetworkInsightsAccessScopeAnalysesResult {
            network_insights_access_scope_analyses: Some(page.items),
            next_token: page.next_token,
        })
    }
}
