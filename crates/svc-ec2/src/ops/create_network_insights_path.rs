//! Makes a path that can be analyzed for reachability.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInsightsPath.html>

use crate::network_insights::{self, repeated};
use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateNetworkInsightsPath {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let tags = input.tag_specifications.as_ref();
        Ok(Asks::new(ec2, call, "CreateNetworkInsightsPath").create::<NetworkInsightsPath>(tags)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let row = create(change, &input)?;
            let shown = render::network_insights_path(&row);
            Ok(api::CreateNetworkInsightsPathResult { network_insights_path: Some(shown) })
        })
        .await
    }
}

fn create(
    change: &mut Change<'_>,
    input: &api::CreateNetworkInsightsPathRequest,
) -> Result<Arc<NetworkInsightsPath>, ServiceError> {
    let asked = network_insights::read(change, input)?;
    let token = input.client_token.as_ref();
    let rows =
        change.having::<NetworkInsightsPath>(|row| token.is_some() && row.client_token.as_ref() == token)?;
    if let Some(row) = repeated(&rows, |row| row.asked == asked)? {
        return Ok(row);
    }
    let have = change.all::<NetworkInsightsPath>()?.len();
    let quota = change.quotas().network_insights_paths_per_region;
    room(have, quota, "NetworkInsightsPath.LimitExceeded", "network insights paths")?;
    let row = NetworkInsightsPath {
        scope: change.scope().clone(),
        id: change.id("nip"),
        created: change.now(),
        asked,
        client_token: token.cloned(),
        tags: tags::specified(NetworkInsightsPath::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&row)?;
    Ok(Arc::new(row))
}
