//! Makes a subnet use the main route table again.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html>

use crate::op::*;

impl Handler<Ec2> for api::DisassociateRouteTable {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "DisassociateRouteTable")
            .on::<RouteTable>(associated_table(ec2, call, &input.association_id)?)?
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

/// The id of that table for the policies; `*` when there is none, so that whoever may not ask
/// does not learn it.
pub(crate) fn associated_table(
    ec2: &Ec2,
    call: &Call,
    association: &Option<String>,
) -> Result<String, ServiceError> {
    let id = required(association, "AssociationId")?;
    let holds = |t: &RouteTable| t.associations.iter().any(|a| a.id.as_str() == id);
    let found = ec2.view(&call.scope).having(holds)?;
    Ok(found.first().map_or_else(|| "*".to_owned(), |table| table.id.to_string()))
}
