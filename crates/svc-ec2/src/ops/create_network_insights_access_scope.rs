//! Makes a Network Access Scope: which paths are wanted to be known of.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInsightsAccessScope.html>

use crate::access_scopes;
use crate::network_insights::repeated;
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateNetworkInsightsAccessScope {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let tags = input.tag_specifications.as_ref();
        let asks = Asks::new(ec2, call, "CreateNetworkInsightsAccessScope");
        Ok(asks.create::<NetworkInsightsAccessScope>(tags)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let row = create(change, &input)?;
            Ok(api::CreateNetworkInsightsAccessScopeResult {
                network_insights_access_scope: Some(render::access_scope(&row)),
                network_insights_access_scope_content: Some(render::access_scope_content(&row)),
            })
        })
        .await
    }
}

fn create(
    change: &mut Change<'_>,
    input: &api::CreateNetworkInsightsAccessScopeRequest,
) -> Result<Arc<NetworkInsightsAccessScope>, ServiceError> {
    let content = access_scopes::read(input)?;
    let token = input.client_token.as_ref();
    let rows = change
        .having::<NetworkInsightsAccessScope>(|row| token.is_some() && row.client_token.as_ref() == token)?;
    if let Some(row) = repeated(&rows, |row| row.content == content)? {
        return Ok(row);
    }
    let have = change.all::<NetworkInsightsAccessScope>()?.len();
    let quota = change.quotas().network_insights_access_scopes_per_region;
    room(have, quota, "NetworkInsightsAccessScope.LimitExceeded", "network insights access scopes")?;
    let row = NetworkInsightsAccessScope {
        scope: change.scope().clone(),
        id: change.id("nis"),
        created: change.now(),
        content,
        client_token: token.cloned(),
        tags: tags::specified(NetworkInsightsAccessScope::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&row)?;
    Ok(Arc::new(row))
}
