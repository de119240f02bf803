//! The header that tells a target who the client is (the PROXY protocol, version 2, section 2.2).
//! <https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt>

use std::net::SocketAddr;

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// Version 2, on behalf of another.
const PROXIED: u8 = 0x21;
const TCP_OVER_IPV4: u8 = 0x11;
const TCP_OVER_IPV6: u8 = 0x21;

/// `to` is where the client connected to.
pub(crate) fn header(client: SocketAddr, to: SocketAddr) -> Vec<u8> {
    let mut addresses = Vec::new();
    let family = match (client, to) {
        (SocketAddr::V4(client), SocketAddr::V4(to)) => {
            addresses.extend(client.ip().octets());
            addresses.extend(to.ip().octets());
            TCP_OVER_IPV4
        }
        (client, to) => {
            for address in [client, to] {
                let ip = match address {
                    SocketAddr::V4(v4) => v4.ip().to_ipv6_mapped(),
                    SocketAddr::V6(v6) => *v6.ip(),
                };
                addresses.extend(ip.octets());
            }
            TCP_OVER_IPV6
        }
    };
    addresses.extend(client.port().to_be_bytes());
    addresses.extend(to.port().to_be_bytes());
    let length = u16::try_from(addresses.len()).unwrap_or_default().to_be_bytes();
    [&SIGNATURE[..], &[PROXIED, family], &length, &addresses].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_told() {
        let v4 = header("10.0.0.1:258".parse().unwrap(), "10.0.0.2:80".parse().unwrap());
        assert_eq!(v4[12..], [0x21, 0x11, 0, 12, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 0, 80]);
        let v6 = header("[::1]:1".parse().unwrap(), "[::2]:2".parse().unwrap());
        assert_eq!((v6.len(), &v6[13..16]), (16 + 36, &[0x21, 0, 36][..]));
    }
}
