//! One pass through the router, decision by decision, in the order that [`crate::Plan`] documents.

use crate::{
    Direction, Hop, InterfaceKind, Link, Network, NetworkInterface, Packet, Payload, Peer, Reason, RuleRef,
    SecurityGroupRule, Step, Target,
};
use base::{
    EgressOnlyInternetGatewayId, NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId,
    VpcPeeringConnectionId,
};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The other address of the resolver, the same in every VPC.
pub(crate) const LINK_LOCAL_RESOLVER: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);
const DNS_PORT: u16 = 53;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    New,
    /// Belongs to a connection whose first packet passed.
    Established,
    /// So does this, but that packet left by another gateway than the egress-only one.
    Strayed,
}

pub(crate) struct Pass<'a> {
    pub network: &'a Network,
    /// The network at the other end of the connection that the packet comes by.
    pub across: Option<&'a Network>,
    pub packet: Packet,
    pub state: State,
    pub hops: &'a mut Vec<Hop>,
}

/// Addresses that mean something on one link only, and groups of receivers, which a VPC does not carry.
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => Ipv6Addr::is_unicast_link_local(&address) || address.is_multicast(),
    }
}

/// A table's answer, with the table and the route that gave it.
struct Routed {
    to: Link,
    rule: Option<(RouteTableId, IpNet)>,
}

