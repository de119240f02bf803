//! Allocates an Elastic IP address that no other account or region has.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html>

use crate::elastic::used_public_addresses;
use crate::model::address::first_free_public;
use crate::op::*;
use crate::render::text;

impl Handler<Ec2> for api::AllocateAddress {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "AllocateAddress")
            .create::<Address>(input.tag_specifications.as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let pool = input.public_ipv4_pool.as_deref();
        refuse(
            "AllocateAddress",
            &[
                ("Domain", input.domain.as_deref() == Some("standard")),
                ("Address", input.address.is_some()),
                ("PublicIpv4Pool", pool.is_some_and(|p| p != "amazon")),
                ("CustomerOwnedIpv4Pool", input.customer_owned_ipv4_pool.is_some()),
                ("IpamPoolId", input.ipam_pool_id.is_some()),
            ],
        )?;
        if let Some(wrong) =
            input.network_border_group.as_deref().filter(|g| *g != call.scope.region.as_str())
        {
            return Err(bad_value(wrong, "networkBorderGroup", "It is not a border group of this region."));
        }
        let tags = tags::specified(Address::KIND, input.tag_specifications.as_ref())?;
        ec2.change(call, input.dry_run, |change| {
            let address = allocate(change, tags)?;
            Ok(api::AllocateAddressResult {
                allocation_id: text(&address.id),
                public_ip: text(address.public_ip),
                public_ipv4_pool: text("amazon"),
                network_border_group: text(&address.scope.region),
                domain: text("vpc"),
                ..Default::default()
            })
        })
        .await
    }
}

fn allocate(change: &mut Change<'_>, tags: Tags) -> Result<Address, ServiceError> {
    let have = change.all::<Address>()?.len();
    room(have, change.quotas().addresses_per_region, "AddressLimitExceeded", "addresses")?;
    // All accounts and regions share one internet.
    let used = used_public_addresses(change)?;
    let public_ip = first_free_public(&used).ok_or_else(|| {
        ServiceError::client("InsufficientAddressCapacity", "There are no more addresses available.")
    })?;
    let id = change.id("eipalloc");
    let address = Address { scope: change.scope().clone(), id, public_ip, association: None, tags };
    change.put(&address)?;
    Ok(address)
}
