//! The compiled plan as a kernel would run it: namespaces with conntrack, address translation, routing
//! tables and chains. A second implementation, which knows only the [`Plan`], to hold against `walk`.

use crate::{
    AclEntryPlan, Action, Delivery, Direction, DropRef, Flow, GroupRulePlan, InterfaceKind, Link, LinkPlan,
    Origin, Packet, Payload, PeerPlan, Plan, RouteAction, Way,
};
use base::{NetworkInterfaceId, SecurityGroupId, VpcId, VpcPeeringConnectionId};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// More hops than the packet's time to live allows.
const TIME_TO_LIVE: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Delivered(Delivery),
    /// `at` is `None` when no rule drops it: it gets lost or nobody takes it for an answer.
    Dropped {
        on: Way,
        at: Option<DropRef>,
    },
}

/// Sends the first packet of the flow and, when it arrives, its answer.
pub fn simulate(plan: &Plan, flow: &Flow) -> Outcome {
    simulate_among(std::slice::from_ref(plan), plan, flow)
}

/// As [`simulate`], with other VPCs around the one that the flow begins in.
pub fn simulate_among(plans: &[Plan], home: &Plan, flow: &Flow) -> Outcome {
    let mut world =
        World { plans, home, plan: home, routers: BTreeMap::new(), nat_gateways: BTreeMap::new() };
    let Some((entry, packet)) = world.origin(flow) else { return dropped(Way::Forward, None) };
    let (link, arrived) = match world.travel(entry.clone(), packet) {
        Ok(arrival) => arrival,
        Err(at) => return dropped(Way::Forward, at),
    };
    let delivered = Outcome::Delivered(match &link {
        Link::Interface(id) => Delivery::Interface(id.clone()),
        Link::InternetGateway | Link::EgressOnlyInternetGateway => Delivery::Internet,
        Link::GatewayEndpoint(id) => Delivery::GatewayEndpoint(id.clone()),
        Link::Resolver => Delivery::Resolver,
        Link::Peering(_) => return dropped(Way::Forward, None),
    });
    if !world.is_party(&link, arrived) {
        return delivered;
    }
    match world.travel(link, arrived.reply()) {
        Ok((back, answer)) if back == entry && answer == packet.reply() && world.plan.vpc == home.vpc => {
            delivered
        }
        Ok(_) => dropped(Way::Reply, None),
        Err(at) => dropped(Way::Reply, at),
    }
}

fn dropped(on: Way, at: Option<DropRef>) -> Outcome {
    Outcome::Dropped { on, at }
}

/// The connections of one namespace: the first packet as it came, the answer as it is awaited.
#[derive(Debug, Default)]
struct Conntrack {
    seen: Vec<(Packet, Packet)>,
    /// The answers that the egress-only gateway awaits.
    outward: Vec<Packet>,
}

impl Conntrack {
    fn answered_by(&self, packet: Packet) -> Option<Packet> {
        self.seen.iter().find(|(_, awaited)| *awaited == packet).map(|(original, _)| *original)
    }

    fn is_known(&self, packet: Packet) -> bool {
        self.seen.iter().any(|(original, _)| *original == packet)
    }

    fn remember(&mut self, original: Packet, sent: Packet) {
        if !self.is_known(original) {
            self.seen.push((original, sent.reply()));
        }
    }
}

struct World<'a> {
    plans: &'a [Plan],
    /// Of the VPC that the flow begins in: it knows itself and its peers.
    home: &'a Plan,
    /// Of the router where the packet is.
    plan: &'a Plan,
    routers: BTreeMap<VpcId, Conntrack>,
    nat_gateways: BTreeMap<NetworkInterfaceId, Conntrack>,
}

type Lost = Option<DropRef>;

