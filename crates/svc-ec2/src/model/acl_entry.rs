//! What an entry of a network ACL matches.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html>

use serde::{Deserialize, Serialize};
use vpc::{IcmpMatch, PortRange, Traffic};

/// The numbers that users may give to entries.
pub const NUMBERS: std::ops::RangeInclusive<i32> = 1..=32766;

const ICMP: i16 = 1;
const TCP: i16 = 6;
const UDP: i16 = 17;
const ICMPV6: i16 = 58;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclTraffic {
    /// The IP protocol number; -1 is all.
    pub protocol: i16,
    /// For TCP and UDP.
    pub ports: Option<(u16, u16)>,
    /// Type and code for ICMP and ICMPv6; -1 is any.
    pub icmp: Option<(i32, i32)>,
}

/// Why values make no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AclTrafficError {
    #[error("the protocol `{0}` is neither a number nor a known name")]
    Protocol(String),
    #[error("the entry needs a range of ports")]
    PortsMissing,
    #[error("the range of ports `{0}` to `{1}` is not one")]
    Ports(i32, i32),
    #[error("the entry needs an ICMP type and code")]
    IcmpMissing,
    #[error("the ICMP type `{0}` with code `{1}` is not one")]
    Icmp(i32, i32),
}

impl AclTraffic {
    /// The traffic that every protocol has.
    pub const ALL: Self = Self { protocol: -1, ports: None, icmp: None };

    pub fn new(
        protocol: &str,
        ports: Option<(Option<i32>, Option<i32>)>,
        icmp: Option<(Option<i32>, Option<i32>)>,
    ) -> Result<Self, AclTrafficError> {
        let protocol = number(protocol)?;
        let ports = match protocol {
            TCP | UDP => Some(port_range(ports)?),
            _ => None,
        };
        let icmp = match protocol {
            ICMP | ICMPV6 => Some(icmp_match(icmp)?),
            _ => None,
        };
        Ok(Self { protocol, ports, icmp })
    }

    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let range = self.ports.map_or(PortRange::ALL, |(from, to)| PortRange { from, to });
        match self.protocol {
            ICMP => Traffic::Icmp(self.icmp_match()),
            ICMPV6 => Traffic::Icmpv6(self.icmp_match()),
            TCP => Traffic::Tcp(range),
            UDP => Traffic::Udp(range),
            other => u8::try_from(other).map_or(Traffic::All, Traffic::Protocol),
        }
    }

    fn icmp_match(&self) -> IcmpMatch {
        let (kind, code) = self.icmp.unwrap_or((-1, -1));
        IcmpMatch { kind: u8::try_from(kind).ok(), code: u8::try_from(code).ok() }
    }
}

fn number(protocol: &str) -> Result<i16, AclTrafficError> {
    match protocol.to_ascii_lowercase().as_str() {
        "all" | "-1" => Ok(-1),
        "icmp" => Ok(ICMP),
        "tcp" => Ok(TCP),
        "udp" => Ok(UDP),
        "icmpv6" => Ok(ICMPV6),
        text => text.parse::<u8>().map(i16::from).map_err(|_| AclTrafficError::Protocol(protocol.to_owned())),
    }
}

fn port_range(ports: Option<(Option<i32>, Option<i32>)>) -> Result<(u16, u16), AclTrafficError> {
    let Some((Some(from), Some(to))) = ports else { return Err(AclTrafficError::PortsMissing) };
    match (u16::try_from(from), u16::try_from(to)) {
        (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
        _ => Err(AclTrafficError::Ports(from, to)),
    }
}

fn icmp_match(icmp: Option<(Option<i32>, Option<i32>)>) -> Result<(i32, i32), AclTrafficError> {
    let Some((Some(kind), code)) = icmp else { return Err(AclTrafficError::IcmpMissing) };
    let code = code.unwrap_or(-1);
    let fits = |n: i32| (-1..=255).contains(&n);
    if fits(kind) && fits(code) { Ok((kind, code)) } else { Err(AclTrafficError::Icmp(kind, code)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(protocol: &str, ports: Option<(i32, i32)>, icmp: Option<(i32, i32)>, expected: Expect) {
        let some = |pair: Option<(i32, i32)>| pair.map(|(a, b)| (Some(a), Some(b)));
        let made = AclTraffic::new(protocol, some(ports), some(icmp));
        expected.assert_eq(&made.map_or_else(|e| e.to_string(), |t| t.traffic().to_string()));
    }

    #[test]
    fn entries_match_what_they_say() {
        check("-1", None, None, expect!["all"]);
        check("6", Some((80, 80)), None, expect!["tcp 80"]);
        check("tcp", Some((1024, 65535)), None, expect!["tcp 1024-65535"]);
        check("1", None, Some((8, 0)), expect!["icmp 8/0"]);
        check("1", None, Some((-1, -1)), expect!["icmp"]);
        check("47", Some((1, 2)), None, expect!["47"]);
    }

    #[test]
    fn impossible_entries_are_refused() {
        check("6", None, None, expect!["the entry needs a range of ports"]);
        check("17", Some((9, 1)), None, expect!["the range of ports `9` to `1` is not one"]);
        check("1", None, None, expect!["the entry needs an ICMP type and code"]);
        check("256", None, None, expect!["the protocol `256` is neither a number nor a known name"]);
    }
}
