//! What is in the way, by the codes that the analysis has for it.
//! <https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html>

use super::component::{AclRule, RouteRow};
use super::search::{Found, Query};
use super::{End, Through};
use crate::blockers::blockers;
use base::{NetworkInterfaceId, RouteTableId, SecurityGroupId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use vpc::{Direction, Link, Network, Payload, Reason, RuleRef, Verdict};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub code: String,
    pub direction: Option<Direction>,
    pub component: Option<String>,
    pub vpc: Option<String>,
    pub subnet: Option<String>,
    pub network_interface: Option<String>,
    pub security_groups: Vec<String>,
    pub security_group: Option<String>,
    pub acl: Option<String>,
    pub acl_rule: Option<AclRule>,
    pub route_table: Option<String>,
    pub route: Option<RouteRow>,
    pub internet_gateway: Option<String>,
    pub nat_gateway: Option<String>,
    pub peering: Option<String>,
    pub vpc_endpoint: Option<String>,
    pub destination: Option<String>,
    pub source_vpc: Option<String>,
    pub destination_vpc: Option<String>,
    pub address: Option<String>,
    pub protocols: Vec<String>,
    pub missing_component: Option<String>,
}

impl Explanation {
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), ..Self::default() }
    }
}

/// Everything in the packet's way, there and back.
pub(crate) fn explained(query: &Query<'_>, found: &Found) -> Vec<Explanation> {
    if let Verdict::Delivered(_) = found.trace.verdict {
        // It gets somewhere, but not to where it should.
        let code = Explanation::new("NO_POSSIBLE_DESTINATION");
        return vec![Explanation { address: Some(found.packet.destination.to_string()), ..code }];
    }
    let told = blockers(query.network, &found.flow).into_iter();
    told.map(|blocker| explanation(query, &blocker.reason)).collect()
}

/// Why nothing that gets through is what was asked for.
pub(crate) fn restriction(query: &Query<'_>, through: &Through) -> Vec<Explanation> {
    let of_component = |id: &String| {
        let component = Some(id.clone());
        Explanation { component, ..Explanation::new("COMPONENT_FILTER_RESTRICTION") }
    };
    let components: Vec<Explanation> =
        through.within.iter().chain(&through.without).map(of_component).collect();
    if !components.is_empty() {
        return components;
    }
    let at = query.at_destination;
    let filters = [
        (at.sources.is_empty(), "FILTER_AT_DESTINATION_SOURCE_ADDRESS"),
        (at.destinations.is_empty(), "FILTER_AT_DESTINATION_DESTINATION_ADDRESS"),
        (at.source_ports.is_empty(), "FILTER_AT_DESTINATION_SOURCE_PORT_RANGE"),
        (at.destination_ports.is_empty(), "FILTER_AT_DESTINATION_DESTINATION_PORT_RANGE"),
    ];
    filters.into_iter().filter(|(free, _)| !free).map(|(_, code)| Explanation::new(code)).collect()
}

fn explanation(query: &Query<'_>, reason: &Reason) -> Explanation {
    let home = query.network;
    match reason {
        Reason::SecurityGroup { interface, groups, direction, .. } => {
            security_group(home, interface, groups, *direction)
        }
        Reason::NetworkAcl { acl, subnet, direction, number, .. } => {
            let network = home.reachable().find(|n| n.network_acls.contains_key(acl)).unwrap_or(home);
            let rule = RuleRef::NetworkAclEntry { acl: acl.clone(), direction: *direction, number: *number };
            Explanation {
                direction: Some(*direction),
                acl: text(acl),
                acl_rule: AclRule::of(network, &rule),
                subnet: text(subnet),
                vpc: text(&network.vpc),
                ..Explanation::new("SUBNET_ACL_RESTRICTION")
            }
        }
        Reason::NoRoute { table, interface, .. } => Explanation {
            destination: destination(query.to),
            subnet: subnet_of(home, interface),
            ..of_table("NO_ROUTE_TO_DESTINATION", home, table)
        },
        Reason::Blackhole { table, interface, route, .. } => Explanation {
            route: route_of(home, table, *route),
            subnet: subnet_of(home, interface),
            ..of_table("BAD_STATE_ROUTE", home, table)
        },
        Reason::AsymmetricReply { route: Some((table, route)), .. } => Explanation {
            route: route_of(home, table, *route),
            ..of_table("MORE_SPECIFIC_ROUTE", home, table)
        },
        Reason::Loop { table, route, .. } => Explanation {
            route: route_of(home, table, *route),
            ..of_table("NO_POSSIBLE_DESTINATION", home, table)
        },
        Reason::Spoofed { interface, source } => address_check(home, interface, Direction::Egress, *source),
        Reason::DestinationCheck { interface, destination } => {
            address_check(home, interface, Direction::Ingress, *destination)
        }
        _ => gateway(query, reason),
    }
}

