//! Makes a NAT gateway: an interface in a subnet, with an Elastic IP address if public.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html>

use crate::elastic;
use crate::op::*;
use crate::placement::{NewInterface, place};
use crate::render;
use base::NatGatewayId;
use std::collections::BTreeSet;

impl Handler<Ec2> for api::CreateNatGateway {
    fn access(ec2: &Ec2, call: &Call, input: &Self::Input) -> Asked {
        Ok(Asks::new(ec2, call, "CreateNatGateway")
            .create::<NatGateway>(input.tag_specifications.as_ref())?
            .on::<Subnet>(input.subnet_id.as_deref().unwrap_or("*"))?
            .each::<Address>(input.allocation_id.clone().map(|id| vec![id]).as_ref())?
            .done())
    }

    async fn run(
        ec2: &Ec2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        refuse(
            "CreateNatGateway",
            &[
                ("AvailabilityMode", input.availability_mode.as_deref().is_some_and(|m| m != "zonal")),
                ("VpcId", input.vpc_id.is_some()),
                ("AvailabilityZoneAddresses", filled(&input.availability_zone_addresses)),
                ("SecondaryAllocationIds", filled(&input.secondary_allocation_ids)),
                ("SecondaryPrivateIpAddresses", filled(&input.secondary_private_ip_addresses)),
                (
                    "SecondaryPrivateIpAddressCount",
                    input.secondary_private_ip_address_count.is_some_and(|n| n > 0),
                ),
            ],
        )?;
        ec2.change(call, input.dry_run, |change| {
            let gateway = create(change, &input)?;
            Ok(api::CreateNatGatewayResult {
                client_token: input.client_token.clone(),
                nat_gateway: Some(render::nat_gateway(&gateway)),
            })
        })
        .await
    }
}

fn filled<T>(list: &Option<Vec<T>>) -> bool {
    list.as_ref().is_some_and(|items| !items.is_empty())
}

fn create(change: &mut Change<'_>, input: &api::CreateNatGatewayRequest) -> Result<NatGateway, ServiceError> {
    let subnet = change.find::<Subnet>(required(&input.subnet_id, "SubnetId")?)?;
    let token = input.client_token.as_ref();
    let same = change.having::<NatGateway>(|g| token.is_some() && g.client_token.as_ref() == token)?;
    if let Some(same) = same.into_iter().next() {
        return Ok(Arc::unwrap_or_clone(same));
    }
    check_room(change, &subnet)?;
    let address = elastic_address(change, input, &subnet)?;
    let id: NatGatewayId = change.id("nat");
    let interface = place(change, interface(input, &subnet, &id)?)?;
    change.put(&interface)?;
    let public = match address {
        Some(address) => Some(give(change, &address, &interface)?),
        None => None,
    };
    let gateway = NatGateway {
        scope: change.scope().clone(),
        id,
        subnet: subnet.id.clone(),
        vpc: subnet.vpc.clone(),
        interface: interface.id.clone(),
        private_ip: interface.private_ip,
        public,
        state: NatState::Available,
        created: change.now(),
        client_token: token.cloned(),
        tags: tags::specified(NatGateway::KIND, input.tag_specifications.as_ref())?,
    };
    change.put(&gateway)?;
    Ok(gateway)
}

fn check_room(change: &Change<'_>, subnet: &Subnet) -> Result<(), ServiceError> {
    let mut have = 0;
    for gateway in change.having::<NatGateway>(NatGateway::is_available)? {
        let other = change.lookup::<Subnet>(gateway.subnet.as_str())?;
        have += usize::from(other.is_some_and(|s| s.zone == subnet.zone));
    }
    room(have, change.quotas().nat_gateways_per_zone, "NatGatewayLimitExceeded", "NAT gateways")
}

/// The address of a public gateway, checked; `None` for a private one.
fn elastic_address(
    change: &Change<'_>,
    input: &api::CreateNatGatewayRequest,
    subnet: &Subnet,
) -> Result<Option<Arc<Address>>, ServiceError> {
    match (input.connectivity_type.as_deref(), input.allocation_id.as_deref()) {
        (Some("private"), None) => Ok(None),
        (Some("private"), Some(_)) => Err(combination(
            "AllocationId cannot be specified for a NAT gateway with connectivity type private",
        )),
        (None | Some("public"), None) => Err(ServiceError::client(
            "MissingParameter",
            "The request must include the AllocationId parameter. Add the required parameter and retry the request.",
        )),
        (None | Some("public"), Some(id)) => {
            let address = change.find::<Address>(id)?;
            if address.association.is_some() {
                return Err(already_associated(format!("Elastic IP address [{id}] is already associated")));
            }
            elastic::check_gateway(change, &subnet.vpc)?;
            Ok(Some(address))
        }
        (Some(other), _) => Err(bad_value(other, "connectivityType", "Expecting public or private.")),
    }
}

fn interface<'a>(
    input: &api::CreateNatGatewayRequest,
    subnet: &'a Subnet,
    id: &NatGatewayId,
) -> Result<NewInterface<'a>, ServiceError> {
    let wanted = input.private_ip_address.as_deref();
    let address = wanted
        .map(|ip| ip.parse().map_err(|_| bad_value(ip, "privateIpAddress", "It is not an IPv4 address.")))
        .transpose()?;
    Ok(NewInterface {
        subnet,
        groups: BTreeSet::new(),
        address,
        interface_type: InterfaceType::NatGateway,
        description: format!("Interface for NAT Gateway {id}"),
        requester: Some("amazon-aws"),
        attached_to: Some("amazon-aws"),
        tags: Tags::new(),
    })
}

fn give(
    change: &mut Change<'_>,
    address: &Address,
    interface: &NetworkInterface,
) -> Result<NatAddress, ServiceError> {
    let association = elastic::associate(change, &address.id, &interface.id, interface.private_ip)?;
    Ok(NatAddress {
        allocation: address.id.clone(),
        association: association.into(),
        public_ip: address.public_ip,
    })
}
