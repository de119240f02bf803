//! What a rule matches of a packet besides its peer, and what a packet shows of itself.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>

use crate::text::{TextError, Words};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;

/// Ports `from` to `to`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortRange {
    pub from: u16,
    pub to: u16,
}

impl PortRange {
    pub const ALL: Self = Self { from: 0, to: u16::MAX };

    pub fn one(port: u16) -> Self {
        Self { from: port, to: port }
    }

    pub fn contains(self, port: u16) -> bool {
        (self.from..=self.to).contains(&port)
    }
}

/// An ICMP type and code; `None` is AWS's -1, any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IcmpMatch {
    pub kind: Option<u8>,
    pub code: Option<u8>,
}

impl IcmpMatch {
    pub const ANY: Self = Self { kind: None, code: None };
}

/// The protocol part of a security group rule or of a network ACL entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Traffic {
    /// AWS's protocol -1: every protocol and port.
    All,
    Tcp(PortRange),
    Udp(PortRange),
    Icmp(IcmpMatch),
    /// Of IPv6, with types of its own.
    Icmpv6(IcmpMatch),
    /// Another IP protocol by its number; AWS ignores ports for these.
    Protocol(u8),
}

impl Traffic {
    pub fn matches(self, payload: Payload) -> bool {
        match (self, payload) {
            (Self::All, _) => true,
            (Self::Tcp(ports), Payload::Tcp { destination_port, .. })
            | (Self::Udp(ports), Payload::Udp { destination_port, .. }) => ports.contains(destination_port),
            (Self::Icmp(icmp), Payload::Icmp { kind, code })
            | (Self::Icmpv6(icmp), Payload::Icmpv6 { kind, code }) => {
                icmp.kind.is_none_or(|k| k == kind) && icmp.code.is_none_or(|c| c == code)
            }
            (Self::Protocol(number), payload) => number == payload.protocol(),
            _ => false,
        }
    }

    /// The IP protocol number, `None` for all.
    pub fn protocol(self) -> Option<u8> {
        match self {
            Self::All => None,
            Self::Tcp(_) => Some(TCP),
            Self::Udp(_) => Some(UDP),
            Self::Icmp(_) => Some(ICMP),
            Self::Icmpv6(_) => Some(ICMPV6),
            Self::Protocol(number) => Some(number),
        }
    }

    pub(crate) fn parse(words: &mut Words<'_>) -> Result<Self, TextError> {
        const EXPECTED: &str = "a protocol (all, tcp, udp, icmp, icmpv6 or a number)";
        match words.next(EXPECTED)? {
            "all" => Ok(Self::All),
            "tcp" => Ok(Self::Tcp(ports(words)?)),
            "udp" => Ok(Self::Udp(ports(words)?)),
            "icmp" => Ok(Self::Icmp(icmp(words)?)),
            "icmpv6" => Ok(Self::Icmpv6(icmp(words)?)),
            word => word.parse().map(Self::Protocol).map_err(|_| TextError::unexpected(EXPECTED, word)),
        }
    }
}

/// A port range that is left out means all ports.
fn ports(words: &mut Words<'_>) -> Result<PortRange, TextError> {
    let starts_range = |word: &str| word == "*" || word.starts_with(|c: char| c.is_ascii_digit());
    if words.peek().is_some_and(starts_range) {
        words.parse("a port or a range of ports")
    } else {
        Ok(PortRange::ALL)
    }
}

fn icmp(words: &mut Words<'_>) -> Result<IcmpMatch, TextError> {
    const EXPECTED: &str = "an ICMP type or type/code";
    // In a flow's text an address follows instead.
    let is_type =
        |w: &&str| w.starts_with(|c: char| c.is_ascii_digit() || c == '*') && !w.contains(['.', ':']);
    let Some(word) = words.peek().filter(is_type) else {
        return Ok(IcmpMatch::ANY);
    };
    words.next(EXPECTED)?;
    let (kind, code) = word.split_once('/').unwrap_or((word, "*"));
    let number = |text: &str| match text {
        "*" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| TextError::unexpected(EXPECTED, word)),
    };
    Ok(IcmpMatch { kind: number(kind)?, code: number(code)? })
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Tcp(ports) => write!(f, "tcp {ports}"),
            Self::Udp(ports) => write!(f, "udp {ports}"),
            Self::Icmp(icmp) => write!(f, "icmp{icmp}"),
            Self::Icmpv6(icmp) => write!(f, "icmpv6{icmp}"),
            Self::Protocol(number) => write!(f, "{number}"),
        }
    }
}

/// With a space before it, nothing for any.
impl fmt::Display for IcmpMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            &Self::ANY => Ok(()),
            Self { kind, code } => write!(f, " {}/{}", star(*kind), star(*code)),
        }
    }
}

