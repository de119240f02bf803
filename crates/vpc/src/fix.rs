//! The command that would repair a drop, for each reason: lines for the AWS CLI that can be pasted.

use crate::{Direction, InterfaceKind, Network, NetworkAcl, Payload, Reason, Target, protocol_name};
use base::{NetworkAclId, NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What a client may draw its port from; AWS's own advice for network ACLs.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports>
const EPHEMERAL_PORTS: &str = "From=1024,To=65535";
const ENTRY_STEP: u16 = 100;
const LAST_ENTRY_NUMBER: u16 = 32_766;

impl Reason {
    /// Commands that together let the packet get past this place, nothing when no single repair is meant
    /// (a function accepts no connections, an address does not exist).
    pub fn fix(&self, network: &Network) -> Vec<String> {
        let network = self.network_of(network);
        match self {
            Self::SecurityGroup { groups, direction, peer, payload, .. } => {
                authorize(network, groups, *direction, *peer, *payload)
            }
            Self::NetworkAcl { .. } => self.fix_network_acl(network),
            Self::NoIpv6Address { interface, .. } => vec![format!(
                "aws ec2 assign-ipv6-addresses --network-interface-id {interface} --ipv6-address-count 1"
            )],
            Self::NoRoute { table, interface, destination } => match network.peering_to(*destination) {
                Some((id, peering)) => route_to_peer(table, id, peering, *destination),
                None if destination.is_ipv6() => ipv6_to_internet(network, "create-route", table),
                None => route_to_internet(network, "create-route", table, interface),
            },
            Self::Blackhole { table, interface, route, target } => {
                revive(network, table, interface, *route, target)
            }
            Self::Loop { table, route, .. } => vec![delete_route(table, *route)],
            Self::Spoofed { interface, .. } | Self::DestinationCheck { interface, .. } => vec![format!(
                "aws ec2 modify-network-interface-attribute --network-interface-id {interface} --no-source-dest-check"
            )],
            Self::NoPublicAddress { interface, table, route } => {
                associate_address(network, interface, table, *route)
            }
            Self::AsymmetricReply { route: Some((table, route)), unsolicited, .. } => {
                restore_symmetry(network, table, *route, *unsolicited)
            }
            Self::AsymmetricReply { route: None, .. }
            | Self::UnknownInterface { .. }
            | Self::NoInterface { .. }
            | Self::NoSuchPublicAddress { .. }
            | Self::Circle { .. }
            | Self::Hub { .. }
            | Self::EgressOnly { .. }
            | Self::Transit { .. }
            | Self::NatGateway { .. } => Vec::new(),
        }
    }

    /// The network that the deciding rule is in: the one the packet began in, or a peered one.
    fn network_of<'a>(&self, home: &'a Network) -> &'a Network {
        let is_in = |network: &&Network| match self {
            Self::NetworkAcl { acl, .. } => network.network_acls.contains_key(acl),
            Self::NoRoute { table, .. }
            | Self::Blackhole { table, .. }
            | Self::AsymmetricReply { route: Some((table, _)), .. } => {
                network.route_tables.contains_key(table)
            }
            Self::SecurityGroup { interface, .. } | Self::DestinationCheck { interface, .. } => {
                network.interfaces.contains_key(interface)
            }
            _ => false,
        };
        home.reachable().find(is_in).unwrap_or(home)
    }

    fn fix_network_acl(&self, network: &Network) -> Vec<String> {
        let Self::NetworkAcl { acl: id, direction, number, peer, payload, reply, .. } = self else {
            return Vec::new();
        };
        let Some(acl) = network.network_acls.get(id) else { return Vec::new() };
        let Some(free) = free_number(acl, *direction, *number) else {
            return number.map(|number| delete_entry(id, *direction, number)).into_iter().collect();
        };
        let cidr = acl_peer(network, *direction, *peer, *reply);
        vec![format!(
            "aws ec2 create-network-acl-entry --network-acl-id {id} --{} --rule-number {free} --rule-action allow \
             --{} {cidr} {}",
            direction.noun(),
            cidr_option("cidr-block", cidr),
            acl_traffic(*payload, *reply)
        )]
    }
}

