//! Changes the target of a route.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html>

use crate::gateway_endpoints::made_by_its_endpoint;
use crate::op::*;
use crate::route_target::{Destination, Target, check_target_for};

impl Handler<Ec2> for api::ReplaceRoute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ReplaceRoute")
            .on::<RouteTable>(required(&input.route_table_id, "RouteTableId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse("ReplaceRoute", &[("LocalTarget", input.local_target == Some(true))])?;
        let id = required(&input.route_table_id, "RouteTableId")?;
        let destination = Destination::of_replace(&input)?.read()?;
        let wanted = Target::of_replace(&input);
        ec2.change(call, input.dry_run, |change| replace(change, id, destination, &wanted)).await?;
        Ok(api::ReplaceRouteOutput {})
    }
}

fn replace(
    change: &mut Change<'_>,
    id: &str,
    destination: RouteDestination,
    wanted: &Target<'_>,
) -> Result<(), ServiceError> {
    let table = change.find::<RouteTable>(id)?;
    let vpc = change.find::<Vpc>(table.vpc.as_str())?;
    let target = wanted.resolve(change, &table)?;
    let found = table.routes.iter().find(|r| r.destination == destination);
    if found.is_some_and(|route| matches!(route.target, RouteTarget::VpcEndpoint(_))) {
        return Err(made_by_its_endpoint());
    }
    if found.is_none() {
        return Err(invalid_value(format!(
            "There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
        )));
    }
    check_target_for(change, &vpc, &destination, &target)?;
    change.edit::<RouteTable>(id, |table| {
        if let Some(route) = table.routes.iter_mut().find(|r| r.destination == destination) {
            route.target = target;
        }
    })
}
