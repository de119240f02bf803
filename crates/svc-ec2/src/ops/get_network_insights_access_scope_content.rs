//! Shows which paths a Network Access Scope asks for.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetNetworkInsightsAccessScopeContent.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::GetNetworkInsightsAccessScopeContent {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let id = input.network_insights_access_scope_id.as_deref().unwrap_or_default();
        let asks = Asks::new(ec2, call, "GetNetworkInsightsAccessScopeContent");
        Ok(asks.on::<NetworkInsightsAccessScope>(id)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let id = required(&input.network_insights_access_scope_id, "NetworkInsightsAccessScopeId")?;
        let row = ec2.look(call).await?.find::<NetworkInsightsAccessScope>(id)?;
        Ok(api::GetNetworkInsightsAccessScopeContentResult {
            network_insights_access_scope_content: Some(render::access_scope_content(&row)),
        })
    }
}
