//! NFLOG: the kernel reports each packet that a rule drops, under the rule's prefix, and each packet of an interface
//! that a flow log covers.
//!
//! Format: <https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/uapi/linux/netfilter/nfnetlink_log.h>.

use std::io::{self, PipeReader};
use std::net::IpAddr;
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use vpc::Payload;
use vpc::flow_log::TrafficPath;

use super::netlink::encode::{Message, NLM_F_ACK, NLM_F_REQUEST};
use super::netlink::family;
use super::netlink::parse::{Attributes, Replies};
use super::netlink::socket::{NetlinkError, NetlinkSocket};

/// The group that rules which drop report to.
pub const GROUP: u16 = 1;
/// The group that packets of recorded interfaces are reported to.
pub const FLOWS: u16 = 2;
/// How many of these wait for each other.
pub const FLOWS_AT_ONCE: u16 = 32;
/// Under which a packet is reported that reaches a recorded interface.
pub const FLOW_IN: &str = "flow in";
/// How long they wait at most, in hundredths of a second.
const FLOWS_WAIT: u32 = 10;

/// Under which a packet is reported that leaves a recorded interface this way.
pub fn flow_out(path: TrafficPath) -> &'static str {
    match path {
        TrafficPath::SameVpc => "flow out vpc",
        TrafficPath::Peering => "flow out pcx",
        TrafficPath::GatewayEndpoint => "flow out vpce",
        TrafficPath::InternetGateway => "flow out igw",
    }
}

const SUBSYSTEM: u16 = 4;
const CONFIG: u16 = (SUBSYSTEM << 8) | 1;
const PACKET: u16 = SUBSYSTEM << 8;
const CFG_CMD: u16 = 1;
const CFG_MODE: u16 = 2;
const CMD_BIND: u8 = 1;
const COPY_PACKET: u8 = 2;
const COPY_BYTES: u32 = 96;
const INDEV: u16 = 4;
const OUTDEV: u16 = 5;
const PAYLOAD: u16 = 9;
const PREFIX: u16 = 10;
const SEQUENCE: u16 = 12;
const CFG_TIMEOUT: u16 = 4;
const CFG_FLAGS: u16 = 6;
const NUMBERED: u16 = 1;
const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
const IPV6_HEADER: u16 = 40;
/// Headers between that of IPv6 and what it carries: hop by hop, routing, fragment, destination options.
const EXTENSIONS: [u8; 4] = [0, 43, FRAGMENT, 60];
const FRAGMENT: u8 = 44;
const EXTENSION_UNIT: usize = 8;

/// One packet, as the kernel tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The rule's prefix.
    pub prefix: String,
    /// Its number among the reports of its group, where they are numbered.
    pub sequence: Option<u32>,
    /// Number of the interface it came in by.
    pub in_interface: Option<u32>,
    /// Number of the interface it would have left by.
    pub out_interface: Option<u32>,
    /// Its source address.
    pub source: IpAddr,
    /// Its destination address.
    pub destination: IpAddr,
    /// What it carries.
    pub payload: Payload,
    /// Its length with the IP header.
    pub length: u16,
    /// The flags of a TCP segment.
    pub tcp_flags: u8,
}

/// Subscribes a netfilter socket to the reports of its namespace.
pub fn subscribe(socket: &mut NetlinkSocket) -> Result<(), NetlinkError> {
    // The kernel drops reports when the reader is slow; that must not end the reading.
    let quiet = socket.raw().set_no_enobufs(true);
    quiet.map_err(|source| NetlinkError::Socket { step: "set options", source })?;
    for group in [GROUP, FLOWS] {
        let mut bind = config(group);
        bind.bytes(CFG_CMD, &[CMD_BIND]);
        socket.request("subscribe to reports", bind)?;
        let mut mode = config(group);
        let [a, b, c, d] = COPY_BYTES.to_be_bytes();
        mode.bytes(CFG_MODE, &[a, b, c, d, COPY_PACKET, 0]);
        socket.request("choose what reports hold", mode)?;
    }
    let mut flows = config(FLOWS);
    flows.be32(CFG_TIMEOUT, FLOWS_WAIT);
    flows.be16(CFG_FLAGS, NUMBERED);
    socket.request("choose when flows are reported", flows)
}