impl Pass<'_> {
    pub(crate) fn run(&mut self, entry: &Link) -> Result<Link, Reason> {
        let result = self.decide(entry);
        if let Err(reason) = &result {
            self.hop(Step::Dropped(reason.clone()));
        }
        result
    }

    fn hop(&mut self, step: Step) {
        self.hops.push(Hop { packet: self.packet, step });
    }

    fn decide(&mut self, entry: &Link) -> Result<Link, Reason> {
        self.source_check(entry)?;
        if self.network.is_dns(self.packet) && matches!(entry, Link::Interface(_)) {
            self.hop(Step::Routed { rule: None, to: Link::Resolver });
            return Ok(Link::Resolver);
        }
        let routed = self.routed(entry)?;
        self.loops(entry, &routed)?;
        let rule = routed.rule.clone().map(|(table, destination)| RuleRef::Route { table, destination });
        self.hop(Step::Routed { rule, to: routed.to.clone() });
        self.egress_only(entry, &routed.to)?;
        self.network_acls(entry, &routed.to)?;
        if self.state == State::New {
            self.security_group(entry, &routed.to, Direction::Egress)?;
            self.security_group(&routed.to, entry, Direction::Ingress)?;
            self.accepted(entry, &routed)?;
        }
        Ok(routed.to)
    }

    fn interface(&self, link: &Link) -> Option<&NetworkInterface> {
        match link {
            Link::Interface(id) => self.network.attached(id),
            _ => None,
        }
    }

    fn source_check(&self, entry: &Link) -> Result<(), Reason> {
        let Link::Interface(id) = entry else { return Ok(()) };
        let unknown = || Reason::UnknownInterface { interface: id.clone() };
        let interface = self.network.attached(id).ok_or_else(unknown)?;
        let free = interface.is_nat_gateway() || !interface.source_dest_check;
        if free || interface.has(self.packet.source) {
            return Ok(());
        }
        Err(Reason::Spoofed { interface: id.clone(), source: self.packet.source })
    }

    fn routed(&self, entry: &Link) -> Result<Routed, Reason> {
        let destination = self.packet.destination;
        let Link::Interface(id) = entry else {
            return Ok(Routed { to: self.local(destination)?, rule: None });
        };
        let table = self.network.table_of(id).cloned();
        let table = table.ok_or_else(|| Reason::UnknownInterface { interface: id.clone() })?;
        if is_link_local(destination) {
            return Err(Reason::NoInterface { address: destination });
        }
        let Some((route, target)) = self.network.route(&table, destination) else {
            return Err(Reason::NoRoute { table, interface: id.clone(), destination });
        };
        let to = match self.network.link_of(&target, route) {
            Some(link) => link,
            None if target == Target::Local => self.local(destination)?,
            None => return Err(Reason::Blackhole { table, interface: id.clone(), route, target }),
        };
        Ok(Routed { to, rule: Some((table, route)) })
    }

    fn local(&self, destination: IpAddr) -> Result<Link, Reason> {
        let interface =
            self.network.interface_at(destination).filter(|i| self.network.attached(&i.id).is_some());
        let none = Reason::NoInterface { address: destination };
        interface.map(|interface| Link::Interface(interface.id.clone())).ok_or(none)
    }

    fn loops(&self, entry: &Link, routed: &Routed) -> Result<(), Reason> {
        match (&routed.to, &routed.rule) {
            (Link::Interface(id), Some((table, route))) if entry == &routed.to => {
                Err(Reason::Loop { interface: id.clone(), table: table.clone(), route: *route })
            }
            _ => Ok(()),
        }
    }

    /// What begins at its other end, and the answer to what went out or came in by another way.
    fn egress_only(&self, entry: &Link, to: &Link) -> Result<(), Reason> {
        let Some(gateway) = &self.network.egress_only_internet_gateway else { return Ok(()) };
        let refused = match self.state {
            State::New | State::Strayed if entry == &Link::EgressOnlyInternetGateway => true,
            State::New => false,
            State::Established | State::Strayed => to == &Link::EgressOnlyInternetGateway,
        };
        let Packet { source, destination, .. } = self.packet;
        let gateway = gateway.clone();
        if refused { Err(Reason::EgressOnly { gateway, source, destination }) } else { Ok(()) }
    }

    fn network_acls(&mut self, from: &Link, to: &Link) -> Result<(), Reason> {
        let source = self.interface(from).map(|interface| interface.subnet.clone());
        let destination = self.interface(to).map(|interface| interface.subnet.clone());
        if source == destination {
            return Ok(());
        }
        if let Some(subnet) = source {
            self.network_acl(subnet, Direction::Egress, self.packet.destination)?;
        }
        if let Some(subnet) = destination {
            self.network_acl(subnet, Direction::Ingress, self.packet.source)?;
        }
        Ok(())
    }

    fn network_acl(&mut self, subnet: SubnetId, direction: Direction, peer: IpAddr) -> Result<(), Reason> {
        let Some(acl) = self.network.subnets.get(&subnet).map(|subnet| subnet.network_acl.clone()) else {
            return Ok(());
        };
        let payload = self.packet.payload;
        let entries = self.network.network_acls.get(&acl);
        let entry = entries.and_then(|entries| entries.deciding(direction, peer, payload));
        let number = entry.map(|entry| entry.number);
        if entry.is_some_and(|entry| entry.action == crate::Action::Allow) {
            let rule = RuleRef::NetworkAclEntry { acl, direction, number };
            self.hop(Step::NetworkAcl { subnet, rule });
            return Ok(());
        }
        let reply = self.state != State::New;
        Err(Reason::NetworkAcl { acl, subnet, direction, number, peer, payload, reply })
    }

    /// What is at the other end of a peering link.
    fn behind(&self, link: &Link) -> Option<&Network> {
        let Link::Peering(id) = link else { return None };
        self.across.or_else(|| self.network.peerings.get(id)?.network.as_deref())
    }

    fn security_group(&mut self, link: &Link, other: &Link, direction: Direction) -> Result<(), Reason> {
        let peer = match direction {
            Direction::Egress => self.packet.destination,
            Direction::Ingress => self.packet.source,
        };
        let payload = self.packet.payload;
        let Some(interface) = self.interface(link).filter(|interface| interface.is_filtered()) else {
            return Ok(());
        };
        let id = interface.id.clone();
        let across = self.behind(other);
        let Some(rule) = self.network.allowing(interface, direction, peer, payload, across) else {
            let groups = interface.groups.clone();
            return Err(Reason::SecurityGroup { interface: id, groups, direction, peer, payload });
        };
        self.hop(Step::SecurityGroup { interface: id, rule });
        Ok(())
    }

    /// The destination's own conditions.
    fn accepted(&self, entry: &Link, routed: &Routed) -> Result<(), Reason> {
        match &routed.to {
            Link::Interface(_) => self.interface(&routed.to).map_or(Ok(()), |to| self.accepted_by(to)),
            Link::InternetGateway | Link::EgressOnlyInternetGateway => self.translatable(entry, routed),
            Link::Peering(id) => self.crosses(id),
            Link::GatewayEndpoint(_) | Link::Resolver => Ok(()),
        }
    }

    fn crosses(&self, id: &VpcPeeringConnectionId) -> Result<(), Reason> {
        let Packet { source, destination, .. } = self.packet;
        let there = self.network.peerings.get(id).map(|peering| peering.cidrs.as_slice()).unwrap_or_default();
        if self.network.is_local(source) && there.iter().any(|cidr| cidr.contains(&destination)) {
            return Ok(());
        }
        Err(Reason::Transit { peering: id.clone(), source, destination })
    }

    fn accepted_by(&self, to: &NetworkInterface) -> Result<(), Reason> {
        let Packet { destination, payload, .. } = self.packet;
        let interface = to.id.clone();
        match to.kind {
            InterfaceKind::Hub => Err(Reason::Hub { interface }),
            InterfaceKind::NatGateway(_)
                if to.has(destination) || destination.is_ipv6() || matches!(payload, Payload::Other(_)) =>
            {
                Err(Reason::NatGateway { interface, destination, payload })
            }
            InterfaceKind::NatGateway(_) => Ok(()),
            _ if to.source_dest_check && !to.has(destination) => {
                Err(Reason::DestinationCheck { interface, destination })
            }
            _ => Ok(()),
        }
    }

    fn translatable(&self, entry: &Link, routed: &Routed) -> Result<(), Reason> {
        let source = self.packet.source;
        if source.is_ipv6() && self.network.is_local(source) {
            return Ok(());
        }
        let sender = self.network.interface_at(source);
        if sender.is_some_and(|interface| interface.public_of(source).is_some()) {
            return Ok(());
        }
        let interface = match entry {
            Link::Interface(id) => id.clone(),
            _ => return Ok(()),
        };
        let (table, route) = routed.rule.clone().unwrap_or_else(|| ("".into(), Ipv4Net::default().into()));
        Err(Reason::NoPublicAddress { interface, table, route })
    }
}

