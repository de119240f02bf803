//! Addresses of interfaces.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::encode::{Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_REPLACE, NLM_F_REQUEST};
use super::family::{self, Family, octets};
use super::parse::{Attributes, u32_at};
use super::route;
use super::socket::{NetlinkError, NetlinkSocket};

const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_GETADDR: u16 = 22;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
/// Nobody else is on the link: an address need not be asked for before it is used.
const IFA_F_NODAD: u8 = 2;

/// How long an address may take to become one, and how often that is looked at.
const SETTLE_MAX: Duration = Duration::from_secs(5);
const SETTLE_INTERVAL: Duration = Duration::from_micros(500);

fn message(kind: u16, flags: u16, index: u32, address: IpAddr) -> Message {
    let family = Family::of(address);
    let flags_of_address = if family == Family::Ipv6 { IFA_F_NODAD } else { 0 };
    let mut fixed = [family.number(), family.bits(), flags_of_address, 0, 0, 0, 0, 0];
    fixed[4..].copy_from_slice(&index.to_ne_bytes());
    let mut message = Message::new(kind, NLM_F_REQUEST | NLM_F_ACK | flags, &fixed);
    message.bytes(IFA_LOCAL, &octets(address));
    message.bytes(IFA_ADDRESS, &octets(address));
    message
}

/// Gives an interface an address of full length; nothing happens when it has it.
pub fn add(index: u32, address: IpAddr) -> Message {
    message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, address)
}

/// Takes such an address away.
pub fn remove(index: u32, address: IpAddr) -> Message {
    message(RTM_DELADDR, 0, index, address)
}

/// Waits until addresses that were added are reached. Those of IPv6 the kernel makes reachable some time later, on a machine
/// that makes and removes many namespaces hundreds of milliseconds later, and what comes earlier is lost without a word.
pub fn settle(
    socket: &mut NetlinkSocket,
    addresses: impl IntoIterator<Item = IpAddr>,
) -> Result<(), NetlinkError> {
    let end = Instant::now() + SETTLE_MAX;
    for address in addresses.into_iter().filter(IpAddr::is_ipv6) {
        while !route::is_local(socket, address)? {
            if Instant::now() > end {
                tracing::warn!(%address, "an address is not reached yet");
                return Ok(());
            }
            std::thread::sleep(SETTLE_INTERVAL);
        }
    }
    Ok(())
}

/// Every address of this kind in the socket's namespace, with its interface's number.
pub fn list(socket: &mut NetlinkSocket, kind: Family) -> Result<Vec<(u32, IpAddr)>, NetlinkError> {
    let mut addresses = Vec::new();
    let request =
        Message::new(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, &[kind.number(), 0, 0, 0, 0, 0, 0, 0]);
    socket.dump("list addresses", request, |reply| {
        let attributes = Attributes(reply.body.get(8..).unwrap_or_default());
        // Of IPv6 there is no local address beside one that the link ends at.
        let found = attributes.find(IFA_LOCAL).or_else(|| attributes.find(IFA_ADDRESS));
        let found = found.and_then(family::address).filter(|address| Family::of(*address) == kind);
        addresses.extend(u32_at(reply.body, 4).zip(found));
    })?;
    Ok(addresses)
}
