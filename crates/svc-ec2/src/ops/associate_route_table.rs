//! Makes a subnet use a route table in place of the main one.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html>

use crate::op::*;

impl Handler<Ec2> for api::AssociateRouteTable {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AssociateRouteTable")
            .on::<RouteTable>(required(&input.route_table_id, "RouteTableId")?)?
            .on::<Subnet>(input.subnet_id.as_deref().unwrap_or("*"))?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "AssociateRouteTable",
            &[
                ("GatewayId", input.gateway_id.is_some()),
                ("PublicIpv4Pool", input.public_ipv4_pool.is_some()),
            ],
        )?;
        let table = required(&input.route_table_id, "RouteTableId")?;
        let subnet = required(&input.subnet_id, "SubnetId")?;
        let id = ec2.change(call, input.dry_run, |change| associate(change, table, subnet)).await?;
        Ok(api::AssociateRouteTableResult { association_id: Some(id), association_state: Some(associated()) })
    }
}

/// The state of an association, which is immediate here.
pub(crate) fn associated() -> api::RouteTableAssociationState {
    api::RouteTableAssociationState { state: Some("associated".to_owned()), status_message: None }
}

fn associate(change: &mut Change<'_>, table: &str, subnet: &str) -> Result<String, ServiceError> {
    let table = change.find::<RouteTable>(table)?;
    let subnet = change.find::<Subnet>(subnet)?;
    if table.vpc != subnet.vpc {
        return Err(invalid_value(format!(
            "Route table {} and subnet {} belong to different networks",
            table.id, subnet.id
        )));
    }
    let uses = |a: &&RouteTableAssociation| a.subnet.as_ref() == Some(&subnet.id);
    if let Some(existing) = table.associations.iter().find(uses) {
        return Ok(existing.id.to_string());
    }
    if !change.having::<RouteTable>(|t| t.associations.iter().any(|a| uses(&a)))?.is_empty() {
        return Err(already_associated(format!(
            "the specified association for route table {} conflicts with an existing association",
            table.id
        )));
    }
    let association = RouteTableAssociation { id: change.id("rtbassoc"), subnet: Some(subnet.id.clone()) };
    let id = association.id.to_string();
    change.edit::<RouteTable>(table.id.as_str(), |t| t.associations.push(association))?;
    Ok(id)
}
