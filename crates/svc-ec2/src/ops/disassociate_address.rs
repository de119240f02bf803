//! Takes an Elastic IP address from its interface.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html>

use crate::elastic;
use crate::op::*;

impl Handler<Ec2> for api::DisassociateAddress {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        let named = |a: &Address| {
            let by_association = a.association.as_ref().map(|held| held.id.as_str());
            input.public_ip.as_ref().is_some_and(|ip| &a.public_ip.to_string() == ip)
                || (by_association.is_some() && by_association == input.association_id.as_deref())
        };
        let found = ec2.view(&call.scope).having(named)?;
        let id = found.first().map_or("*", |address| address.id.as_str());
        Ok(Asks::new(ec2, call, "DisassociateAddress").on::<Address>(id)?.done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        ec2.change(call, input.dry_run, |change| {
            let address = match (&input.association_id, &input.public_ip) {
                (Some(id), _) => elastic::with_association(change, id)?,
                (None, Some(ip)) => elastic::with_public_ip(change, ip)?,
                (None, None) => return Err(missing("AssociationId")),
            };
            let association = address
                .association
                .as_ref()
                .ok_or_else(|| no_association(input.association_id.as_deref().unwrap_or_default()))?;
            elastic::check_users_own(change, association)?;
            change.edit::<Address>(address.id.as_str(), |a| a.association = None)
        })
        .await?;
        Ok(api::DisassociateAddressOutput {})
    }
}
