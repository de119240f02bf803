//! Which addresses are outside: those that belong to somebody on the internet at large, and neither to this machine
//! nor to the networks around it.
//! <https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml>

use std::net::{IpAddr, Ipv4Addr};

/// Networks that are not outside, as address and prefix length. The address block for benchmarks is moat's own
/// internet.
pub const NOT_OUTSIDE: [(Ipv4Addr, u8); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, and what is reserved, with the broadcast address.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Whether a connection may leave for the address. Of IPv6 none does.
#[must_use]
pub fn is_outside(address: IpAddr) -> bool {
    let IpAddr::V4(address) = address.to_canonical() else { return false };
    let within = |(network, length): &(Ipv4Addr, u8)| {
        let shift = 32 - u32::from(*length);
        address.to_bits() >> shift == network.to_bits() >> shift
    };
    !NOT_OUTSIDE.iter().any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_this_machine_or_around_it_is_outside() {
        let outside = |text: &str| is_outside(text.parse().unwrap());
        for address in ["1.1.1.1", "93.184.215.14", "172.32.0.1", "100.128.0.1", "11.0.0.1", "::ffff:8.8.8.8"]
        {
            assert!(outside(address), "{address}");
        }
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.0.0.53",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "198.18.0.10",
            "198.19.255.254",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fd00::1",
            "2001:db8::1",
        ] {
            assert!(!outside(address), "{address}");
        }
    }
}
