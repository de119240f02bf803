//! One echo request, and what came of it.
//! <https://www.rfc-editor.org/rfc/rfc792>, <https://www.rfc-editor.org/rfc/rfc4443>

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrStorage, bind, connect, recv, send,
    socket,
};

use crate::data_plane::Probe;
use crate::probe::Source;

/// What tells this process's requests from others'.
const SEQUENCE: u16 = 1;

/// Sends an echo request from the calling thread's network namespace, from a certain address where one is given.
pub fn ping(source: Source, to: IpAddr, timeout: Duration) -> Probe {
    match exchange(source, to, timeout) {
        Ok(true) => Probe::Connected,
        Ok(false) => Probe::TimedOut,
        Err(_) => Probe::Unreachable,
    }
}

fn exchange(source: Source, to: IpAddr, timeout: Duration) -> nix::Result<bool> {
    let (family, protocol) = match to {
        IpAddr::V4(_) => (AddressFamily::Inet, SockProtocol::Icmp),
        IpAddr::V6(_) => (AddressFamily::Inet6, SockProtocol::IcmpV6),
    };
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let fd: OwnedFd = socket(family, SockType::Raw, flags, protocol)?;
    if let Some(source) = source.address()? {
        bind(fd.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(source, 0)))?;
    }
    connect(fd.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(to, 0)))?;
    // The socket's number tells apart requests that are under way at once; who answers gives it back.
    let id = u16::try_from(fd.as_raw_fd() & 0xffff).unwrap_or_default() ^ 0x6d6f;
    send(fd.as_raw_fd(), &request(to, id), MsgFlags::empty())?;
    let end = Instant::now() + timeout;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let mut waited = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
        if left.is_zero() || poll(&mut waited, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX))? == 0
        {
            return Ok(false);
        }
        let mut buffer = [0; 512];
        match recv(fd.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
            Ok(length) if is_reply(buffer.get(..length).unwrap_or_default(), to, id) => return Ok(true),
            Ok(_) | Err(Errno::EAGAIN) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Of IPv6 the kernel writes the checksum.
fn request(to: IpAddr, id: u16) -> Vec<u8> {
    let kind = if to.is_ipv4() { 8 } else { 128 };
    let mut packet = vec![kind, 0, 0, 0];
    packet.extend_from_slice(&id.to_be_bytes());
    packet.extend_from_slice(&SEQUENCE.to_be_bytes());
    packet.extend_from_slice(b"moat");
    if to.is_ipv4() {
        let checksum = checksum(&packet).to_be_bytes();
        packet.splice(2..4, checksum);
    }
    packet
}

/// <https://www.rfc-editor.org/rfc/rfc1071>
fn checksum(packet: &[u8]) -> u16 {
    let pair = |pair: &[u8]| u32::from(pair.iter().fold(0u16, |sum, byte| (sum << 8) | u16::from(*byte)));
    let sum: u32 = packet.chunks(2).map(pair).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from(folded & 0xffff).unwrap_or_default()
}

/// IPv4 comes with its header, IPv6 without.
fn is_reply(bytes: &[u8], to: IpAddr, id: u16) -> bool {
    let header = match (to, bytes.first()) {
        (IpAddr::V4(_), Some(first)) => usize::from(first & 0xf) * 4,
        _ => 0,
    };
    let kind = if to.is_ipv4() { 0 } else { 129 };
    let Some(message) = bytes.get(header..) else { return false };
    message.first() == Some(&kind) && message.get(4..6) == Some(id.to_be_bytes().as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn a_request_is_told_from_its_reply_and_from_anothers() {
        let to = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut packet = request(to, 0x1234);
        assert_eq!(checksum(&packet), 0);
        let mut received = vec![0x45];
        received.resize(20, 0);
        received.append(&mut packet);
        assert!(!is_reply(&received, to, 0x1234));
        received[20] = 0;
        assert!(is_reply(&received, to, 0x1234) && !is_reply(&received, to, 0x1235));
        assert!(!is_reply(&[], to, 0x1234) && !is_reply(&[0x4f], to, 0x1234));
    }
}
