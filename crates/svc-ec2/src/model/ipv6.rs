//! Blocks and addresses of IPv6.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#vpc-sizing-ipv6>

use ipnet::Ipv6Net;
use std::collections::BTreeSet;
use std::net::Ipv6Addr;

/// Where Amazon's blocks come from here: addresses for documentation (RFC 3849), which no real host has.
const POOL: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32);
/// What a VPC gets.
pub const VPC_PREFIX: u8 = 56;
/// The shortest and the longest prefix of a subnet, and the steps between them.
const SUBNET_PREFIXES: std::ops::RangeInclusive<u8> = 44..=64;
const PREFIX_STEP: usize = 4;
/// The first addresses of a subnet are AWS's, and so is the last.
const RESERVED_FIRST: u128 = 4;
/// How many bits tell the pool's blocks apart.
pub const BLOCK_BITS: u8 = VPC_PREFIX - 32;

/// The block of this number of the pool.
#[must_use]
pub fn vpc_block(number: u32) -> Option<Ipv6Net> {
    let number = u128::from(number) & ((1 << BLOCK_BITS) - 1);
    let base = POOL.network().to_bits() | (number << (128 - u32::from(VPC_PREFIX)));
    Ipv6Net::new(Ipv6Addr::from_bits(base), VPC_PREFIX).ok()
}

/// Whether a subnet may have a block of this size.
#[must_use]
pub fn is_subnet_size(block: Ipv6Net) -> bool {
    SUBNET_PREFIXES.step_by(PREFIX_STEP).any(|length| length == block.prefix_len())
}

/// Whether an interface in the subnet may have this address.
#[must_use]
pub fn is_usable(subnet: Ipv6Net, address: Ipv6Addr) -> bool {
    let offset = address.to_bits().wrapping_sub(subnet.network().to_bits());
    subnet.contains(&address) && offset >= RESERVED_FIRST && address != subnet.broadcast()
}

/// The first usable address from a random place on that nobody has.
#[must_use]
pub fn free(subnet: Ipv6Net, random: u64, used: &BTreeSet<Ipv6Addr>) -> Option<Ipv6Addr> {
    let size = 1_u128 << (128 - u32::from(subnet.prefix_len()));
    let tries = u128::try_from(used.len()).unwrap_or(u128::MAX).saturating_add(RESERVED_FIRST + 2);
    let at = |offset: u128| {
        let offset = u128::from(random).wrapping_add(offset) % size;
        Ipv6Addr::from_bits(subnet.network().to_bits() | offset)
    };
    (0..tries.min(size)).map(at).find(|address| is_usable(subnet, *address) && !used.contains(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_the_pool_do_not_meet() {
        assert_eq!(vpc_block(0x00ab_cdef).unwrap().to_string(), "2001:db8:abcd:ef00::/56");
        assert_eq!(vpc_block(0xff00_0001), vpc_block(1));
    }

    #[test]
    fn sizes_go_in_steps_of_four() {
        for (text, good) in [
            ("2001:db8::/44", true),
            ("2001:db8::/56", true),
            ("2001:db8::/64", true),
            ("2001:db8::/62", false),
        ] {
            assert_eq!(is_subnet_size(text.parse().unwrap()), good, "{text}");
        }
        assert!(!is_subnet_size("2001:db8::/68".parse().unwrap()));
    }

    #[test]
    fn reserved_and_used_addresses_are_passed_over() {
        let subnet = "2001:db8:0:100::/64".parse().unwrap();
        let last = u64::MAX;
        assert_eq!(free(subnet, last, &BTreeSet::new()).unwrap().to_string(), "2001:db8:0:100::4");
        let used = ["2001:db8:0:100::4".parse().unwrap()].into();
        assert_eq!(free(subnet, 0, &used).unwrap().to_string(), "2001:db8:0:100::5");
    }
}