impl World<'_> {
    fn router(&mut self) -> &mut Conntrack {
        self.routers.entry(self.plan.vpc.clone()).or_default()
    }

    /// To the router at the other end.
    fn cross(&mut self, id: &VpcPeeringConnectionId) -> Result<(), Lost> {
        let vpc = self.plan.peerings.get(id).map(|peering| &peering.vpc);
        self.plan = self.plans.iter().find(|plan| Some(&plan.vpc) == vpc).ok_or(None)?;
        Ok(())
    }

    /// To the known router that has an address of IPv6, by the gateway that the internet reaches it by.
    fn over_the_internet(&mut self, address: IpAddr) -> Option<Result<Link, Lost>> {
        let home = self.home;
        let known = |plan: &&Plan| {
            plan.vpc == home.vpc || home.peerings.values().any(|peering| peering.vpc == plan.vpc)
        };
        let has = |plan: &&Plan| address.is_ipv6() && within_v6(&plan.ipv6_cidrs, address);
        let there = self.plans.iter().filter(known).find(has)?;
        self.plan = there;
        let open = there.internet_gateway.as_ref().map(|_| Link::InternetGateway);
        let outward = there.egress_only_internet_gateway.as_ref().map(|_| Link::EgressOnlyInternetGateway);
        Some(open.or(outward).ok_or(None))
    }

    fn origin(&self, flow: &Flow) -> Option<(Link, Packet)> {
        let (link, source) = match &flow.from {
            Origin::Internet(address) if self.plan.internet_gateway.is_none() && address.is_ipv6() => {
                self.plan.egress_only_internet_gateway.as_ref()?;
                (Link::EgressOnlyInternetGateway, *address)
            }
            Origin::Internet(address) => (Link::InternetGateway, *address),
            Origin::Interface(id) => {
                let is_alike = |address: &IpAddr| address.is_ipv6() == flow.destination.is_ipv6();
                let primary = self.plan.links.get(id)?.all_addresses().find(is_alike);
                (Link::Interface(id.clone()), flow.source.or(primary)?)
            }
        };
        Some((link, Packet { source, destination: flow.destination, payload: flow.payload }))
    }

    /// From pass to pass until somebody takes the packet.
    fn travel(&mut self, mut entry: Link, mut packet: Packet) -> Result<(Link, Packet), Lost> {
        let from_internet = matches!(entry, Link::InternetGateway | Link::EgressOnlyInternetGateway);
        if from_internet && !self.is_public(packet.destination) {
            return Err(None);
        }
        for _ in 0..TIME_TO_LIVE {
            let (exit, sent) = self.pass(&entry, packet)?;
            packet = sent;
            match &exit {
                Link::Interface(id) if self.is_nat_gateway(id) => {
                    packet = self.masquerade(&id.clone(), packet)?
                }
                Link::InternetGateway | Link::EgressOnlyInternetGateway if packet.destination.is_ipv6() => {
                    match self.over_the_internet(packet.destination) {
                        None => return Ok((exit, packet)),
                        Some(link) => {
                            entry = link?;
                            continue;
                        }
                    }
                }
                Link::InternetGateway if self.is_public(packet.destination) => {}
                Link::Peering(id) => self.cross(id)?,
                _ => return Ok((exit, packet)),
            }
            entry = exit;
        }
        Err(None)
    }

    fn link(&self, link: &Link) -> Option<&LinkPlan> {
        match link {
            Link::Interface(id) => self.plan.links.get(id).map(|link| &**link),
            _ => None,
        }
    }

    fn is_public(&self, address: IpAddr) -> bool {
        if address.is_ipv6() {
            return within_v6(&self.plan.ipv6_cidrs, address);
        }
        self.plan.internet_gateway.is_some()
            && self.plan.translations.iter().any(|t| IpAddr::V4(t.public) == address)
    }

    fn is_nat_gateway(&self, id: &NetworkInterfaceId) -> bool {
        self.plan.links.get(id).is_some_and(|link| link.masquerade)
    }

    fn is_party(&self, link: &Link, packet: Packet) -> bool {
        match link {
            Link::Resolver => false,
            Link::InternetGateway
            | Link::EgressOnlyInternetGateway
            | Link::GatewayEndpoint(_)
            | Link::Peering(_) => true,
            Link::Interface(_) => self.link(link).is_some_and(|l| has(l, packet.destination)),
        }
    }

    /// The NAT gateway's own namespace.
    fn masquerade(&mut self, id: &NetworkInterfaceId, packet: Packet) -> Result<Packet, Lost> {
        let own = self.plan.links.get(id).and_then(|link| link.addresses.first().copied());
        let conntrack = self.nat_gateways.entry(id.clone()).or_default();
        if let Some(original) = conntrack.answered_by(packet) {
            return Ok(original.reply());
        }
        let sent = Packet { source: own.ok_or(None)?.into(), ..packet };
        conntrack.remember(packet, sent);
        Ok(sent)
    }

    /// The router's namespace: prerouting, routing, forward, postrouting.
    fn pass(&mut self, entry: &Link, came: Packet) -> Result<(Link, Packet), Lost> {
        if let Some(link) = self.link(entry)
            && link.source_dest_check
            && !has(link, came.source)
        {
            return Err(spoofed(entry));
        }
        let answered = self.router().answered_by(came);
        let established = answered.is_some() || self.router().is_known(came);
        let mut packet = came;
        match answered {
            Some(original) => packet.destination = original.source,
            None if *entry == Link::InternetGateway => packet.destination = self.private(came.destination),
            None => {}
        }
        if self.is_for_resolver(entry, packet) {
            return Ok((Link::Resolver, packet));
        }
        let exit = self.routed(entry, packet)?;
        let outward = Link::EgressOnlyInternetGateway;
        let awaited = self.router().outward.contains(&came);
        if (*entry == outward && !awaited) || (exit == outward && answered.is_some()) {
            return Err(self.plan.egress_only_internet_gateway.clone().map(DropRef::EgressOnly));
        }
        self.forward(entry, &exit, packet, established)?;
        match answered {
            Some(original) => packet.source = original.destination,
            None if exit == Link::InternetGateway => packet.source = self.public(packet.source),
            None => {}
        }
        if answered.is_none() {
            self.router().remember(came, packet);
            if exit == outward {
                self.router().outward.push(packet.reply());
            }
        }
        Ok((exit, packet))
    }

    fn private(&self, public: IpAddr) -> IpAddr {
        let found = self.plan.translations.iter().find(|t| IpAddr::V4(t.public) == public);
        found.map_or(public, |t| t.private.into())
    }

    fn public(&self, private: IpAddr) -> IpAddr {
        let found = self.plan.translations.iter().find(|t| IpAddr::V4(t.private) == private);
        found.map_or(private, |t| t.public.into())
    }

    /// Whether a source may leave for the internet.
    fn leaves(&self, source: IpAddr) -> bool {
        if source.is_ipv6() { self.is_public(source) } else { self.public(source) != source }
    }

    fn is_for_resolver(&self, entry: &Link, packet: Packet) -> bool {
        let Some(resolver) = self.plan.resolver.filter(|_| matches!(entry, Link::Interface(_))) else {
            return false;
        };
        let port = packet.payload.destination_port();
        let resolvers = [resolver, Ipv4Addr::new(169, 254, 169, 253)].map(IpAddr::V4);
        port == Some(53) && resolvers.contains(&packet.destination)
    }

    fn routed(&self, entry: &Link, packet: Packet) -> Result<Link, Lost> {
        let Some(link) = self.link(entry) else { return self.interface_table(packet) };
        if crate::pass::is_link_local(packet.destination) {
            return Err(Some(DropRef::NoInterface));
        }
        let table = self.plan.tables.values().find(|table| table.number == link.table).ok_or(None)?;
        let route = table.routes.iter().find(|route| route.destination.contains(&packet.destination));
        let exit = match &route.ok_or(None)?.action {
            RouteAction::Local => self.interface_table(packet)?,
            RouteAction::Link(id) => Link::Interface(id.clone()),
            RouteAction::InternetGateway => Link::InternetGateway,
            RouteAction::EgressOnlyInternetGateway => Link::EgressOnlyInternetGateway,
            RouteAction::GatewayEndpoint(id) => Link::GatewayEndpoint(id.clone()),
            RouteAction::Peering(id) => Link::Peering(id.clone()),
            RouteAction::Drop(at) => return Err(Some(at.clone())),
        };
        match &exit {
            Link::Interface(id) if exit == *entry => Err(Some(DropRef::Loop(id.clone()))),
            _ => Ok(exit),
        }
    }

    fn interface_table(&self, packet: Packet) -> Result<Link, Lost> {
        let at = |(_, link): &(&NetworkInterfaceId, &std::sync::Arc<LinkPlan>)| has(link, packet.destination);
        let found = self.plan.links.iter().find(at).map(|(id, _)| Link::Interface(id.clone()));
        found.ok_or(Some(DropRef::NoInterface))
    }

    fn forward(&self, entry: &Link, exit: &Link, packet: Packet, established: bool) -> Result<(), Lost> {
        let (from, to) = (self.link(entry), self.link(exit));
        if from.map(|link| link.subnet_index) != to.map(|link| link.subnet_index) {
            self.acl(from, Direction::Egress, packet)?;
            self.acl(to, Direction::Ingress, packet)?;
        }
        if established {
            return Ok(());
        }
        self.groups(entry, exit, Direction::Egress, packet)?;
        self.groups(exit, entry, Direction::Ingress, packet)?;
        self.accepted(entry, exit, packet)
    }

    fn acl(&self, link: Option<&LinkPlan>, direction: Direction, packet: Packet) -> Result<(), Lost> {
        let Some(subnet) = link.and_then(|link| self.plan.subnets.get(&link.subnet)) else { return Ok(()) };
        let chains = self.plan.acls.get(&subnet.acl);
        let (entries, peer) = match direction {
            Direction::Egress => (chains.map(|chains| &chains.egress), packet.destination),
            Direction::Ingress => (chains.map(|chains| &chains.ingress), packet.source),
        };
        let matches = |e: &&AclEntryPlan| e.cidr.contains(&peer) && e.traffic.matches(packet.payload);
        let deciding = entries.into_iter().flatten().find(matches);
        if deciding.is_some_and(|entry| entry.action == Action::Allow) {
            return Ok(());
        }
        let number = deciding.map(|entry| entry.number);
        Err(Some(DropRef::NetworkAcl { acl: subnet.acl.clone(), direction, number }))
    }

    fn groups(&self, link: &Link, other: &Link, direction: Direction, packet: Packet) -> Result<(), Lost> {
        let (Link::Interface(interface), Some(plan)) = (link, self.link(link)) else { return Ok(()) };
        if !plan.filtered
            || plan.groups.iter().any(|group| self.group_allows(group, other, direction, packet))
        {
            return Ok(());
        }
        Err(Some(DropRef::SecurityGroup { interface: interface.clone(), direction }))
    }

    fn group_allows(
        &self,
        group: &SecurityGroupId,
        other: &Link,
        direction: Direction,
        packet: Packet,
    ) -> bool {
        let Some(chains) = self.plan.groups.get(group) else { return false };
        let (rules, peer) = match direction {
            Direction::Egress => (&chains.egress, packet.destination),
            Direction::Ingress => (&chains.ingress, packet.source),
        };
        let is_peer = |rule: &GroupRulePlan| match &rule.peer {
            PeerPlan::Cidrs(cidrs) => cidrs.iter().any(|cidr| cidr.contains(&peer)),
            PeerPlan::Members(id) => {
                self.plan.groups.get(id).is_some_and(|group| group.members.contains(&peer))
            }
            PeerPlan::Across { peering, group } => {
                let members = self.plan.peerings.get(peering).and_then(|there| there.members.get(group));
                *other == Link::Peering(peering.clone()) && members.is_some_and(|m| m.contains(&peer))
            }
        };
        rules.iter().any(|rule| rule.traffic.matches(packet.payload) && is_peer(rule))
    }

    fn transit(&self, id: &VpcPeeringConnectionId, packet: Packet) -> Option<DropRef> {
        let there = self.plan.peerings.get(id).map(|peering| peering.cidrs.as_slice()).unwrap_or_default();
        let v6 = self.plan.ipv6_cidrs.iter().copied().map(ipnet::IpNet::V6);
        let here: Vec<_> = self.plan.cidrs.iter().copied().map(ipnet::IpNet::V4).chain(v6).collect();
        let crosses = within(&here, packet.source) && within(there, packet.destination);
        (!crosses).then(|| DropRef::Transit(id.clone()))
    }

    fn accepted(&self, entry: &Link, exit: &Link, packet: Packet) -> Result<(), Lost> {
        let place = match (exit, self.link(exit)) {
            (Link::Interface(id), Some(link)) => refused(id, link, packet),
            (Link::InternetGateway | Link::EgressOnlyInternetGateway, _) if !self.leaves(packet.source) => {
                match entry {
                    Link::Interface(id) => Some(DropRef::NoPublicAddress(id.clone())),
                    _ => None,
                }
            }
            (Link::Peering(id), _) => self.transit(id, packet),
            _ => None,
        };
        place.map_or(Ok(()), |place| Err(Some(place)))
    }
}

fn has(link: &LinkPlan, address: IpAddr) -> bool {
    link.all_addresses().any(|own| own == address)
}

fn within_v6(cidrs: &[ipnet::Ipv6Net], address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if cidrs.iter().any(|cidr| cidr.contains(&address)))
}

fn within(cidrs: &[ipnet::IpNet], address: IpAddr) -> bool {
    cidrs.iter().any(|cidr| cidr.contains(&address))
}

fn spoofed(entry: &Link) -> Lost {
    match entry {
        Link::Interface(id) => Some(DropRef::Spoofed(id.clone())),
        _ => None,
    }
}

fn refused(id: &NetworkInterfaceId, link: &LinkPlan, packet: Packet) -> Option<DropRef> {
    let own = has(link, packet.destination);
    match link.kind {
        InterfaceKind::Hub => Some(DropRef::Hub(id.clone())),
        InterfaceKind::NatGateway(_) => {
            let refused = own || packet.destination.is_ipv6() || matches!(packet.payload, Payload::Other(_));
            refused.then(|| DropRef::NatGateway(id.clone()))
        }
        _ => (link.source_dest_check && !own).then(|| DropRef::DestinationCheck(id.clone())),
    }
}
