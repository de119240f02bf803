//! Permanent neighbours: on a point-to-point link both hardware addresses are known, so nothing is ever asked by ARP
//! or neighbour discovery.

use std::net::IpAddr;

use super::encode::{Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_REPLACE, NLM_F_REQUEST};
use super::family::{Family, octets};
use super::link::Mac;

const RTM_NEWNEIGH: u16 = 28;
const NDA_DST: u16 = 1;
const NDA_LLADDR: u16 = 2;
const NUD_PERMANENT: u16 = 0x80;

/// `address` on this interface is at `mac`, for good.
pub fn replace(index: u32, address: IpAddr, mac: Mac) -> Message {
    let mut fixed = [Family::of(address).number(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    fixed[4..8].copy_from_slice(&index.to_ne_bytes());
    fixed[8..10].copy_from_slice(&NUD_PERMANENT.to_ne_bytes());
    let flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
    let mut message = Message::new(RTM_NEWNEIGH, flags, &fixed);
    message.bytes(NDA_DST, &octets(address));
    message.bytes(NDA_LLADDR, &mac);
    message
}
