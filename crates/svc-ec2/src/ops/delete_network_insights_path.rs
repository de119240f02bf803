//! Removes a path that nothing was found out about any more.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInsightsPath.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteNetworkInsightsPath {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = input.network_insights_path_id.as_deref().unwrap_or_default();
        Ok(Asks::new(ec2, call, "DeleteNetworkInsightsPath").on::<NetworkInsightsPath>(id)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.network_insights_path_id, "NetworkInsightsPathId")?;
        ec2.change(call, input.dry_run, |change| {
            let row = change.find::<NetworkInsightsPath>(id)?;
            if !change.having::<NetworkInsightsAnalysis>(|analysis| analysis.path == row.id)?.is_empty() {
                return Err(ServiceError::client(
                    "AnalysisExistsForNetworkInsightsPath",
                    format!("The network insights path '{id}' has analyses and cannot be deleted."),
                ));
            }
            Ok(change.remove(&*row)?)
        })
        .await?;
        Ok(api::DeleteNetworkInsightsPathResult { network_insights_path_id: Some(id.to_owned()) })
    }
}