/// What a gateway, or nothing at all, has against the packet.
fn gateway(query: &Query<'_>, reason: &Reason) -> Explanation {
    let home = query.network;
    let internet = |code: &str, address: Option<IpAddr>| Explanation {
        internet_gateway: home.internet_gateway.as_ref().map(ToString::to_string),
        vpc: text(&home.vpc),
        address: address.map(|address| address.to_string()),
        ..Explanation::new(code)
    };
    match reason {
        Reason::NoPublicAddress { interface, .. } => {
            let own = home.interfaces.get(interface).and_then(|interface| interface.primary_address());
            Explanation {
                network_interface: text(interface),
                ..internet("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", own.map(IpAddr::from))
            }
        }
        Reason::NoSuchPublicAddress { address } => {
            internet("IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS", Some(*address))
        }
        Reason::AsymmetricReply { from: Link::Interface(id), .. } => {
            Explanation { network_interface: text(id), ..Explanation::new("GATEWAY_REJECTS_SPOOFED_TRAFFIC") }
        }
        Reason::Transit { peering, destination, .. } => Explanation {
            peering: text(peering),
            source_vpc: text(&home.vpc),
            destination_vpc: home.peerings.get(peering).map(|peering| peering.vpc.to_string()),
            address: text(destination),
            ..Explanation::new("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR")
        },
        Reason::NatGateway { interface, payload: Payload::Other(number), .. } => Explanation {
            nat_gateway: nat_of(home, interface),
            protocols: vec![number.to_string()],
            ..Explanation::new("PROTOCOL_RESTRICTION")
        },
        Reason::NatGateway { interface, .. } => Explanation {
            nat_gateway: nat_of(home, interface),
            ..Explanation::new("NO_POSSIBLE_DESTINATION")
        },
        Reason::Hub { interface } => Explanation {
            network_interface: text(interface),
            subnet: subnet_of(home, interface),
            vpc: home.having(interface).and_then(|network| text(&network.vpc)),
            ..Explanation::new("NO_POSSIBLE_DESTINATION")
        },
        Reason::NoInterface { address } | Reason::Circle { address } => Explanation {
            address: text(address),
            vpc: text(&home.vpc),
            ..Explanation::new("NO_POSSIBLE_DESTINATION")
        },
        Reason::UnknownInterface { interface } => {
            Explanation { network_interface: text(interface), ..Explanation::new("NO_SOURCE_OR_DESTINATION") }
        }
        _ => Explanation::new("NO_PATH"),
    }
}

fn security_group(
    home: &Network,
    interface: &NetworkInterfaceId,
    groups: &BTreeSet<SecurityGroupId>,
    direction: Direction,
) -> Explanation {
    let network = home.having(interface).unwrap_or(home);
    let rules = |id: &SecurityGroupId| {
        network.security_groups.get(id).map_or(0, |group| group.rules(direction).count())
    };
    let bare = !groups.is_empty() && groups.iter().all(|id| rules(id) == 0);
    let code = if bare { "SG_HAS_NO_RULES" } else { "ENI_SG_RULES_MISMATCH" };
    Explanation {
        direction: Some(direction),
        network_interface: text(interface),
        security_groups: groups.iter().map(ToString::to_string).collect(),
        security_group: groups.first().filter(|_| bare).map(ToString::to_string),
        subnet: subnet_of(home, interface),
        vpc: text(&network.vpc),
        ..Explanation::new(code)
    }
}

fn address_check(
    home: &Network,
    interface: &NetworkInterfaceId,
    direction: Direction,
    address: IpAddr,
) -> Explanation {
    Explanation {
        direction: Some(direction),
        network_interface: text(interface),
        subnet: subnet_of(home, interface),
        vpc: home.having(interface).and_then(|network| text(&network.vpc)),
        address: text(address),
        ..Explanation::new("ENI_SOURCE_DEST_CHECK_RESTRICTION")
    }
}

fn of_table(code: &str, home: &Network, table: &RouteTableId) -> Explanation {
    let network = home.reachable().find(|n| n.route_tables.contains_key(table)).unwrap_or(home);
    Explanation { route_table: text(table), vpc: text(&network.vpc), ..Explanation::new(code) }
}

fn route_of(home: &Network, table: &RouteTableId, destination: impl Into<ipnet::IpNet>) -> Option<RouteRow> {
    let network = home.reachable().find(|n| n.route_tables.contains_key(table))?;
    let wanted: ipnet::IpNet = destination.into();
    let known = network.route_tables.get(table)?.routes.iter().map(|route| route.destination);
    let destination = known.into_iter().find(|known| known.trunc() == wanted.trunc())?;
    RouteRow::of(network, &RuleRef::Route { table: table.clone(), destination })
}

fn destination(to: &End) -> Option<String> {
    match to {
        End::Interface(id) => text(id),
        End::InternetGateway(id) => text(id),
        End::GatewayEndpoint(id) => text(id),
        End::Address(_) => None,
    }
}

fn nat_of(home: &Network, interface: &NetworkInterfaceId) -> Option<String> {
    match &home.interfaces.get(interface)?.kind {
        vpc::InterfaceKind::NatGateway(id) => text(id),
        _ => None,
    }
}

fn subnet_of(home: &Network, interface: &NetworkInterfaceId) -> Option<String> {
    let network = home.having(interface)?;
    network.interfaces.get(interface).map(|interface| interface.subnet.to_string())
}

fn text(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}
