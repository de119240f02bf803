//! What a security group rule permits: stored in AWS's canonical form, resolved to traffic.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>

use base::{AccountId, PrefixListId, SecurityGroupId, VpcId, VpcPeeringConnectionId};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use vpc::{IcmpMatch, PortRange, Traffic};

/// Longest description of a rule.
const MAX_DESCRIPTION: usize = 255;

/// A protocol with its ports, and one peer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Permission {
    pub protocol: Protocol,
    /// First port, or ICMP type; -1 is any.
    pub from: i32,
    /// Last port, or ICMP code; -1 is any.
    pub to: i32,
    pub peer: Peer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    All,
    Tcp,
    Udp,
    Icmp,
    Icmpv6,
    Number(u8),
}

/// The other side.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    Cidr(IpNet),
    Group(SecurityGroupId),
    PrefixList(PrefixListId),
    /// A group of a peered VPC.
    PeeredGroup(PeeredGroup),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PeeredGroup {
    pub id: SecurityGroupId,
    pub account: AccountId,
    pub vpc: VpcId,
    pub connection: VpcPeeringConnectionId,
}

/// Why values make no permission. The texts are AWS's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PermissionError {
    #[error("Invalid value '{0}' for IP protocol. Unknown protocol.")]
    Protocol(String),
    #[error("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")]
    PortsMissing,
    #[error("Invalid value '{0}' for portRange. Must be between 0 and 65535.")]
    Port(i32),
    #[error("Invalid TCP/UDP port range ({0}:{1})")]
    PortOrder(i32, i32),
    #[error("Invalid ICMP type/code ({0}:{1})")]
    Icmp(i32, i32),
}

impl Protocol {
    pub fn parse(text: &str) -> Result<Self, PermissionError> {
        let lower = text.to_ascii_lowercase();
        Ok(match lower.as_str() {
            "-1" | "all" => Self::All,
            "tcp" | "6" => Self::Tcp,
            "udp" | "17" => Self::Udp,
            "icmp" | "1" => Self::Icmp,
            "icmpv6" | "58" => Self::Icmpv6,
            _ => Self::Number(lower.parse().map_err(|_| PermissionError::Protocol(text.to_owned()))?),
        })
    }

    fn is_icmp(self) -> bool {
        matches!(self, Self::Icmp | Self::Icmpv6)
    }

    /// Whether AWS shows ports for it.
    pub fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp | Self::Icmp | Self::Icmpv6)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("-1"),
            Self::Tcp => f.write_str("tcp"),
            Self::Udp => f.write_str("udp"),
            Self::Icmp => f.write_str("icmp"),
            Self::Icmpv6 => f.write_str("icmpv6"),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// The ports of a permission in canonical form. AWS ignores them for other protocols.
pub fn ports(protocol: Protocol, from: Option<i32>, to: Option<i32>) -> Result<(i32, i32), PermissionError> {
    match protocol {
        Protocol::Tcp | Protocol::Udp => transport_ports(from, to),
        Protocol::Icmp | Protocol::Icmpv6 => icmp(from.unwrap_or(-1), to.unwrap_or(-1)),
        Protocol::All | Protocol::Number(_) => Ok((-1, -1)),
    }
}

fn transport_ports(from: Option<i32>, to: Option<i32>) -> Result<(i32, i32), PermissionError> {
    let (Some(from), Some(to)) = (from, to) else { return Err(PermissionError::PortsMissing) };
    if let Some(wrong) = [from, to].into_iter().find(|port| !(0..=65535).contains(port)) {
        return Err(PermissionError::Port(wrong));
    }
    if from > to { Err(PermissionError::PortOrder(from, to)) } else { Ok((from, to)) }
}

fn icmp(kind: i32, code: i32) -> Result<(i32, i32), PermissionError> {
    let fits = |n: i32| (-1..=255).contains(&n);
    if fits(kind) && fits(code) && !(kind == -1 && code != -1) {
        Ok((kind, code))
    } else {
        Err(PermissionError::Icmp(kind, code))
    }
}

