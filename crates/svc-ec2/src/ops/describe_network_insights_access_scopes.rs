//! Shows Network Access Scopes.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInsightsAccessScopes.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::DescribeNetworkInsightsAccessScopes {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeNetworkInsightsAccessScopes"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let ids = &input.network_insights_access_scope_ids;
        let wanted =
            Wanted::new(&input.filters, None, &input.next_token, ("networkInsightsAccessScopeIds", ids));
        let wanted = wanted.at_most(input.max_results);
        let view = ec2.look(call).await?;
        let rows = view.named::<NetworkInsightsAccessScope>(ids.as_ref())?;
        let page = wanted.select(rows.iter().map(|row| render::access_scope(row)).collect())?;
        Ok(api::DescribeNetworkInsightsAccessScopesResult {
            network_insights_access_scopes: Some(page.items),
            next_token: page.next_token,
        })
    }
}