impl Network {
    /// The interface, when the subnet it is said to be in exists.
    pub(crate) fn attached(&self, id: &NetworkInterfaceId) -> Option<&NetworkInterface> {
        self.interfaces.get(id).filter(|interface| self.subnets.contains_key(&interface.subnet))
    }

    pub(crate) fn table_of(&self, id: &NetworkInterfaceId) -> Option<&RouteTableId> {
        Some(&self.subnets.get(&self.interfaces.get(id)?.subnet)?.route_table)
    }

    fn is_dns(&self, packet: Packet) -> bool {
        let IpAddr::V4(destination) = packet.destination else { return false };
        let to_resolver =
            self.dns_support && (destination == LINK_LOCAL_RESOLVER || self.resolver() == Some(destination));
        to_resolver && packet.payload.destination_port() == Some(DNS_PORT)
    }

    /// The longest of the table's prefixes that covers the destination, and where it leads. A route made
    /// for one of the VPC's own CIDRs takes the place of the local one.
    pub fn route(&self, table: &RouteTableId, destination: impl Into<IpAddr>) -> Option<(IpNet, Target)> {
        let destination = destination.into();
        let made = self.route_tables.get(table).into_iter().flat_map(|table| table.by_rank());
        let made = made.map(|route| (route.destination.trunc(), route.target.clone()));
        let local = self.all_cidrs().map(|cidr| (cidr.trunc(), Target::Local));
        let covering = local.chain(made).filter(|(cidr, _)| cidr.contains(&destination));
        covering.max_by_key(|(cidr, _)| cidr.prefix_len())
    }

    /// Whether the gateway is this VPC's, for a route that it can take.
    pub(crate) fn has_egress_only(&self, id: &EgressOnlyInternetGatewayId, route: IpNet) -> bool {
        self.egress_only_internet_gateway.as_ref() == Some(id) && matches!(route, IpNet::V6(_))
    }

    /// The link that the target of a route stands for; `None` for local and for what leads nowhere.
    fn link_of(&self, target: &Target, route: IpNet) -> Option<Link> {
        match target {
            Target::InternetGateway(id) if self.internet_gateway.as_ref() == Some(id) => {
                Some(Link::InternetGateway)
            }
            Target::EgressOnlyInternetGateway(id) if self.has_egress_only(id, route) => {
                Some(Link::EgressOnlyInternetGateway)
            }
            // A NAT gateway translates IPv4.
            Target::NatGateway { .. } if matches!(route, IpNet::V6(_)) => None,
            Target::NatGateway { interface: id, .. } | Target::NetworkInterface(id) => {
                self.attached(id).map(|_| Link::Interface(id.clone()))
            }
            Target::VpcEndpoint(id) => Some(Link::GatewayEndpoint(id.clone())),
            Target::Peering(id) if self.peerings.contains_key(id) => Some(Link::Peering(id.clone())),
            _ => None,
        }
    }

    /// The first rule of the interface's groups that allows the connection.
    fn allowing(
        &self,
        interface: &NetworkInterface,
        direction: Direction,
        peer: IpAddr,
        payload: Payload,
        across: Option<&Network>,
    ) -> Option<RuleRef> {
        interface.groups.iter().find_map(|group| self.rule_for(group, direction, peer, payload, across))
    }

    /// The group's first rule that allows the connection with a peer in this VPC or on the internet.
    pub fn rule_allowing(
        &self,
        id: &SecurityGroupId,
        direction: Direction,
        peer: impl Into<IpAddr>,
        payload: Payload,
    ) -> Option<RuleRef> {
        self.rule_for(id, direction, peer.into(), payload, None)
    }

    fn rule_for(
        &self,
        id: &SecurityGroupId,
        direction: Direction,
        peer: IpAddr,
        payload: Payload,
        across: Option<&Network>,
    ) -> Option<RuleRef> {
        let matches = |rule: &&SecurityGroupRule| {
            rule.traffic.matches(payload) && self.is_peer(&rule.peer, peer, across)
        };
        let rule = self.security_groups.get(id)?.rules(direction).find(matches)?;
        Some(RuleRef::SecurityGroupRule { group: id.clone(), rule: rule.id.clone(), direction })
    }

    fn is_peer(&self, peer: &Peer, address: IpAddr, across: Option<&Network>) -> bool {
        match peer {
            Peer::Cidr(cidr) => cidr.contains(&address),
            Peer::Group(id) => {
                let there =
                    across.is_some_and(|n| n.security_groups.contains_key(id) && n.is_member(id, address));
                there || self.is_member(id, address)
            }
            Peer::PrefixList(id) => self
                .prefix_lists
                .get(id)
                .is_some_and(|cidrs| cidrs.iter().any(|cidr| cidr.contains(&address))),
        }
    }
}
