//! Interfaces of machines: an instance may have several, and all of them are in its one namespace.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html>

use crate::{Network, NetworkInterface};
use base::{InstanceId, NetworkInterfaceId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Which instance has an interface, and at which place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub instance: InstanceId,
    pub device_index: u32,
    /// The instance's first interface, with which it begins and ends.
    pub first: NetworkInterfaceId,
}

/// Where a further interface of an instance is: in the namespace of the first one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub first: NetworkInterfaceId,
    /// Greater than zero, and different for each interface of one instance.
    pub device_index: u32,
    /// What the instance reaches by this interface of its own accord: the blocks of the interface's subnet,
    /// unless the instance is in that one with an interface before it.
    pub neighbourhood: Vec<IpNet>,
}

impl Network {
    /// The other interface of the same machine that has the address: what is sent there stays inside.
    pub(crate) fn beside(&self, id: &NetworkInterfaceId, address: IpAddr) -> Option<&NetworkInterface> {
        let first = &self.attachments.get(id)?.first;
        let others = self.attachments.iter().filter(|(_, attachment)| &attachment.first == first);
        others.filter_map(|(other, _)| self.interfaces.get(other)).find(|other| other.has(address))
    }

    /// The interfaces that are not in a namespace of their own.
    pub(crate) fn seats(&self) -> BTreeMap<NetworkInterfaceId, Seat> {
        let seated = self.attachments.iter().filter(|(id, attachment)| {
            **id != attachment.first
                && self.interfaces.contains_key(*id)
                && self.interfaces.contains_key(&attachment.first)
        });
        let seat = |(id, attachment): (&NetworkInterfaceId, &Attachment)| {
            let (first, device_index) = (attachment.first.clone(), attachment.device_index);
            (id.clone(), Seat { first, device_index, neighbourhood: self.neighbourhood(id, attachment) })
        };
        seated.map(seat).collect()
    }

    fn neighbourhood(&self, id: &NetworkInterfaceId, of: &Attachment) -> Vec<IpNet> {
        let Some(own) = self.interfaces.get(id) else { return Vec::new() };
        let before = self.attachments.iter().filter(|(_, attachment)| {
            attachment.first == of.first && attachment.device_index < of.device_index
        });
        let before: Vec<&NetworkInterface> = before
            .filter_map(|(other, _)| self.interfaces.get(other))
            .filter(|other| other.subnet == own.subnet)
            .collect();
        let is_of = |interface: &NetworkInterface, block: &IpNet| {
            interface.all_addresses().any(|address| address.is_ipv6() == block.addr().is_ipv6())
        };
        // What an interface has no address of it cannot reach anybody by.
        let is_own =
            |block: &IpNet| is_of(own, block) && !before.iter().any(|interface| is_of(interface, block));
        let blocks = self.subnets.get(&own.subnet).into_iter().flat_map(crate::Subnet::cidrs);
        blocks.map(|block| block.trunc()).filter(is_own).collect()
    }
}

/// The hardware address of an interface: locally administered, and made of its id, so that who knows the one knows
/// the other.
#[must_use]
pub fn hardware_address(id: &str) -> [u8; 6] {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let [a, b, c, d, e, _, _, _] = id.bytes().fold(0xcbf2_9ce4_8422_2325, mix).to_be_bytes();
    [0x02, a, b, c, d, e]
}
