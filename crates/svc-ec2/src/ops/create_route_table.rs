//! Makes a route table, which has the local route only.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html>

use crate::op::*;
use crate::render;

impl Handler<Ec2> for api::CreateRouteTable {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateRouteTable")
            .create::<RouteTable>(input.tag_specifications.as_ref())?
            .on::<Vpc>(required(&input.vpc_id, "VpcId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let table = create(change, &input)?;
            Ok(api::CreateRouteTableResult {
                route_table: Some(render::route_table(change, &table)?),
                client_token: input.client_token.clone(),
            })
        })
        .await
    }
}

fn create(change: &mut Change<'_>, input: &api::CreateRouteTableRequest) -> Result<RouteTable, ServiceError> {
    let vpc = change.find::<Vpc>(required(&input.vpc_id, "VpcId")?)?;
    let siblings = change.having::<RouteTable>(|t| t.vpc == vpc.id)?;
    let token = input.client_token.as_ref();
    if let Some(same) = siblings.iter().find(|t| token.is_some() && t.client_token.as_ref() == token) {
        return Ok(RouteTable::clone(same));
    }
    room(siblings.len(), change.quotas().route_tables_per_vpc, "RouteTableLimitExceeded", "route tables")?;
    let table = RouteTable {
        scope: change.scope().clone(),
        id: change.id("rtb"),
        vpc: vpc.id.clone(),
        associations: Vec::new(),
        routes: Vec::new(),
        client_token: token.cloned(),
        tags: tags::specified(RouteTable::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&table)?;
    Ok(table)
}
