//! DisassociateRouteTable.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html>

use crate::op::*;

impl Handler<Ec2> for api::DisassociateRouteTable {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DisassociateRouteTable")
            .on::<RouteTable>(
                route_table_of(&ec2.view(&call.scope), required(&input.association_id, "AssociationId")?)?
                    .id
                    .as_str(),
            )?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = required(&input.association_id, "AssociationId")?;
        ec2.change(call, input.dry_run, |change| {
            let table = route_table_of(change, id)?;
            if table.associations.iter().any(|a| a.id.as_str() == id && a.subnet.is_none()) {
                return Err(invalid_value(format!(
                    "cannot disassociate the main route table association {id}"
                )));
            }
            change.edit::<RouteTable>(table.id.as_str(), |t| t.associations.retain(|a| a.id.as_str() != id))
        })
        .await?;
        Ok(api::DisassociateRouteTableOutput {})
    }
}

/// The table that an association belongs to.
pub(crate) fn route_table_of(view: &impl Read, association: &str) -> Result<Arc<RouteTable>, ServiceError> {
    view.having::<RouteTable>(|t| t.associations.iter().any(|a| a.id.as_str() == association))?
        .into_iter()
        .next()
        .ok_or_else(|| no_association(association))
}
