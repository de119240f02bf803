//! One connection attempt, and what came of it.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::data_plane::Probe;

/// Tries a TCP connection from the calling thread's network namespace.
pub fn tcp(to: SocketAddr, timeout: Duration) -> Probe {
    match TcpStream::connect_timeout(&to, timeout) {
        Ok(_) => Probe::Connected,
        Err(e) => match e.kind() {
            ErrorKind::ConnectionRefused => Probe::Refused,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Probe::TimedOut,
            _ => Probe::Unreachable,
        },
    }
}
