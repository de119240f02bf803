//! CIDR blocks. Host bits are cleared, as AWS does: `10.0.0.1/16` becomes `10.0.0.0/16`.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The shortest and longest prefix of a VPC and of a subnet.
pub const PREFIX_LENGTHS: std::ops::RangeInclusive<u8> = 16..=28;

#[must_use]
pub fn ipv4(text: &str) -> Option<Ipv4Net> {
    text.parse::<Ipv4Net>().ok().map(|net| net.trunc())
}

#[must_use]
pub fn ipv6(text: &str) -> Option<Ipv6Net> {
    text.parse::<Ipv6Net>().ok().map(|net| net.trunc())
}

/// Either family.
#[must_use]
pub fn either(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().map(|net| net.trunc())
}

#[must_use]
pub fn overlap(a: &Ipv4Net, b: &Ipv4Net) -> bool {
    a.contains(b) || b.contains(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_bits_are_cleared() {
        assert_eq!(ipv4("10.0.0.1/16").unwrap().to_string(), "10.0.0.0/16");
        assert_eq!(either("2001:db8::1/64").unwrap().to_string(), "2001:db8::/64");
    }

    #[test]
    fn what_is_no_cidr_is_refused() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/-1", "::/0"] {
            assert!(ipv4(text).is_none(), "{text}");
        }
    }

    #[test]
    fn overlap_is_symmetric() {
        let (a, b) = (ipv4("10.0.0.0/16").unwrap(), ipv4("10.0.1.0/24").unwrap());
        let c = ipv4("10.1.0.0/16").unwrap();
        assert!(overlap(&a, &b) && overlap(&b, &a));
        assert!(!overlap(&a, &c) && !overlap(&c, &b));
    }
}
