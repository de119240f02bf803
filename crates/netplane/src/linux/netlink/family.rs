//! The two kinds of IP, as netlink and nftables number them.

use std::net::IpAddr;

use ipnet::IpNet;

/// A kind of IP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Version 4.
    #[default]
    Ipv4,
    /// Version 6.
    Ipv6,
}

impl Family {
    /// The kind of an address.
    pub fn of(address: IpAddr) -> Family {
        if address.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }
    }

    /// The number of the kind in `AF_…` and `NFPROTO_…`, which are the same here.
    pub fn number(self) -> u8 {
        match self {
            Family::Ipv4 => 2,
            Family::Ipv6 => 10,
        }
    }

    /// Whether the network is of this kind.
    pub fn has(self, network: IpNet) -> bool {
        Family::of(network.addr()) == self
    }

    /// How long an address is, in bits.
    pub fn bits(self) -> u8 {
        match self {
            Family::Ipv4 => 32,
            Family::Ipv6 => 128,
        }
    }
}

/// The bytes of an address in network order.
pub fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Reads what [`octets`] writes.
pub fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    v4.or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
}
