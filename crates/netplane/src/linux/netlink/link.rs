//! Links: veth pairs whose far end is made directly in another network namespace, and what is there.

use std::os::fd::{AsRawFd, BorrowedFd};

use super::encode::{Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST};
use super::parse::{Attributes, u32_at};
use super::socket::{NetlinkError, NetlinkSocket};

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_GETLINK: u16 = 18;
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const IFLA_GROUP: u16 = 27;
const IFLA_NET_NS_FD: u16 = 28;
const IFLA_NUM_TX_QUEUES: u16 = 31;
const IFLA_NUM_RX_QUEUES: u16 = 32;
const VETH_INFO_PEER: u16 = 1;
const IFF_UP: u32 = 1;

/// A hardware address.
pub type Mac = [u8; 6];

/// One end of a veth pair.
#[derive(Debug, Clone)]
pub struct VethEnd<'a> {
    /// The interface's name, at most 15 bytes.
    pub name: &'a str,
    /// The interface's number in its namespace.
    pub index: u32,
    /// Its hardware address.
    pub mac: Mac,
}

/// A link as the kernel reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The interface's number.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Whether it is administratively up.
    pub up: bool,
    /// Its group; 0 as long as it was given none.
    pub group: u32,
}

fn ifinfo(index: u32, flags: u32) -> [u8; 16] {
    let mut fixed = [0; 16];
    fixed[4..8].copy_from_slice(&index.to_ne_bytes());
    fixed[8..12].copy_from_slice(&flags.to_ne_bytes());
    fixed[12..16].copy_from_slice(&flags.to_ne_bytes());
    fixed
}

/// As [`ifinfo`], leaving the flags as they are.
fn ifinfo_keep(index: u32) -> [u8; 16] {
    let mut fixed = [0; 16];
    fixed[4..8].copy_from_slice(&index.to_ne_bytes());
    fixed
}

fn describe(message: &mut Message, end: &VethEnd<'_>) {
    message.string(IFLA_IFNAME, end.name);
    message.bytes(IFLA_ADDRESS, &end.mac);
    // One queue: a pair serves one interface, and queues cost memory and set-up time.
    message.u32(IFLA_NUM_TX_QUEUES, 1);
    message.u32(IFLA_NUM_RX_QUEUES, 1);
}

/// A veth pair: the near end up, the peer still down in the namespace behind `peer_netns`, which must
/// stay open until the message is sent.
pub fn create_veth(near: &VethEnd<'_>, peer: &VethEnd<'_>, peer_netns: BorrowedFd<'_>) -> Message {
    let flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    let mut message = Message::new(RTM_NEWLINK, flags, &ifinfo(near.index, IFF_UP));
    describe(&mut message, near);
    message.nested(IFLA_LINKINFO, |info| {
        info.string(IFLA_INFO_KIND, "veth");
        info.nested(IFLA_INFO_DATA, |data| {
            data.nested(VETH_INFO_PEER, |far| {
                // The kernel brings a peer up only once the pair exists.
                far.raw(&ifinfo(peer.index, 0));
                describe(far, peer);
                far.u32(IFLA_NET_NS_FD, peer_netns.as_raw_fd().cast_unsigned());
            });
        });
    });
    message
}

/// Brings an interface up.
pub fn set_up(index: u32) -> Message {
    Message::new(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &ifinfo(index, IFF_UP))
}

/// Changes an interface's hardware address.
pub fn set_mac(index: u32, mac: Mac) -> Message {
    let mut message = Message::new(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &ifinfo_keep(index));
    message.bytes(IFLA_ADDRESS, &mac);
    message
}

/// Puts an interface into a group of interfaces.
pub fn set_group(index: u32, group: u32) -> Message {
    let mut message = Message::new(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, &ifinfo_keep(index));
    message.u32(IFLA_GROUP, group);
    message
}

/// Waits until an interface whose peer just came up really sends. The kernel notices the peer some time later and
/// drops silently until then, but it first makes sure when it is asked about the one interface.
pub fn settle(index: u32) -> Message {
    Message::new(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, &ifinfo(index, 0))
}

/// Removes an interface, and with it its veth peer.
pub fn delete(index: u32) -> Message {
    Message::new(RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, &ifinfo(index, 0))
}

/// Every link of the socket's namespace.
pub fn list(socket: &mut NetlinkSocket) -> Result<Vec<Link>, NetlinkError> {
    let mut links = Vec::new();
    let message = Message::new(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, &ifinfo(0, 0));
    socket.dump("list links", message, |reply| {
        let attributes = Attributes(reply.body.get(16..).unwrap_or_default());
        if let (Some(index), Some(flags), Some(name)) =
            (u32_at(reply.body, 4), u32_at(reply.body, 8), attributes.string(IFLA_IFNAME))
        {
            let group = attributes.find(IFLA_GROUP).and_then(|bytes| u32_at(bytes, 0)).unwrap_or_default();
            links.push(Link { index, name, up: flags & IFF_UP != 0, group });
        }
    })?;
    Ok(links)
}
