//! Removes a route by its destination.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html>

use crate::op::*;
use crate::route_target::Destination;
use ipnet::IpNet;

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
        let destination = Destination::of_delete(&input)?.read()?;
        ec2.change(call, input.dry_run, |change| delete(change, id, destination)).await?;
        Ok(api::DeleteRouteOutput {})
    }
}

fn delete(change: &mut Change<'_>, id: &str, destination: RouteDestination) -> Result<(), ServiceError> {
    let table = change.find::<RouteTable>(id)?;
    if change
        .find::<Vpc>(table.vpc.as_str())?
        .all_cidrs()
        .any(|cidr| RouteDestination::Cidr(cidr) == destination)
    {
        return Err(invalid_value(format!("cannot remove local route {destination} in route table {id}")));
    }
    let found = table.routes.iter().find(|r| r.destination == destination);
    if let Some(RouteTarget::VpcEndpoint(endpoint)) = found.map(|route| &route.target) {
        return Err(invalid_value(format!(
            "cannot remove VPC endpoint route {endpoint} in route table {id}"
        )));
    }
    if found.is_none() {
        let message = match &destination {
            RouteDestination::Cidr(cidr @ IpNet::V6(_)) => {
                format!("no route with destination-ipv6-cidr-block {cidr} in route table {id}")
            }
            RouteDestination::Cidr(cidr) => {
                format!("no route with destination-cidr-block {cidr} in route table {id}")
            }
            RouteDestination::PrefixList(list) => {
                format!("no route with destination-prefix-list-id {list} in route table {id}")
            }
        };
        return Err(ServiceError::client("InvalidRoute.NotFound", message));
    }
    change.edit::<RouteTable>(id, |t| t.routes.retain(|r| r.destination != destination))
}