fn star(number: Option<u8>) -> String {
    number.map_or_else(|| "*".to_owned(), |n| n.to_string())
}

impl FromStr for PortRange {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let wrong = || TextError::unexpected("a port or a range of ports", text);
        if text == "*" {
            return Ok(Self::ALL);
        }
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let (from, to) = (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?);
        if from <= to { Ok(Self { from, to }) } else { Err(wrong()) }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            &Self::ALL => f.write_str("*"),
            Self { from, to } if from == to => write!(f, "{from}"),
            Self { from, to } => write!(f, "{from}-{to}"),
        }
    }
}

/// What a packet carries above IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    Tcp { source_port: u16, destination_port: u16 },
    Udp { source_port: u16, destination_port: u16 },
    Icmp { kind: u8, code: u8 },
    Icmpv6 { kind: u8, code: u8 },
    Other(u8),
}

impl Payload {
    /// A port out of the range that clients draw theirs from.
    pub const EPHEMERAL_PORT: u16 = 40_000;
    /// A "ping".
    pub const ECHO_REQUEST: Self = Self::Icmp { kind: 8, code: 0 };
    /// The same of IPv6.
    pub const ECHO_REQUEST_V6: Self = Self::Icmpv6 { kind: 128, code: 0 };

    pub fn tcp(destination_port: u16) -> Self {
        Self::Tcp { source_port: Self::EPHEMERAL_PORT, destination_port }
    }

    pub fn udp(destination_port: u16) -> Self {
        Self::Udp { source_port: Self::EPHEMERAL_PORT, destination_port }
    }

    pub fn protocol(self) -> u8 {
        match self {
            Self::Tcp { .. } => TCP,
            Self::Udp { .. } => UDP,
            Self::Icmp { .. } => ICMP,
            Self::Icmpv6 { .. } => ICMPV6,
            Self::Other(number) => number,
        }
    }

    pub fn destination_port(self) -> Option<u16> {
        match self {
            Self::Tcp { destination_port, .. } | Self::Udp { destination_port, .. } => Some(destination_port),
            Self::Icmp { .. } | Self::Icmpv6 { .. } | Self::Other(_) => None,
        }
    }

    /// What the answer carries: ports exchanged, an echo request answered by an echo reply.
    pub fn reply(self) -> Self {
        match self {
            Self::Tcp { source_port, destination_port } => {
                Self::Tcp { source_port: destination_port, destination_port: source_port }
            }
            Self::Udp { source_port, destination_port } => {
                Self::Udp { source_port: destination_port, destination_port: source_port }
            }
            Self::Icmp { kind: 8, code } => Self::Icmp { kind: 0, code },
            Self::Icmpv6 { kind: 128, code } => Self::Icmpv6 { kind: 129, code },
            other => other,
        }
    }

    pub(crate) fn parse(words: &mut Words<'_>) -> Result<Self, TextError> {
        const EXPECTED: &str = "a protocol (tcp, udp, icmp, icmpv6 or a number)";
        match words.next(EXPECTED)? {
            "tcp" => Ok(Self::tcp(words.parse("a port")?)),
            "udp" => Ok(Self::udp(words.parse("a port")?)),
            "icmp" => match icmp(words)? {
                IcmpMatch { kind: None, .. } => Ok(Self::ECHO_REQUEST),
                IcmpMatch { kind: Some(kind), code } => Ok(Self::Icmp { kind, code: code.unwrap_or(0) }),
            },
            "icmpv6" => match icmp(words)? {
                IcmpMatch { kind: None, .. } => Ok(Self::ECHO_REQUEST_V6),
                IcmpMatch { kind: Some(kind), code } => Ok(Self::Icmpv6 { kind, code: code.unwrap_or(0) }),
            },
            word => word.parse().map(Self::Other).map_err(|_| TextError::unexpected(EXPECTED, word)),
        }
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { destination_port, .. } => write!(f, "tcp {destination_port}"),
            Self::Udp { destination_port, .. } => write!(f, "udp {destination_port}"),
            Self::Icmp { kind, code } => write!(f, "icmp {kind}/{code}"),
            Self::Icmpv6 { kind, code } => write!(f, "icmpv6 {kind}/{code}"),
            Self::Other(number) => write!(f, "{number}"),
        }
    }
}

/// The name AWS and `/etc/protocols` give a protocol, where there is a usual one.
pub fn protocol_name(number: u8) -> String {
    match number {
        ICMP => "icmp".to_owned(),
        TCP => "tcp".to_owned(),
        UDP => "udp".to_owned(),
        ICMPV6 => "icmpv6".to_owned(),
        other => other.to_string(),
    }
}