/// `IpProtocol=…,FromPort=…,ToPort=…` for exactly this payload.
fn ip_permission(payload: Payload) -> String {
    let protocol = protocol_name(payload.protocol());
    match payload {
        Payload::Tcp { destination_port: port, .. } | Payload::Udp { destination_port: port, .. } => {
            format!("IpProtocol={protocol},FromPort={port},ToPort={port}")
        }
        Payload::Icmp { kind, code } | Payload::Icmpv6 { kind, code } => {
            format!("IpProtocol={protocol},FromPort={kind},ToPort={code}")
        }
        Payload::Other(_) => format!("IpProtocol={protocol}"),
    }
}

/// The first of the groups gets the rule; it names the peer's first group when the peer has one.
fn authorize(
    network: &Network,
    groups: &BTreeSet<SecurityGroupId>,
    direction: Direction,
    peer: IpAddr,
    payload: Payload,
) -> Vec<String> {
    let Some(group) = groups.first() else { return Vec::new() };
    let peers = match interface_at(network, peer).and_then(|interface| interface.groups.first()) {
        Some(peer_group) => format!("UserIdGroupPairs=[{{GroupId={peer_group}}}]"),
        None => {
            let anywhere = direction == Direction::Egress && !network.is_local(peer);
            match (if anywhere { everything(peer) } else { peer.into() }, peer) {
                (cidr, IpAddr::V4(_)) => format!("IpRanges=[{{CidrIp={cidr}}}]"),
                (cidr, IpAddr::V6(_)) => format!("Ipv6Ranges=[{{CidrIpv6={cidr}}}]"),
            }
        }
    };
    vec![format!(
        "aws ec2 authorize-security-group-{} --group-id {group} --ip-permissions '{},{peers}'",
        direction.noun(),
        ip_permission(payload)
    )]
}

/// The interface with the address, in this network or a peered one.
fn interface_at(network: &Network, address: IpAddr) -> Option<&crate::NetworkInterface> {
    network
        .interface_at(address)
        .or_else(|| network.peering_to(address)?.1.network.as_ref()?.interface_at(address))
}

/// The address's CIDR of the other VPC by way of the connection to it.
fn route_to_peer(
    table: &RouteTableId,
    id: &base::VpcPeeringConnectionId,
    peering: &crate::Peering,
    address: IpAddr,
) -> Vec<String> {
    let cidr = peering.cidrs.iter().find(|cidr| cidr.contains(&address));
    let route = |cidr: &IpNet| {
        format!(
            "aws ec2 create-route --route-table-id {table} --{} {} --vpc-peering-connection-id {id}",
            cidr_option("destination-cidr-block", *cidr),
            cidr.trunc()
        )
    };
    cidr.map(route).into_iter().collect()
}

fn acl_traffic(payload: Payload, reply: bool) -> String {
    let protocol = protocol_name(payload.protocol());
    match payload {
        Payload::Tcp { .. } | Payload::Udp { .. } if reply => {
            format!("--protocol {protocol} --port-range {EPHEMERAL_PORTS}")
        }
        Payload::Tcp { destination_port: port, .. } | Payload::Udp { destination_port: port, .. } => {
            format!("--protocol {protocol} --port-range From={port},To={port}")
        }
        Payload::Icmp { kind, code } | Payload::Icmpv6 { kind, code } => {
            format!("--protocol {protocol} --icmp-type-code Type={kind},Code={code}")
        }
        Payload::Other(_) => format!("--protocol {protocol}"),
    }
}

/// The peer's subnet when it is one of this network; the internet as a whole where any of it may
/// answer or be asked, else the one address that asks.
fn acl_peer(network: &Network, direction: Direction, peer: IpAddr, reply: bool) -> IpNet {
    let blocks = network.subnets.values().flat_map(crate::Subnet::cidrs);
    let subnet = blocks.into_iter().find(|cidr| cidr.contains(&peer));
    match subnet {
        Some(cidr) => cidr.trunc(),
        None if reply || direction == Direction::Egress => everything(peer),
        None => peer.into(),
    }
}

