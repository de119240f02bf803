//! One connection attempt, and what came of it.

use std::io::{Error, ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, SockaddrStorage, bind, socket};

use crate::data_plane::Probe;

/// Tries a TCP connection from the calling thread's network namespace.
pub fn tcp(source: Option<Ipv4Addr>, to: SocketAddr, timeout: Duration) -> Probe {
    match connect(source, to, timeout) {
        Ok(_) => Probe::Connected,
        Err(e) => match e.kind() {
            ErrorKind::ConnectionRefused => Probe::Refused,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Probe::TimedOut,
            _ => Probe::Unreachable,
        },
    }
}

/// Opens a TCP connection from there, from a certain address where one is given.
pub fn connect(source: Option<Ipv4Addr>, to: SocketAddr, timeout: Duration) -> Result<TcpStream> {
    match (source, to) {
        (Some(source), SocketAddr::V4(_)) => connect_from(source, to, timeout),
        _ => TcpStream::connect_timeout(&to, timeout),
    }
}

fn connect_from(source: Ipv4Addr, to: SocketAddr, timeout: Duration) -> Result<TcpStream> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket: OwnedFd = socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
    bind(socket.as_raw_fd(), &SockaddrIn::from(std::net::SocketAddrV4::new(source, 0)))?;
    match nix::sys::socket::connect(socket.as_raw_fd(), &SockaddrStorage::from(to)) {
        Ok(()) | Err(Errno::EINPROGRESS) => {}
        Err(error) => return Err(error.into()),
    }
    let mut waited = [PollFd::new(socket.as_fd(), PollFlags::POLLOUT)];
    let patience = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
    if poll(&mut waited, patience)? == 0 {
        return Err(Error::from(ErrorKind::TimedOut));
    }
    let stream = TcpStream::from(socket);
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    stream.set_nonblocking(false)?;
    Ok(stream)
}

/// Where a connection wanted to go that was led here.
///
/// # Errors
/// When it was not led here from elsewhere.
pub fn original_destination(stream: &impl AsFd) -> Result<std::net::SocketAddrV4> {
    let found = nix::sys::socket::getsockopt(&stream.as_fd(), nix::sys::socket::sockopt::OriginalDst)?;
    Ok(SockaddrIn::from(found).into())
}
