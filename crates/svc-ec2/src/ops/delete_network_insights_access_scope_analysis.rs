//! Removes an analysis of a Network Access Scope.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInsightsAccessScopeAnalysis.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteNetworkInsightsAccessScopeAnalysis {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = input.network_insights_access_scope_analysis_id.as_deref().unwrap_or_default();
        Ok(Asks::new(ec2, call, "DeleteNetworkInsightsAccessScopeAnalysis")
            .on::<NetworkInsightsAccessScopeAnalysis>(id)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(
            &input.network_insights_access_scope_analysis_id,
            "NetworkInsightsAccessScopeAnalysisId",
        )?;
        ec2.change(call, input.dry_run, |change| {
            let row = change.find::<NetworkInsightsAccessScopeAnalysis>(id)?;
            Ok(change.remove(&*row)?)
        })
        .await?;
        Ok(api::DeleteNetworkInsightsAccessScopeAnalysisResult {
            network_insights_access_scope_analysis_id: Some(id.to_owned()),
        })
    }
}