/// A number that comes before the entry that denies, or after all others when none matched.
fn free_number(acl: &NetworkAcl, direction: Direction, denied_by: Option<u16>) -> Option<u16> {
    let taken: BTreeSet<u16> = acl.ordered(direction).iter().map(|entry| entry.number).collect();
    if let Some(number) = denied_by {
        return (1..number).rev().find(|n| !taken.contains(n));
    }
    let last = taken.last().copied().unwrap_or(0);
    let round = (last / ENTRY_STEP + 1).checked_mul(ENTRY_STEP).filter(|n| *n <= LAST_ENTRY_NUMBER);
    round.or_else(|| (1..=LAST_ENTRY_NUMBER).rev().find(|n| !taken.contains(n)))
}

fn delete_entry(acl: &NetworkAclId, direction: Direction, number: u16) -> String {
    format!(
        "aws ec2 delete-network-acl-entry --network-acl-id {acl} --{} --rule-number {number}",
        direction.noun()
    )
}

fn delete_route(table: &RouteTableId, route: IpNet) -> String {
    let option = cidr_option("destination-cidr-block", route);
    format!("aws ec2 delete-route --route-table-id {table} --{option} {route}")
}

/// The name of an option, which IPv6 has another of: `destination-ipv6-cidr-block`.
fn cidr_option(name: &str, cidr: IpNet) -> String {
    match cidr {
        IpNet::V4(_) => name.to_owned(),
        IpNet::V6(_) => name.replace("cidr-block", "ipv6-cidr-block"),
    }
}

/// The block of all addresses of this one's kind.
fn everything(address: IpAddr) -> IpNet {
    match address {
        IpAddr::V4(_) => Ipv4Net::default().into(),
        IpAddr::V6(_) => Ipv6Net::default().into(),
    }
}

/// A default route of IPv6: addresses are public, so that a gateway of either kind will do. The one that lets nobody
/// in is made where there is none.
fn ipv6_to_internet(network: &Network, verb: &str, table: &RouteTableId) -> Vec<String> {
    let route = format!("aws ec2 {verb} --route-table-id {table} --destination-ipv6-cidr-block ::/0");
    let option = "--egress-only-internet-gateway-id";
    match (&network.egress_only_internet_gateway, &network.internet_gateway) {
        (Some(gateway), _) => vec![format!("{route} {option} {gateway}")],
        (None, Some(gateway)) => vec![format!("{route} --gateway-id {gateway}")],
        (None, None) => vec![
            format!(
                "EIGW=$(aws ec2 create-egress-only-internet-gateway --vpc-id {} --query \
                 EgressOnlyInternetGateway.EgressOnlyInternetGatewayId --output text)",
                network.vpc
            ),
            format!("{route} {option} $EIGW"),
        ],
    }
}

/// A default route to the internet gateway for an interface with a public address, else to a NAT
/// gateway: one that there is, or a new one in a subnet that has the way out.
fn route_to_internet(
    network: &Network,
    verb: &str,
    table: &RouteTableId,
    interface: &NetworkInterfaceId,
) -> Vec<String> {
    let route = format!("aws ec2 {verb} --route-table-id {table} --destination-cidr-block 0.0.0.0/0");
    let is_public =
        |id| network.interfaces.get(id).is_some_and(|i| i.addresses.iter().any(|a| a.public.is_some()));
    if let Some(gateway) = network.internet_gateway.as_ref().filter(|_| is_public(interface)) {
        return vec![format!("{route} --gateway-id {gateway}")];
    }
    if let Some(nat) = nat_gateway(network, table) {
        return vec![format!("{route} --nat-gateway-id {nat}")];
    }
    let Some(subnet) = public_subnet(network, table) else { return Vec::new() };
    vec![
        format!(
            "NAT=$(aws ec2 create-nat-gateway --subnet-id {subnet} --allocation-id $(aws ec2 allocate-address \
             --domain vpc --query AllocationId --output text) --query NatGateway.NatGatewayId --output text)"
        ),
        "aws ec2 wait nat-gateway-available --nat-gateway-ids $NAT".to_owned(),
        format!("{route} --nat-gateway-id $NAT"),
    ]
}

