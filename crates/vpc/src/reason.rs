//! Why a packet does not arrive.

use crate::{Direction, DropRef, Link, Payload, Target};
use base::{
    EgressOnlyInternetGatewayId, NetworkAclId, NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId,
    VpcPeeringConnectionId,
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The flow starts at an interface that is not there.
    UnknownInterface {
        interface: NetworkInterfaceId,
    },
    /// The destination is one of IPv6, which the interface has no address of.
    NoIpv6Address {
        interface: NetworkInterfaceId,
        destination: IpAddr,
    },
    Spoofed {
        interface: NetworkInterfaceId,
        source: IpAddr,
    },
    NoRoute {
        table: RouteTableId,
        interface: NetworkInterfaceId,
        destination: IpAddr,
    },
    /// The route's target is gone, detached or a way that is not here.
    Blackhole {
        table: RouteTableId,
        interface: NetworkInterfaceId,
        route: IpNet,
        target: Target,
    },
    NoInterface {
        address: IpAddr,
    },
    /// The internet knows no such address of this VPC.
    NoSuchPublicAddress {
        address: IpAddr,
    },
    /// The route leads back to where the packet comes from.
    Loop {
        interface: NetworkInterfaceId,
        table: RouteTableId,
        route: IpNet,
    },
    /// From gateway to gateway without end.
    Circle {
        address: IpAddr,
    },
    NetworkAcl {
        acl: NetworkAclId,
        subnet: SubnetId,
        direction: Direction,
        /// `None`: no entry matches, the default one denies.
        number: Option<u16>,
        peer: IpAddr,
        payload: Payload,
        /// Whether the packet answers one that passed.
        reply: bool,
    },
    /// None of the groups has a rule that allows the connection.
    SecurityGroup {
        interface: NetworkInterfaceId,
        groups: BTreeSet<SecurityGroupId>,
        direction: Direction,
        peer: IpAddr,
        payload: Payload,
    },
    DestinationCheck {
        interface: NetworkInterfaceId,
        destination: IpAddr,
    },
    Hub {
        interface: NetworkInterfaceId,
    },
    NatGateway {
        interface: NetworkInterfaceId,
        destination: IpAddr,
        payload: Payload,
    },
    NoPublicAddress {
        interface: NetworkInterfaceId,
        table: RouteTableId,
        route: IpNet,
    },
    /// The gateway takes what begins inside and its answers: nothing begins at its other end, and no answer to
    /// what came in another way goes out here.
    EgressOnly {
        gateway: EgressOnlyInternetGatewayId,
        source: IpAddr,
        destination: IpAddr,
    },
    /// Only packets between the CIDRs of both VPCs cross a peering connection: none comes from further away
    /// and none goes further.
    Transit {
        peering: VpcPeeringConnectionId,
        source: IpAddr,
        destination: IpAddr,
    },
    /// The answer is routed another way than the request came, so that no connection comes about.
    AsymmetricReply {
        from: Link,
        /// The route that leads the answer astray. `None` when it goes straight to the interface that has
        /// the address: then another one sent the request in its name.
        route: Option<(RouteTableId, IpNet)>,
        /// Whether the request came in from the internet.
        unsolicited: bool,
    },
}

impl Reason {
    /// The place in the kernel's rules that drops, `None` where no packet gets that far or no rule drops.
    pub fn drop_ref(&self) -> Option<DropRef> {
        Some(match self {
            Self::UnknownInterface { .. }
            | Self::NoIpv6Address { .. }
            | Self::NoSuchPublicAddress { .. }
            | Self::Circle { .. }
            | Self::AsymmetricReply { .. } => return None,
            Self::Spoofed { interface, .. } => DropRef::Spoofed(interface.clone()),
            Self::NoRoute { table, .. } => DropRef::NoRoute(table.clone()),
            Self::Blackhole { table, route, .. } => {
                DropRef::Blackhole { table: table.clone(), destination: *route }
            }
            Self::NoInterface { .. } => DropRef::NoInterface,
            Self::Loop { interface, .. } => DropRef::Loop(interface.clone()),
            Self::NetworkAcl { acl, direction, number, .. } => {
                DropRef::NetworkAcl { acl: acl.clone(), direction: *direction, number: *number }
            }
            Self::SecurityGroup { interface, direction, .. } => {
                DropRef::SecurityGroup { interface: interface.clone(), direction: *direction }
            }
            Self::DestinationCheck { interface, .. } => DropRef::DestinationCheck(interface.clone()),
            Self::Hub { interface } => DropRef::Hub(interface.clone()),
            Self::NatGateway { interface, .. } => DropRef::NatGateway(interface.clone()),
            Self::NoPublicAddress { interface, .. } => DropRef::NoPublicAddress(interface.clone()),
            Self::EgressOnly { gateway, .. } => DropRef::EgressOnly(gateway.clone()),
            Self::Transit { peering, .. } => DropRef::Transit(peering.clone()),
        })
    }

