//! The name of a place where packets are dropped, short enough for the prefix of a kernel log
//! record (NFLOG allows 127 bytes), so that a record maps back to the rule.

use crate::Direction;
use crate::text::{TextError, Words};
use base::{
    EgressOnlyInternetGatewayId, NetworkAclId, NetworkInterfaceId, RouteTableId, VpcPeeringConnectionId,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropRef {
    /// The source address is not the interface's own: `spoof eni-1`.
    Spoofed(NetworkInterfaceId),
    /// `no-route rtb-1`
    NoRoute(RouteTableId),
    /// The route's target is gone or leads nowhere: `blackhole rtb-1 0.0.0.0/0`.
    Blackhole { table: RouteTableId, destination: IpNet },
    /// A local address that no interface has: `no-interface`.
    NoInterface,
    /// The way leads back to where the packet came from: `loop eni-1`.
    Loop(NetworkInterfaceId),
    /// `nacl-in acl-1 100`, `nacl-out acl-1 *`
    NetworkAcl { acl: NetworkAclId, direction: Direction, number: Option<u16> },
    /// None of the interface's groups allows it: `sg-out eni-1`, `sg-in eni-1`.
    SecurityGroup { interface: NetworkInterfaceId, direction: Direction },
    /// Not the interface's own destination while its source/destination check is on: `dest-check eni-1`.
    DestinationCheck(NetworkInterfaceId),
    /// Functions accept no connections: `hub eni-1`.
    Hub(NetworkInterfaceId),
    /// A NAT gateway has no service of its own and translates TCP, UDP and ICMP only: `nat eni-1`.
    NatGateway(NetworkInterfaceId),
    /// No public address to translate to at the internet gateway: `no-public eni-1`.
    NoPublicAddress(NetworkInterfaceId),
    /// Not begun inside, nor an answer to what was: `egress-only eigw-1`.
    EgressOnly(EgressOnlyInternetGatewayId),
    /// Not from an address of the one VPC to an address of the other: `transit pcx-1`.
    Transit(VpcPeeringConnectionId),
}

impl fmt::Display for DropRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spoofed(eni) => write!(f, "spoof {eni}"),
            Self::NoRoute(table) => write!(f, "no-route {table}"),
            Self::Blackhole { table, destination } => write!(f, "blackhole {table} {destination}"),
            Self::NoInterface => f.write_str("no-interface"),
            Self::Loop(eni) => write!(f, "loop {eni}"),
            Self::NetworkAcl { acl, direction, number: Some(number) } => {
                write!(f, "nacl-{direction} {acl} {number}")
            }
            Self::NetworkAcl { acl, direction, number: None } => write!(f, "nacl-{direction} {acl} *"),
            Self::SecurityGroup { interface, direction } => write!(f, "sg-{direction} {interface}"),
            Self::DestinationCheck(eni) => write!(f, "dest-check {eni}"),
            Self::Hub(eni) => write!(f, "hub {eni}"),
            Self::NatGateway(eni) => write!(f, "nat {eni}"),
            Self::NoPublicAddress(eni) => write!(f, "no-public {eni}"),
            Self::EgressOnly(eigw) => write!(f, "egress-only {eigw}"),
            Self::Transit(pcx) => write!(f, "transit {pcx}"),
        }
    }
}

impl FromStr for DropRef {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut words = Words::new(text);
        let place = words.next("a place")?;
        let parsed = match place {
            "spoof" => Self::Spoofed(words.next("eni-…")?.into()),
            "no-route" => Self::NoRoute(words.next("rtb-…")?.into()),
            "blackhole" => {
                Self::Blackhole { table: words.next("rtb-…")?.into(), destination: words.parse("a CIDR")? }
            }
            "no-interface" => Self::NoInterface,
            "loop" => Self::Loop(words.next("eni-…")?.into()),
            "nacl-in" => network_acl(&mut words, Direction::Ingress)?,
            "nacl-out" => network_acl(&mut words, Direction::Egress)?,
            "sg-in" => security_group(&mut words, Direction::Ingress)?,
            "sg-out" => security_group(&mut words, Direction::Egress)?,
            "dest-check" => Self::DestinationCheck(words.next("eni-…")?.into()),
            "hub" => Self::Hub(words.next("eni-…")?.into()),
            "nat" => Self::NatGateway(words.next("eni-…")?.into()),
            "no-public" => Self::NoPublicAddress(words.next("eni-…")?.into()),
            "egress-only" => Self::EgressOnly(words.next("eigw-…")?.into()),
            "transit" => Self::Transit(words.next("pcx-…")?.into()),
            _ => return Err(TextError::unexpected("a place", place)),
        };
        words.end()?;
        Ok(parsed)
    }
}

fn network_acl(words: &mut Words<'_>, direction: Direction) -> Result<DropRef, TextError> {
    let acl = words.next("acl-…")?.into();
    let number = match words.peek() {
        Some("*") => words.next("an entry number").map(|_| None)?,
        _ => Some(words.parse("an entry number")?),
    };
    Ok(DropRef::NetworkAcl { acl, direction, number })
}

fn security_group(words: &mut Words<'_>, direction: Direction) -> Result<DropRef, TextError> {
    Ok(DropRef::SecurityGroup { interface: words.next("eni-…")?.into(), direction })
}
