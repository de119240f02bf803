//! Elastic IP addresses.

use super::{described, one, text};
use crate::api;
use crate::filter::Facts;
use crate::read::Read;
use crate::state::{Address, NetworkInterface};
use crate::tags;
use store::Fault;

pub(crate) fn address(view: &impl Read, row: &Address) -> Result<api::Address, Fault> {
    let mut shown = api::Address {
        allocation_id: text(&row.id),
        public_ip: text(row.public_ip),
        domain: text("vpc"),
        public_ipv4_pool: text("amazon"),
        network_border_group: text(&row.scope.region),
        tags: tags::rendered(&row.tags),
        ..Default::default()
    };
    if let Some(association) = &row.association {
        let interface = view.lookup::<NetworkInterface>(association.interface.as_str())?;
        shown.association_id = text(&association.id);
        shown.network_interface_id = text(&association.interface);
        shown.network_interface_owner_id = text(&row.scope.account);
        shown.private_ip_address = text(association.private_ip);
        let attachment = interface.as_ref().and_then(|i| i.attachment.as_ref());
        shown.instance_id = attachment.and_then(|a| a.instance.as_ref()).map(ToString::to_string);
        shown.subnet_id = interface.map(|i| i.subnet.to_string());
    }
    Ok(shown)
}

impl Facts for api::Address {
    const FILTERS: &'static [&'static str] = &[
        "allocation-id",
        "association-id",
        "domain",
        "instance-id",
        "network-border-group",
        "network-interface-id",
        "network-interface-owner-id",
        "private-ip-address",
        "public-ip",
    ];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "allocation-id" => one(self.allocation_id.as_ref()),
            "association-id" => one(self.association_id.as_ref()),
            "domain" => one(self.domain.as_ref()),
            "instance-id" => one(self.instance_id.as_ref()),
            "network-border-group" => one(self.network_border_group.as_ref()),
            "network-interface-id" => one(self.network_interface_id.as_ref()),
            "network-interface-owner-id" => one(self.network_interface_owner_id.as_ref()),
            "private-ip-address" => one(self.private_ip_address.as_ref()),
            "public-ip" => one(self.public_ip.as_ref()),
            _ => Vec::new(),
        }
    }

    described!(allocation_id, tags);
}
