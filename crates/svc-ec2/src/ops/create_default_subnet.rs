//! Makes the default subnet of a zone again after it was deleted.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultSubnet.html>

use crate::op::*;
use crate::render;
use crate::{default_vpc, subnets};

impl Handler<Ec2> for api::CreateDefaultSubnet {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "CreateDefaultSubnet"))
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse("CreateDefaultSubnet", &[("Ipv6Native", input.ipv6_native == Some(true))])?;
        if input.availability_zone.is_none() && input.availability_zone_id.is_none() {
            return Err(missing("availabilityZone"));
        }
        let zone = subnets::zone_of(
            &call.scope.region,
            input.availability_zone.as_ref(),
            input.availability_zone_id.as_ref(),
        )?;
        ec2.change(call, input.dry_run, |change| {
            let subnet = create(change, zone)?;
            Ok(api::CreateDefaultSubnetResult { subnet: Some(render::subnet(change, &subnet)?) })
        })
        .await
    }
}

fn create(change: &mut Change<'_>, zone: String) -> Result<Subnet, ServiceError> {
    let Some(vpc) = default_vpc::find(change)? else {
        return Err(ServiceError::client(
            "DefaultVpcDoesNotExist",
            "No default VPC exists for this account in this region.",
        ));
    };
    if let Some(there) = change.having::<Subnet>(|subnet| subnet.is_default && subnet.zone == zone)?.first() {
        return Err(ServiceError::client(
            "DefaultSubnetAlreadyExistsInAvailabilityZone",
            format!("'{}' is already the default subnet in {zone}.", there.id),
        ));
    }
    default_vpc::create_subnet(change, &vpc, zone)
}
