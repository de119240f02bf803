//! Moves an association, the main one included, to another route table.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html>

use super::associate_route_table::associated;
use super::disassociate_route_table::{associated_table, route_table_of};
use crate::op::*;

impl Handler<Ec2> for api::ReplaceRouteTableAssociation {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "ReplaceRouteTableAssociation")
            .on::<RouteTable>(associated_table(ec2, call, &input.association_id)?)?
            .on::<RouteTable>(required(&input.route_table_id, "RouteTableId")?)?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let association = required(&input.association_id, "AssociationId")?;
        let table = required(&input.route_table_id, "RouteTableId")?;
        let id = ec2.change(call, input.dry_run, |change| replace(change, association, table)).await?;
        Ok(api::ReplaceRouteTableAssociationResult {
            new_association_id: Some(id),
            association_state: Some(associated()),
        })
    }
}

/// The association moves and gets a new id; the main one may move too.
fn replace(change: &mut Change<'_>, association: &str, table: &str) -> Result<String, ServiceError> {
    let old = route_table_of(change, association)?;
    let new = change.find::<RouteTable>(table)?;
    if old.vpc != new.vpc {
        return Err(invalid_value(format!(
            "Route tables {} and {} belong to different networks",
            old.id, new.id
        )));
    }
    let subnet =
        old.associations.iter().find(|a| a.id.as_str() == association).and_then(|a| a.subnet.clone());
    change
        .edit::<RouteTable>(old.id.as_str(), |t| t.associations.retain(|a| a.id.as_str() != association))?;
    let moved = RouteTableAssociation { id: change.id("rtbassoc"), subnet };
    let id = moved.id.to_string();
    change.edit::<RouteTable>(new.id.as_str(), |t| t.associations.push(moved))?;
    Ok(id)
}