fn config(group: u16) -> Message {
    let [high, low] = group.to_be_bytes();
    Message::new(CONFIG, NLM_F_REQUEST | NLM_F_ACK, &[0, 0, high, low])
}

/// Reads reports until the other end of `stop` is closed.
pub fn read_until_closed(socket: &NetlinkSocket, stop: &PipeReader, mut each: impl FnMut(Report)) {
    loop {
        let mut waits = [
            PollFd::new(socket.raw().as_fd(), PollFlags::POLLIN),
            PollFd::new(stop.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut waits, PollTimeout::NONE) {
            Err(nix::errno::Errno::EINTR) => continue,
            Err(_) => return,
            Ok(_) => {}
        }
        if waits.get(1).and_then(PollFd::any).unwrap_or(true) {
            return;
        }
        while let Ok(bytes) = receive(socket) {
            Replies(&bytes).filter(|r| r.kind == PACKET).filter_map(|r| report(r.body)).for_each(&mut each);
        }
    }
}

fn receive(socket: &NetlinkSocket) -> io::Result<Vec<u8>> {
    let mut buffer = Vec::with_capacity(1 << 16);
    socket.raw().recv(&mut buffer, nix::sys::socket::MsgFlags::MSG_DONTWAIT.bits())?;
    Ok(buffer)
}

fn report(body: &[u8]) -> Option<Report> {
    let attributes = Attributes(body.get(4..)?);
    let packet = Packet::parse(attributes.find(PAYLOAD)?)?;
    Some(Report {
        prefix: attributes.string(PREFIX)?,
        in_interface: attributes.be32(INDEV),
        out_interface: attributes.be32(OUTDEV),
        sequence: attributes.be32(SEQUENCE),
        length: packet.length,
        tcp_flags: packet.tcp_flags().unwrap_or_default(),
        source: packet.source,
        destination: packet.destination,
        payload: packet.payload()?,
    })
}

/// The beginning of an IP packet of either kind.
struct Packet<'a> {
    length: u16,
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    /// What is behind the headers of IP.
    transport: &'a [u8],
}

impl<'a> Packet<'a> {
    fn parse(packet: &'a [u8]) -> Option<Packet<'a>> {
        match packet.first()? >> 4 {
            6 => Self::parse_v6(packet),
            _ => Self::parse_v4(packet),
        }
    }

    fn parse_v4(packet: &'a [u8]) -> Option<Packet<'a>> {
        Some(Packet {
            length: u16_at(packet, 2)?,
            source: family::address(packet.get(12..16)?)?,
            destination: family::address(packet.get(16..20)?)?,
            protocol: *packet.get(9)?,
            transport: packet.get(usize::from(packet.first()? & 0xf) * 4..)?,
        })
    }

    fn parse_v6(packet: &'a [u8]) -> Option<Packet<'a>> {
        let (mut protocol, mut at) = (*packet.get(6)?, usize::from(IPV6_HEADER));
        while EXTENSIONS.contains(&protocol) {
            let length = match protocol {
                FRAGMENT => EXTENSION_UNIT,
                _ => (usize::from(*packet.get(at + 1)?) + 1) * EXTENSION_UNIT,
            };
            protocol = *packet.get(at)?;
            at += length;
        }
        Some(Packet {
            length: u16_at(packet, 4)?.saturating_add(IPV6_HEADER),
            source: family::address(packet.get(8..24)?)?,
            destination: family::address(packet.get(24..40)?)?,
            protocol,
            transport: packet.get(at..)?,
        })
    }

    fn tcp_flags(&self) -> Option<u8> {
        self.transport.get(13).copied().filter(|_| self.protocol == TCP)
    }

    fn payload(&self) -> Option<Payload> {
        let ports = u16_at(self.transport, 0).zip(u16_at(self.transport, 2));
        let of_icmp = || Some((*self.transport.first()?, *self.transport.get(1)?));
        Some(match (self.protocol, ports, of_icmp()) {
            (TCP, Some((source_port, destination_port)), _) => Payload::Tcp { source_port, destination_port },
            (UDP, Some((source_port, destination_port)), _) => Payload::Udp { source_port, destination_port },
            (ICMP, _, Some((kind, code))) => Payload::Icmp { kind, code },
            (ICMPV6, _, Some((kind, code))) => Payload::Icmpv6 { kind, code },
            (other, ..) => Payload::Other(other),
        })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}
