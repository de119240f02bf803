//! Removes an analysis of a path.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInsightsAnalysis.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteNetworkInsightsAnalysis {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = input.network_insights_analysis_id.as_deref().unwrap_or_default();
        Ok(Asks::new(ec2, call, "DeleteNetworkInsightsAnalysis").on::<NetworkInsightsAnalysis>(id)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.network_insights_analysis_id, "NetworkInsightsAnalysisId")?;
        ec2.change(call, input.dry_run, |change| {
            let row = change.find::<NetworkInsightsAnalysis>(id)?;
            Ok(change.remove(&*row)?)
        })
        .await?;
        Ok(api::DeleteNetworkInsightsAnalysisResult { network_insights_analysis_id: Some(id.to_owned()) })
    }
}
