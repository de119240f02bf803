//! Addresses of interfaces.

use std::net::Ipv4Addr;

use super::encode::{Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_REPLACE, NLM_F_REQUEST};
use super::parse::{Attributes, u32_at};
use super::socket::{NetlinkError, NetlinkSocket};

const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_GETADDR: u16 = 22;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const AF_INET: u8 = 2;

fn message(kind: u16, flags: u16, index: u32, address: Ipv4Addr) -> Message {
    let mut fixed = [AF_INET, 32, 0, 0, 0, 0, 0, 0];
    fixed[4..].copy_from_slice(&index.to_ne_bytes());
    let mut message = Message::new(kind, NLM_F_REQUEST | NLM_F_ACK | flags, &fixed);
    message.bytes(IFA_LOCAL, &address.octets());
    message.bytes(IFA_ADDRESS, &address.octets());
    message
}

/// Gives an interface a /32 address; nothing happens when it has it.
pub fn add(index: u32, address: Ipv4Addr) -> Message {
    message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, address)
}

/// Takes a /32 address away.
pub fn remove(index: u32, address: Ipv4Addr) -> Message {
    message(RTM_DELADDR, 0, index, address)
}

/// Every IPv4 address of the socket's namespace, with its interface's number.
pub fn list(socket: &mut NetlinkSocket) -> Result<Vec<(u32, Ipv4Addr)>, NetlinkError> {
    let mut addresses = Vec::new();
    let request = Message::new(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, &[AF_INET, 0, 0, 0, 0, 0, 0, 0]);
    socket.dump("list addresses", request, |reply| {
        let local = Attributes(reply.body.get(8..).unwrap_or_default()).find(IFA_LOCAL);
        let octets = local.and_then(|p| <[u8; 4]>::try_from(p).ok());
        if let (Some(index), Some(octets)) = (u32_at(reply.body, 4), octets) {
            addresses.push((index, Ipv4Addr::from(octets)));
        }
    })?;
    Ok(addresses)
}
