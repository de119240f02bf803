//! Removes a Network Access Scope, with its analyses.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInsightsAccessScope.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteNetworkInsightsAccessScope {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = input.network_insights_access_scope_id.as_deref().unwrap_or_default();
        Ok(Asks::new(ec2, call, "DeleteNetworkInsightsAccessScope")
            .on::<NetworkInsightsAccessScope>(id)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.network_insights_access_scope_id, "NetworkInsightsAccessScopeId")?;
        ec2.change(call, input.dry_run, |change| {
            let row = change.find::<NetworkInsightsAccessScope>(id)?;
            let of_scope = |analysis: &NetworkInsightsAccessScopeAnalysis| analysis.access_scope == row.id;
            for analysis in change.having(of_scope)? {
                change.remove(&*analysis)?;
            }
            Ok(change.remove(&*row)?)
        })
        .await?;
        Ok(api::DeleteNetworkInsightsAccessScopeResult {
            network_insights_access_scope_id: Some(id.to_owned()),
        })
    }
}