    /// The rule or thing that decides, in a few characters.
    pub fn place(&self) -> String {
        match self {
            Self::UnknownInterface { interface } | Self::NoIpv6Address { interface, .. } => {
                interface.to_string()
            }
            Self::NoSuchPublicAddress { address } | Self::Circle { address } => address.to_string(),
            Self::AsymmetricReply { from, route, .. } => match route {
                Some((table, route)) => format!("{table} {route}"),
                None => from.to_string(),
            },
            _ => self.drop_ref().map(|place| place.to_string()).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownInterface { interface } => write!(f, "the network has no interface {interface}"),
            Self::NoIpv6Address { interface, destination } => {
                write!(f, "{interface} has no IPv6 address to reach {destination} from")
            }
            Self::Spoofed { interface, source } => {
                write!(f, "{source} is not an address of {interface}, whose source/destination check is on")
            }
            Self::NoRoute { table, destination, .. } => write!(f, "{table} has no route to {destination}"),
            Self::Blackhole { table, route, target, .. } => {
                write!(f, "the route {route} of {table} leads to {target}, which is not reachable from here")
            }
            Self::NoInterface { address } => write!(f, "no interface has the address {address}"),
            Self::NoSuchPublicAddress { address } => {
                write!(f, "{address} is not a public address of this network")
            }
            Self::Loop { interface, table, route } => {
                write!(
                    f,
                    "the route {route} of {table} leads back to {interface}, where the packet comes from"
                )
            }
            Self::Circle { address } => {
                write!(f, "the routes to {address} lead from gateway to gateway without end")
            }
            Self::NetworkAcl { .. } => self.network_acl_text(f),
            Self::SecurityGroup { .. } => self.security_group_text(f),
            Self::DestinationCheck { interface, destination } => {
                write!(
                    f,
                    "{destination} is not an address of {interface}, whose source/destination check is on"
                )
            }
            Self::Hub { interface } => {
                write!(f, "{interface} belongs to functions, which accept no connections")
            }
            Self::NatGateway { interface, destination, payload } => {
                write!(f, "the NAT gateway of {interface} does not take {payload} to {destination}")
            }
            Self::NoPublicAddress { interface, table, route } => write!(
                f,
                "the route {route} of {table} leads to the internet gateway, but {interface} has no public address"
            ),
            Self::EgressOnly { gateway, source, destination } => write!(
                f,
                "{gateway} takes connections from the VPC outwards and their answers, not {source} to {destination}"
            ),
            Self::Transit { peering, source, destination } => write!(
                f,
                "{peering} takes only what goes from one VPC to the other, not {source} to {destination}"
            ),
            Self::AsymmetricReply { from, route: Some((table, route)), .. } => {
                write!(f, "{from} answers by the route {route} of {table}, another way than the request came")
            }
            Self::AsymmetricReply { from, route: None, .. } => {
                write!(
                    f,
                    "the answer of {from} goes to the interface that has the address, not to the sender"
                )
            }
        }
    }
}

impl Reason {
    fn network_acl_text(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::NetworkAcl { acl, subnet, direction, number, peer, payload, reply } = self else {
            return Ok(());
        };
        match number {
            Some(number) => write!(f, "entry {number} of {acl} ({subnet}) denies ")?,
            None => write!(f, "no entry of {acl} ({subnet}) allows ")?,
        }
        let answer = if *reply { "the answer, " } else { "" };
        write!(f, "{answer}{direction} {payload} {} {peer}", direction.preposition())
    }

    fn security_group_text(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::SecurityGroup { interface, groups, direction, peer, payload } = self else { return Ok(()) };
        let groups: Vec<_> = groups.iter().map(SecurityGroupId::as_str).collect();
        write!(f, "no rule of {} ({interface}) allows ", groups.join(", "))?;
        write!(f, "{direction} {payload} {} {peer}", direction.preposition())
    }
}
