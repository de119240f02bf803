//! Private addresses of a subnet and public addresses of the account.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>

use ipnet::Ipv4Net;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// The first four addresses and the last are AWS's: network, router, DNS, future use, broadcast.
const RESERVED_FIRST: u32 = 4;
const RESERVED: u32 = 5;

/// Where Elastic IP addresses come from: half of the block for benchmarking, RFC 2544, which no
/// real host has. The first 256 are left to gateways.
const PUBLIC_FIRST: u32 = u32::from_be_bytes([198, 19, 1, 0]);
const PUBLIC_LAST: u32 = u32::from_be_bytes([198, 19, 255, 254]);

/// How many interfaces' addresses fit into a subnet.
#[must_use]
pub fn capacity(subnet: Ipv4Net) -> u32 {
    let size = 1u64 << (32 - u32::from(subnet.prefix_len()));
    u32::try_from(size).unwrap_or(u32::MAX).saturating_sub(RESERVED)
}

/// Whether an interface in the subnet may have this address.
#[must_use]
pub fn is_usable(subnet: Ipv4Net, address: Ipv4Addr) -> bool {
    let offset = u32::from(address).wrapping_sub(u32::from(subnet.network()));
    subnet.contains(&address) && offset >= RESERVED_FIRST && address != subnet.broadcast()
}

/// The lowest address that is neither reserved nor used.
#[must_use]
pub fn first_free(subnet: Ipv4Net, used: &BTreeSet<Ipv4Addr>) -> Option<Ipv4Addr> {
    let first = u32::from(subnet.network()).checked_add(RESERVED_FIRST)?;
    let last = u32::from(subnet.broadcast()).checked_sub(1)?;
    (first..=last).map(Ipv4Addr::from).find(|address| !used.contains(address))
}

/// The lowest public address that nobody has.
#[must_use]
pub fn first_free_public(used: &BTreeSet<Ipv4Addr>) -> Option<Ipv4Addr> {
    (PUBLIC_FIRST..=PUBLIC_LAST).map(Ipv4Addr::from).find(|address| !used.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slash_28_has_eleven_addresses() {
        let subnet: Ipv4Net = "10.0.0.16/28".parse().unwrap();
        assert_eq!(capacity(subnet), 11);
        let mut used = BTreeSet::new();
        while let Some(address) = first_free(subnet, &used) {
            assert!(is_usable(subnet, address));
            used.insert(address);
        }
        assert_eq!(used.len(), 11);
        assert_eq!(used.first().unwrap().to_string(), "10.0.0.20");
        assert_eq!(used.last().unwrap().to_string(), "10.0.0.30");
    }

    proptest! {
        #[test]
        fn usable_addresses_are_as_many_as_the_capacity(base: u32, prefix in 24u8..=28) {
            let subnet = Ipv4Net::new(Ipv4Addr::from(base), prefix).unwrap().trunc();
            let all = u32::from(subnet.network())..=u32::from(subnet.broadcast());
            let usable = all.filter(|a| is_usable(subnet, Ipv4Addr::from(*a))).count();
            prop_assert_eq!(usable, capacity(subnet) as usize);
        }
    }
}
