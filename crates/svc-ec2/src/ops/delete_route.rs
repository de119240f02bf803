//! Removes a route by its destination.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html>

use crate::op::*;
use crate::route_target::Destination;
use ipnet::Ipv4Net;

impl Handler<Ec2> for api::DeleteRoute {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteRoute")
            .on::<RouteTable>(required(&input.route_table_id, "RouteTableId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.route_table_id, "RouteTableId")?;
        let destination = Destination::of_delete(&input)?.cidr()?;
        ec2.change(call, input.dry_run, |change| delete(change, id, destination)).await?;
        Ok(api::DeleteRouteOutput {})
    }
}

fn delete(change: &mut Change<'_>, id: &str, destination: Ipv4Net) -> Result<(), ServiceError> {
    let table = change.find::<RouteTable>(id)?;
    if change.find::<Vpc>(table.vpc.as_str())?.cidrs().any(|cidr| cidr == destination) {
        return Err(invalid_value(format!("cannot remove local route {destination} in route table {id}")));
    }
    if !table.routes.iter().any(|r| r.destination == destination) {
        let message = format!("no route with destination-cidr-block {destination} in route table {id}");
        return Err(ServiceError::client("InvalidRoute.NotFound", message));
    }
    change.edit::<RouteTable>(id, |t| t.routes.retain(|r| r.destination != destination))
}
