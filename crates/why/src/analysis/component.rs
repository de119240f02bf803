//! What a packet meets, as the analysis shows it.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PathComponent.html>

use serde::{Deserialize, Serialize};
use vpc::{
    Action, Direction, Network, NetworkAclEntry, Peer, PortRange, RuleRef, SecurityGroupRule, Target, Traffic,
};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Of the resource: `eni-…`, `acl-…`, `sg-…`, `rtb-…`, a gateway.
    pub id: String,
    pub attached_to: Option<String>,
    pub subnet: Option<String>,
    pub vpc: Option<String>,
    pub source_vpc: Option<String>,
    pub destination_vpc: Option<String>,
    pub acl_rule: Option<AclRule>,
    pub group_rule: Option<GroupRule>,
    pub route: Option<RouteRow>,
    pub inbound: Option<Header>,
    pub outbound: Option<Header>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub protocol: u8,
    /// In CIDR notation.
    pub sources: Vec<String>,
    pub source_ports: Vec<PortRange>,
    pub destinations: Vec<String>,
    pub destination_ports: Vec<PortRange>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AclRule {
    pub cidr: String,
    pub egress: bool,
    /// `None` where the entry is for all ports.
    pub ports: Option<PortRange>,
    pub protocol: String,
    pub allow: bool,
    pub number: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRule {
    pub direction: Direction,
    pub protocol: String,
    pub ports: Option<PortRange>,
    pub cidr: Option<String>,
    pub prefix_list: Option<String>,
    /// The group that the rule names.
    pub group: Option<String>,
}

/// A route of a table. At most one of the targets is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteRow {
    pub destination: Option<String>,
    pub prefix_list: Option<String>,
    /// `local`, `igw-…`, `vgw-…` or `vpce-…`.
    pub gateway: Option<String>,
    pub nat_gateway: Option<String>,
    pub network_interface: Option<String>,
    pub peering: Option<String>,
    pub egress_only: Option<String>,
    pub is_local: bool,
    pub is_blackhole: bool,
}

pub(crate) fn protocol_and_ports(traffic: Traffic) -> (String, Option<PortRange>) {
    match traffic {
        Traffic::All => ("all".to_owned(), None),
        Traffic::Tcp(ports) => ("tcp".to_owned(), Some(ports)),
        Traffic::Udp(ports) => ("udp".to_owned(), Some(ports)),
        other => (other.protocol().map(vpc::protocol_name).unwrap_or_default(), None),
    }
}

impl AclRule {
    pub(crate) fn of(network: &Network, rule: &RuleRef) -> Option<Self> {
        let RuleRef::NetworkAclEntry { acl, direction, number } = rule else { return None };
        let entries = &network.network_acls.get(acl)?.entries;
        let entry = entries.iter().find(|e| e.direction == *direction && Some(e.number) == *number)?;
        Some(Self::shown(entry))
    }

    pub(crate) fn shown(entry: &NetworkAclEntry) -> Self {
        let (protocol, ports) = protocol_and_ports(entry.traffic);
        Self {
            cidr: entry.cidr.to_string(),
            egress: entry.direction == Direction::Egress,
            ports,
            protocol,
            allow: entry.action == Action::Allow,
            number: entry.number,
        }
    }
}

impl GroupRule {
    pub(crate) fn of(network: &Network, rule: &RuleRef) -> Option<Self> {
        let RuleRef::SecurityGroupRule { group, rule, direction } = rule else { return None };
        let rules = &network.security_groups.get(group)?.rules;
        rules.iter().find(|known| known.id == *rule && known.direction == *direction).map(Self::shown)
    }

    fn shown(rule: &SecurityGroupRule) -> Self {
        let (protocol, ports) = protocol_and_ports(rule.traffic);
        let mut shown =
            Self { direction: rule.direction, protocol, ports, cidr: None, prefix_list: None, group: None };
        match &rule.peer {
            Peer::Cidr(cidr) => shown.cidr = Some(cidr.to_string()),
            Peer::Group(id) => shown.group = Some(id.to_string()),
            Peer::PrefixList(id) => shown.prefix_list = Some(id.to_string()),
        }
        shown
    }
}

impl RouteRow {
    pub(crate) fn of(network: &Network, rule: &RuleRef) -> Option<Self> {
        let RuleRef::Route { table, destination } = rule else { return None };
        let table = network.route_tables.get(table)?;
        let made = table.routes.iter().rev().find(|route| route.destination.trunc() == destination.trunc());
        let mut row = Self { destination: Some(destination.to_string()), ..Self::default() };
        let Some(route) = made else {
            (row.gateway, row.is_local) = (Some("local".to_owned()), true);
            return Some(row);
        };
        row.prefix_list = route.prefix_list.as_ref().map(ToString::to_string);
        if row.prefix_list.is_some() {
            row.destination = None;
        }
        row.lead_to(&route.target);
        Some(row)
    }

    fn lead_to(&mut self, target: &Target) {
        let id = Some(target.to_string());
        match target {
            Target::NatGateway { .. } => self.nat_gateway = id,
            Target::NetworkInterface(_) => self.network_interface = id,
            Target::Peering(_) => self.peering = id,
            Target::EgressOnlyInternetGateway(_) => self.egress_only = id,
            Target::Blackhole => self.is_blackhole = true,
            _ => self.gateway = id,
        }
    }
}
