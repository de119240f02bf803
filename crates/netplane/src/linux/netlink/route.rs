//! Kernel routes, in tables. Everything the plane writes carries its own protocol number, so that reading back
//! and removing never touches a route that the kernel or a person made.

use std::net::IpAddr;

use ipnet::IpNet;

use super::encode::{Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_REPLACE, NLM_F_REQUEST};
use super::family::{self, Family, octets};
use super::parse::Attributes;
use super::socket::{NetlinkError, NetlinkSocket};

const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
const RTM_GETROUTE: u16 = 26;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_TABLE: u16 = 15;
const RTNH_F_ONLINK: u32 = 4;
const RTN_UNICAST: u8 = 1;
const RTN_LOCAL: u8 = 2;
const RTN_BLACKHOLE: u8 = 6;
const RTN_THROW: u8 = 9;
const SCOPE_UNIVERSE: u8 = 0;
const SCOPE_LINK: u8 = 253;
const PROTOCOL: u8 = 86;

/// The kernel's main table.
pub const MAIN_TABLE: u32 = 254;

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hop {
    /// Straight out of an interface.
    Link(u32),
    /// To a neighbour on an interface, whatever its address.
    Via(IpAddr, u32),
    /// Dropped without a word, as AWS drops what has no route.
    Blackhole,
    /// To this namespace itself: by the loopback interface, as if it had the address. IPv6 knows no other routes
    /// there.
    Local(u32),
    /// On to the next rule's table.
    Throw,
}

/// One route of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// The table.
    pub table: u32,
    /// The destination.
    pub destination: IpNet,
    /// Where it leads.
    pub hop: Hop,
}

fn message(kind: u16, flags: u16, route: &Route) -> Message {
    let (route_kind, scope, route_flags) = match route.hop {
        Hop::Link(_) => (RTN_UNICAST, SCOPE_LINK, 0),
        Hop::Via(IpAddr::V4(_), _) => (RTN_UNICAST, SCOPE_UNIVERSE, RTNH_F_ONLINK),
        // A gateway of IPv6 is a link-local address, which is on every link.
        Hop::Via(IpAddr::V6(_), _) => (RTN_UNICAST, SCOPE_UNIVERSE, 0),
        Hop::Local(_) => (RTN_LOCAL, SCOPE_UNIVERSE, 0),
        Hop::Blackhole => (RTN_BLACKHOLE, SCOPE_UNIVERSE, 0),
        Hop::Throw => (RTN_THROW, SCOPE_UNIVERSE, 0),
    };
    let len = route.destination.prefix_len();
    let family = Family::of(route.destination.addr()).number();
    let mut fixed = [family, len, 0, 0, 0, PROTOCOL, scope, route_kind, 0, 0, 0, 0];
    fixed[8..].copy_from_slice(&route_flags.to_ne_bytes());
    let mut message = Message::new(kind, NLM_F_REQUEST | NLM_F_ACK | flags, &fixed);
    message.u32(RTA_TABLE, route.table);
    if len > 0 {
        message.bytes(RTA_DST, &octets(route.destination.network()));
    }
    match route.hop {
        Hop::Link(index) | Hop::Local(index) => message.u32(RTA_OIF, index),
        Hop::Via(gateway, index) => {
            message.bytes(RTA_GATEWAY, &octets(gateway));
            message.u32(RTA_OIF, index);
        }
        Hop::Blackhole | Hop::Throw => {}
    }
    message
}

/// Adds a route, or changes where its destination leads.
pub fn replace(route: &Route) -> Message {
    message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route)
}

/// Removes a route.
pub fn remove(route: &Route) -> Message {
    message(RTM_DELROUTE, 0, route)
}

/// The plane's routes of one kind in the socket's namespace.
pub fn list(socket: &mut NetlinkSocket, family: Family) -> Result<Vec<Route>, NetlinkError> {
    let mut routes = Vec::new();
    let fixed = [family.number(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let request = Message::new(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, &fixed);
    socket.dump("list routes", request, |reply| routes.extend(read(reply.body, family)))?;
    Ok(routes)
}

/// Whether what is sent to an address of IPv6 arrives in the socket's namespace.
pub fn is_local(socket: &mut NetlinkSocket, address: IpAddr) -> Result<bool, NetlinkError> {
    let family = Family::of(address);
    let fixed = [family.number(), family.bits(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut request = Message::new(RTM_GETROUTE, NLM_F_REQUEST, &fixed);
    request.bytes(RTA_DST, &octets(address));
    let mut local = false;
    let asked =
        socket.dump("ask for a route", request, |reply| local = reply.body.get(7) == Some(&RTN_LOCAL));
    match asked {
        Err(NetlinkError::Refused { .. }) => Ok(false),
        asked => asked.map(|()| local),
    }
}

fn read(body: &[u8], family: Family) -> Option<Route> {
    let attributes = Attributes(body.get(12..)?);
    let (len, protocol, kind) = (*body.get(1)?, *body.get(5)?, *body.get(7)?);
    if protocol != PROTOCOL || body.first() != Some(&family.number()) {
        return None;
    }
    let address = |kind| attributes.find(kind).and_then(family::address);
    let unspecified = match family {
        Family::Ipv4 => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        Family::Ipv6 => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
    };
    let destination = IpNet::new(address(RTA_DST).unwrap_or(unspecified), len).ok()?;
    let hop = match (kind, address(RTA_GATEWAY), attributes.u32(RTA_OIF)) {
        (RTN_BLACKHOLE, ..) => Hop::Blackhole,
        (RTN_THROW, ..) => Hop::Throw,
        (RTN_LOCAL, _, Some(index)) => Hop::Local(index),
        (_, Some(gateway), Some(index)) => Hop::Via(gateway, index),
        (_, None, Some(index)) => Hop::Link(index),
        _ => return None,
    };
    Some(Route { table: attributes.u32(RTA_TABLE)?, destination, hop })
}
