//! Which blocks a VPC may have besides its primary one.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions>

use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

const fn net(a: u8, b: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, 0, 0), length)
}

/// RFC 1918.
const PRIVATE: [Ipv4Net; 3] = [net(10, 0, 8), net(172, 16, 12), net(192, 168, 16)];
/// AWS's own.
const RESERVED: [Ipv4Net; 3] = [net(198, 19, 16), net(169, 254, 16), net(127, 0, 8)];

/// Whether a VPC with the blocks `have`, the primary first, may not get `block`.
#[must_use]
pub fn is_restricted(have: &[Ipv4Net], block: Ipv4Net) -> bool {
    let within = |ranges: &[Ipv4Net], cidr: Ipv4Net| ranges.iter().position(|range| range.contains(&cidr));
    if within(&RESERVED, block).is_some() {
        return true;
    }
    // A VPC with private addresses takes only more of the same range, another VPC takes none.
    let other_range = have.first().is_some_and(|primary| {
        within(&PRIVATE, block).is_some_and(|range| within(&PRIVATE, *primary) != Some(range))
    });
    let services = net(10, 0, 15);
    let first_of_ten = have.iter().any(|cidr| services.contains(cidr)) && net(10, 0, 16).contains(&block);
    let default_range = net(172, 31, 16).contains(&block);
    other_range || first_of_ten || default_range
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_do_not_mix() {
        for (have, block, expected) in [
            ("10.5.0.0/16", "10.6.0.0/16", false),
            ("10.5.0.0/16", "100.64.0.0/16", false),
            ("10.5.0.0/16", "8.8.0.0/16", false),
            ("10.5.0.0/16", "172.16.0.0/16", true),
            ("10.5.0.0/16", "192.168.0.0/24", true),
            ("10.1.0.0/16", "10.0.1.0/24", true),
            ("10.0.1.0/24", "10.1.0.0/24", false),
            ("172.16.0.0/16", "172.31.0.0/24", true),
            ("192.168.0.0/24", "192.168.1.0/24", false),
            ("100.64.0.0/16", "10.0.0.0/16", true),
            ("100.64.0.0/16", "100.65.0.0/16", false),
            ("10.5.0.0/16", "198.19.0.0/24", true),
        ] {
            let (have, block) = (have.parse().unwrap(), block.parse().unwrap());
            assert_eq!(is_restricted(&[have], block), expected, "{block} beside {have}");
        }
    }
}
