//! NAT gateways.

use super::{described, one, text};
use crate::api;
use crate::filter::Facts;
use crate::state::{NatGateway, NatState};
use crate::tags;
use base::Timestamp;

/// How long a deleted gateway is still described: about an hour on AWS.
const VISIBLE_AFTER_DELETION_MS: i64 = 60 * 60 * 1000;

pub(crate) fn is_visible(row: &NatGateway, now: Timestamp) -> bool {
    match row.state {
        NatState::Available => true,
        NatState::Deleted { at } => now.millis() - at.millis() < VISIBLE_AFTER_DELETION_MS,
    }
}

pub(crate) fn nat_gateway(row: &NatGateway) -> api::NatGateway {
    let (state, deleted) = match row.state {
        NatState::Available => ("available", None),
        NatState::Deleted { at } => ("deleted", Some(at)),
    };
    let public = row.public.as_ref();
    let address = api::NatGatewayAddress {
        allocation_id: public.map(|p| p.allocation.to_string()),
        association_id: public.map(|p| p.association.to_string()),
        public_ip: public.map(|p| p.public_ip.to_string()),
        network_interface_id: text(&row.interface),
        private_ip: text(row.private_ip),
        is_primary: Some(true),
        status: text("succeeded"),
        ..Default::default()
    };
    api::NatGateway {
        nat_gateway_id: text(&row.id),
        nat_gateway_addresses: Some(vec![address]),
        subnet_id: text(&row.subnet),
        vpc_id: text(&row.vpc),
        state: text(state),
        create_time: Some(row.created),
        delete_time: deleted,
        connectivity_type: text(if public.is_some() { "public" } else { "private" }),
        availability_mode: text("zonal"),
        tags: tags::rendered(&row.tags),
        ..Default::default()
    }
}

impl Facts for api::NatGateway {
    const FILTERS: &'static [&'static str] = &["nat-gateway-id", "state", "subnet-id", "vpc-id"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "nat-gateway-id" => one(self.nat_gateway_id.as_ref()),
            "state" => one(self.state.as_ref()),
            "subnet-id" => one(self.subnet_id.as_ref()),
            "vpc-id" => one(self.vpc_id.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(nat_gateway_id, tags);
}
