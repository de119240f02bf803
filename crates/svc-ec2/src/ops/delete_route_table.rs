//! Deletes a route table that has no associations.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html>

use crate::op::*;

impl Handler<Ec2> for api::DeleteRouteTable {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DeleteRouteTable")
            .on::<RouteTable>(required(&input.route_table_id, "RouteTableId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.route_table_id, "RouteTableId")?;
        ec2.change(call, input.dry_run, |change| {
            let table = change.find::<RouteTable>(id)?;
            if !table.associations.is_empty() {
                return Err(dependency("routeTable", id));
            }
            Ok(change.remove(&*table)?)
        })
        .await?;
        Ok(api::DeleteRouteTableOutput {})
    }
}
