//! One connection attempt, and what came of it.

use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, SockaddrStorage, bind, socket};

use crate::data_plane::Probe;

/// Which address is sent from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The one that the routes choose.
    Any,
    /// This one.
    Own(IpAddr),
    /// There is none of the destination's kind.
    None,
}

impl Source {
    /// The address to bind to.
    pub fn address(self) -> std::result::Result<Option<IpAddr>, Errno> {
        match self {
            Source::Any => Ok(None),
            Source::Own(address) => Ok(Some(address)),
            Source::None => Err(Errno::ENETUNREACH),
        }
    }
}

/// Tries a TCP connection from the calling thread's network namespace.
pub fn tcp(source: Source, to: SocketAddr, timeout: Duration) -> Probe {
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
pub fn connect(source: Source, to: SocketAddr, timeout: Duration) -> Result<TcpStream> {
    match source.address()? {
        Some(source) => connect_from(source, to, timeout),
        None => TcpStream::connect_timeout(&to, timeout),
    }
}

fn connect_from(source: IpAddr, to: SocketAddr, timeout: Duration) -> Result<TcpStream> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let family = if to.is_ipv6() { AddressFamily::Inet6 } else { AddressFamily::Inet };
    let socket: OwnedFd = socket(family, SockType::Stream, flags, None)?;
    bind(socket.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(source, 0)))?;
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