impl Permission {
    /// What it matches besides its peer.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let port = |n: i32| u16::try_from(n).unwrap_or_default();
        let byte = |n: i32| u8::try_from(n).ok();
        let range = PortRange { from: port(self.from), to: port(self.to) };
        match self.protocol {
            Protocol::All => Traffic::All,
            Protocol::Tcp => Traffic::Tcp(range),
            Protocol::Udp => Traffic::Udp(range),
            Protocol::Icmp => Traffic::Icmp(IcmpMatch { kind: byte(self.from), code: byte(self.to) }),
            Protocol::Icmpv6 => Traffic::Icmpv6(IcmpMatch { kind: byte(self.from), code: byte(self.to) }),
            Protocol::Number(number) => Traffic::Protocol(number),
        }
    }

    /// AWS's description of it in the error about a duplicate.
    #[must_use]
    pub fn summary(&self) -> String {
        let peer = match &self.peer {
            Peer::Cidr(cidr) => cidr.to_string(),
            Peer::Group(id) => id.to_string(),
            Peer::PrefixList(id) => id.to_string(),
            Peer::PeeredGroup(group) => group.id.to_string(),
        };
        let what = match self.protocol {
            Protocol::All => "ALL".to_owned(),
            p if p.is_icmp() => {
                let shown = |n: i32| if n == -1 { "ALL".to_owned() } else { n.to_string() };
                format!(
                    "{}, type: {}, code: {}",
                    p.to_string().to_uppercase(),
                    shown(self.from),
                    shown(self.to)
                )
            }
            Protocol::Number(n) => n.to_string(),
            p => format!("{}, from port: {}, to port: {}", p.to_string().to_uppercase(), self.from, self.to),
        };
        format!("peer: {peer}, {what}, ALLOW")
    }
}

/// Whether AWS accepts the text as the description of a rule or as a group's name.
#[must_use]
pub fn is_description(text: &str) -> bool {
    const MARKS: &str = " ._-:/()#,@[]+=&;{}!$*";
    text.chars().count() <= MAX_DESCRIPTION
        && text.chars().all(|c| c.is_ascii_alphanumeric() || MARKS.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(protocol: &str, from: Option<i32>, to: Option<i32>, expected: Expect) {
        let shown = Protocol::parse(protocol).and_then(|protocol| {
            let (from, to) = ports(protocol, from, to)?;
            let peer = Peer::Cidr("10.0.0.0/8".parse().unwrap());
            let permission = Permission { protocol, from, to, peer };
            Ok(format!("{} = {}", permission.summary(), permission.traffic()))
        });
        expected.assert_eq(&shown.unwrap_or_else(|e| e.to_string()));
    }

    #[test]
    fn permissions_become_canonical() {
        check(
            "tcp",
            Some(80),
            Some(80),
            expect!["peer: 10.0.0.0/8, TCP, from port: 80, to port: 80, ALLOW = tcp 80"],
        );
        check(
            "6",
            Some(1),
            Some(2),
            expect!["peer: 10.0.0.0/8, TCP, from port: 1, to port: 2, ALLOW = tcp 1-2"],
        );
        check("-1", Some(80), Some(80), expect!["peer: 10.0.0.0/8, ALL, ALLOW = all"]);
        check("icmp", None, None, expect!["peer: 10.0.0.0/8, ICMP, type: ALL, code: ALL, ALLOW = icmp"]);
        check("50", Some(1), None, expect!["peer: 10.0.0.0/8, 50, ALLOW = 50"]);
    }

    #[test]
    fn impossible_permissions_are_refused() {
        check(
            "tcp",
            None,
            Some(1),
            expect!["Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."],
        );
        check("udp", Some(9), Some(1), expect!["Invalid TCP/UDP port range (9:1)"]);
        check(
            "tcp",
            Some(0),
            Some(65536),
            expect!["Invalid value '65536' for portRange. Must be between 0 and 65535."],
        );
        check("icmp", Some(256), None, expect!["Invalid ICMP type/code (256:-1)"]);
        check("xyz", None, None, expect!["Invalid value 'xyz' for IP protocol. Unknown protocol."]);
    }
}
