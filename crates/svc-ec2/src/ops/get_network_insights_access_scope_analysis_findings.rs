//! Shows the paths that an analysis of a Network Access Scope found.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetNetworkInsightsAccessScopeAnalysisFindings.html>

use crate::op::*;
use crate::render;

/// Findings in one answer, when nothing else is asked for.
const PAGE: usize = 1000;

impl Handler<Ec2> for api::GetNetworkInsightsAccessScopeAnalysisFindings {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = input.network_insights_access_scope_analysis_id.as_deref().unwrap_or_default();
        let asks = Asks::new(ec2, call, "GetNetworkInsightsAccessScopeAnalysisFindings");
        Ok(asks.on::<NetworkInsightsAccessScopeAnalysis>(id)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let id = required(
            &input.network_insights_access_scope_analysis_id,
            "NetworkInsightsAccessScopeAnalysisId",
        )?;
        let view = ec2.look(call).await?;
        let row = view.find::<NetworkInsightsAccessScopeAnalysis>(id)?;
        let findings = render::findings(&view, &row);
        let start = match input.next_token.as_deref() {
            None => 0,
            Some(token) => {
                token.parse::<usize>().ok().filter(|start| *start < findings.len()).ok_or_else(|| {
                    ServiceError::client("InvalidNextToken", format!("The token '{token}' is invalid"))
                })?
            }
        };
        let page = input.max_results.and_then(|max| usize::try_from(max).ok()).unwrap_or(PAGE).min(PAGE);
        let end = start + page;
        let next_token = (end < findings.len()).then(|| end.to_string());
        Ok(api::GetNetworkInsightsAccessScopeAnalysisFindingsResult {
            network_insights_access_scope_analysis_id: Some(id.to_owned()),
            analysis_status: render::access_scope_analysis(&row).status,
            analysis_findings: Some(findings.into_iter().skip(start).take(page).collect()),
            next_token,
        })
    }
}