/// A NAT gateway in a public subnet with another table than this one.
fn nat_gateway<'a>(network: &'a Network, table: &RouteTableId) -> Option<&'a base::NatGatewayId> {
    network.interfaces.values().find_map(|interface| match &interface.kind {
        InterfaceKind::NatGateway(id) => {
            let public = interface.addresses.iter().any(|address| address.public.is_some());
            (public && leads_out(network, &interface.subnet, table)).then_some(id)
        }
        _ => None,
    })
}

fn public_subnet<'a>(network: &'a Network, table: &RouteTableId) -> Option<&'a SubnetId> {
    network.subnets.keys().find(|id| leads_out(network, id, table))
}

/// Whether the subnet's table, another one than `not`, has its default route to the attached gateway.
fn leads_out(network: &Network, subnet: &SubnetId, not: &RouteTableId) -> bool {
    let Some(table) = network.subnets.get(subnet).map(|subnet| &subnet.route_table) else { return false };
    let to_gateway = |target: &Target| match target {
        Target::InternetGateway(id) => network.internet_gateway.as_ref() == Some(id),
        _ => false,
    };
    let routes = network.route_tables.get(table).map(|table| table.routes.as_slice()).unwrap_or_default();
    table != not && routes.iter().any(|r| r.destination == Ipv4Net::default().into() && to_gateway(&r.target))
}

fn revive(
    network: &Network,
    table: &RouteTableId,
    interface: &NetworkInterfaceId,
    route: IpNet,
    target: &Target,
) -> Vec<String> {
    if network.all_cidrs().any(|cidr| cidr.contains(&route)) {
        return vec![delete_route(table, route)];
    }
    match target {
        Target::InternetGateway(id) if network.internet_gateway.is_none() => {
            vec![format!(
                "aws ec2 attach-internet-gateway --internet-gateway-id {id} --vpc-id {}",
                network.vpc
            )]
        }
        _ if route == Ipv6Net::default().into() => ipv6_to_internet(network, "replace-route", table),
        _ if route == Ipv4Net::default().into() => {
            route_to_internet(network, "replace-route", table, interface)
        }
        _ => vec![delete_route(table, route)],
    }
}

/// Functions cannot have a public address: for them the route must lead to a NAT gateway.
fn associate_address(
    network: &Network,
    id: &NetworkInterfaceId,
    table: &RouteTableId,
    route: IpNet,
) -> Vec<String> {
    if matches!(route, IpNet::V6(_)) {
        // The source is nobody's address in this VPC.
        return Vec::new();
    }
    let replace = |nat: &base::NatGatewayId| {
        format!(
            "aws ec2 replace-route --route-table-id {table} --destination-cidr-block {route} --nat-gateway-id {nat}"
        )
    };
    match network.interfaces.get(id).map(|interface| &interface.kind) {
        Some(InterfaceKind::Host | InterfaceKind::Open) => vec![format!(
            "aws ec2 associate-address --network-interface-id {id} --allocation-id $(aws ec2 allocate-address \
             --domain vpc --query AllocationId --output text)"
        )],
        Some(InterfaceKind::Hub) => nat_gateway(network, table).map(replace).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// An answer to the internet must leave by the internet gateway, an answer within the VPC directly.
fn restore_symmetry(network: &Network, table: &RouteTableId, route: IpNet, unsolicited: bool) -> Vec<String> {
    match &network.internet_gateway {
        Some(gateway) if unsolicited => vec![format!(
            "aws ec2 replace-route --route-table-id {table} --{} {route} --gateway-id {gateway}",
            cidr_option("destination-cidr-block", route)
        )],
        _ => vec![delete_route(table, route)],
    }
}
