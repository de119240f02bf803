//! Adds a route to a gateway, a NAT gateway, an interface or a peered VPC.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html>

use crate::op::*;
use crate::prefix_lists;
use crate::route_target::{Destination, Target, check_target_for};

impl Handler<Ec2> for api::CreateRoute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateRoute")
            .on::<RouteTable>(required(&input.route_table_id, "RouteTableId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.route_table_id, "RouteTableId")?;
        let destination = Destination::of_create(&input)?.read()?;
        let wanted = Target::of_create(&input);
        ec2.change(call, input.dry_run, |change| create(change, id, destination, &wanted)).await?;
        Ok(api::CreateRouteResult { r#return: Some(true) })
    }
}

fn create(
    change: &mut Change<'_>,
    id: &str,
    destination: RouteDestination,
    wanted: &Target<'_>,
) -> Result<(), ServiceError> {
    let table = change.find::<RouteTable>(id)?;
    let vpc = change.find::<Vpc>(table.vpc.as_str())?;
    let target = wanted.resolve(change, &table)?;
    if vpc.all_cidrs().any(|cidr| RouteDestination::Cidr(cidr) == destination)
        || table.routes.iter().any(|r| r.destination == destination)
    {
        return Err(ServiceError::client(
            "RouteAlreadyExists",
            format!("The route identified by {destination} already exists."),
        ));
    }
    check_target_for(change, &vpc, &destination, &target)?;
    let destinations = table.routes.iter().map(|route| &route.destination);
    let have = prefix_lists::routes_weight(change, destinations.chain([&destination]))?;
    // There is room for the last of them when one less is there.
    room(
        have.saturating_sub(1),
        change.quotas().routes_per_table,
        "RouteLimitExceeded",
        "routes in this route table",
    )?;
    change.edit::<RouteTable>(id, |t| t.routes.push(Route { destination, target }))
}
