//! NFLOG: the kernel reports each packet that a rule drops, under the rule's prefix, and each packet of an interface
//! that a flow log covers.
//!
//! Format: <https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/uapi/linux/netfilter/nfnetlink_log.h>.

use std::io::{self, PipeReader};
use std::net::Ipv4Addr;
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use vpc::Payload;
use vpc::flow_log::TrafficPath;

use super::netlink::encode::{Message, NLM_F_ACK, NLM_F_REQUEST};
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
    pub source: Ipv4Addr,
    /// Its destination address.
    pub destination: Ipv4Addr,
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
    let packet = attributes.find(PAYLOAD)?;
    let address = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
    Some(Report {
        prefix: attributes.string(PREFIX)?,
        in_interface: attributes.be32(INDEV),
        out_interface: attributes.be32(OUTDEV),
        sequence: attributes.be32(SEQUENCE),
        length: u16::from_be_bytes(packet.get(2..4)?.try_into().ok()?),
        tcp_flags: tcp_flags(packet).unwrap_or_default(),
        source: address(12)?,
        destination: address(16)?,
        payload: payload(packet)?,
    })
}

fn tcp_flags(packet: &[u8]) -> Option<u8> {
    let header = usize::from(packet.first()? & 0xf) * 4;
    packet.get(header + 13).copied().filter(|_| packet.get(9) == Some(&TCP))
}

fn payload(packet: &[u8]) -> Option<Payload> {
    let header = usize::from(packet.first()? & 0xf) * 4;
    let protocol = *packet.get(9)?;
    let port =
        |at: usize| Some(u16::from_be_bytes(packet.get(header + at..header + at + 2)?.try_into().ok()?));
    let ports = || Some((port(0)?, port(2)?));
    Some(match (protocol, ports()) {
        (TCP, Some((source_port, destination_port))) => Payload::Tcp { source_port, destination_port },
        (UDP, Some((source_port, destination_port))) => Payload::Udp { source_port, destination_port },
        (ICMP, Some(_)) => Payload::Icmp { kind: *packet.get(header)?, code: *packet.get(header + 1)? },
        (other, _) => Payload::Other(other),
    })
}
