//! From the hops of a trace to components, in the order in which a packet meets them: out of an interface by its
//! groups, its subnet's ACL and the route table, over gateways, and in by the other subnet's ACL and groups.

use super::component::{AclRule, Component, GroupRule, Header, RouteRow};
use super::search::{Found, ports};
use std::collections::BTreeMap;
use std::net::IpAddr;
use vpc::{
    Delivery, Direction, Hop, InterfaceKind, Link, Network, NetworkInterface, Origin, Packet, PortRange,
    RuleRef, Step, Verdict,
};

/// There and back.
pub(crate) struct Met {
    pub forward: Vec<Component>,
    pub back: Vec<Component>,
}

pub(crate) fn components(home: &Network, found: &Found) -> Met {
    let public = translations(&found.trace.forward);
    let mut there = Path { home, at: home, found, public: &public, met: Vec::new() };
    let entry = match &found.flow.from {
        Origin::Interface(id) => Link::Interface(id.clone()),
        Origin::Internet(_) => Link::InternetGateway,
    };
    there.walk(entry, &found.trace.forward);
    let (last, forward) = (there.at, there.met);
    let mut back = Path { home, at: last, found, public: &public, met: Vec::new() };
    if let Some(entry) = turned(&found.trace.verdict, &found.trace.forward, !found.trace.reply.is_empty()) {
        back.walk(entry, &found.trace.reply);
    }
    Met { forward, back: back.met }
}

/// Which private address the internet gateway shows as which public one.
fn translations(hops: &[Hop]) -> BTreeMap<IpAddr, IpAddr> {
    let pair = |hop: &Hop| match &hop.step {
        Step::Translated { by: Link::InternetGateway, from, to } if hop.packet.source == *from => {
            Some((*from, *to))
        }
        Step::Translated { by: Link::InternetGateway, from, to } => Some((*to, *from)),
        _ => None,
    };
    hops.iter().filter_map(pair).collect()
}

/// Where the answer begins: at the last link that the packet was routed to.
fn turned(verdict: &Verdict, forward: &[Hop], answered: bool) -> Option<Link> {
    if !answered {
        return None;
    }
    if let Verdict::Delivered(Delivery::Interface(id)) = verdict {
        return Some(Link::Interface(id.clone()));
    }
    forward.iter().rev().find_map(|hop| match &hop.step {
        Step::Routed { to, .. } => Some(to.clone()),
        _ => None,
    })
}

struct Path<'a> {
    home: &'a Network,
    /// Where the packet is.
    at: &'a Network,
    found: &'a Found,
    public: &'a BTreeMap<IpAddr, IpAddr>,
    met: Vec<Component>,
}

/// What one router decided of a packet.
#[derive(Default)]
struct Leg<'h> {
    packet: Option<Packet>,
    to: Option<Link>,
    route: Option<&'h RuleRef>,
    out: Vec<&'h RuleRef>,
    inward: Vec<&'h RuleRef>,
}

impl<'h> Leg<'h> {
    fn add(&mut self, rule: &'h RuleRef) {
        let direction = match rule {
            RuleRef::NetworkAclEntry { direction, .. } | RuleRef::SecurityGroupRule { direction, .. } => {
                *direction
            }
            RuleRef::Route { .. } => return,
        };
        match direction {
            Direction::Egress => self.out.push(rule),
            Direction::Ingress => self.inward.push(rule),
        }
    }
}

fn legs(hops: &[Hop]) -> Vec<Leg<'_>> {
    let mut legs: Vec<Leg<'_>> = Vec::new();
    for hop in hops {
        match &hop.step {
            Step::Routed { rule, to } => legs.push(Leg {
                packet: Some(hop.packet),
                to: Some(to.clone()),
                route: rule.as_ref(),
                ..Leg::default()
            }),
            Step::NetworkAcl { rule, .. } | Step::SecurityGroup { rule, .. } => {
                if let Some(leg) = legs.last_mut() {
                    leg.add(rule);
                }
            }
            Step::Translated { .. } | Step::Dropped(_) => {}
        }
    }
    legs
}

impl Path<'_> {
    fn walk(&mut self, entry: Link, hops: &[Hop]) {
        let legs = legs(hops);
        let first = legs.first().and_then(|leg| leg.packet).or(hops.first().map(|hop| hop.packet));
        let Some(first) = first else { return };
        self.begin(&entry, first);
        let mut from = entry;
        for (leg, next) in legs.iter().zip(legs.iter().skip(1).map(Some).chain([None])) {
            self.out(leg, &from);
            if let (Some(packet), Some(to)) = (leg.packet, &leg.to) {
                self.arrive(leg, packet, to, next.and_then(|next| next.packet), stops(hops, leg, next));
                from = to.clone();
            }
        }
    }

    fn begin(&mut self, entry: &Link, packet: Packet) {
        let outbound = Some(self.header(packet));
        match entry {
            Link::Interface(id) => {
                let component = self.interface(id);
                self.met.push(Component { outbound, ..component });
            }
            Link::InternetGateway => {
                let outside = Packet { destination: self.outside(packet.destination), ..packet };
                let component = self.internet_gateway();
                let inbound = Some(self.header(outside));
                self.met.push(Component { inbound, outbound, ..component });
            }
            Link::GatewayEndpoint(id) => {
                let vpc = Some(self.at.vpc.to_string());
                self.met.push(Component { id: id.to_string(), vpc, outbound, ..Component::default() });
            }
            _ => {}
        }
    }

    /// Out of where the packet is: groups first, then the ACL, then the table.
    fn out(&mut self, leg: &Leg<'_>, from: &Link) {
        self.rules(leg.out.iter().rev());
        let crosses = match (&leg.to, from) {
            (Some(Link::Interface(to)), Link::Interface(from)) => self.subnet_of(to) != self.subnet_of(from),
            _ => true,
        };
        if let (true, Some(rule @ RuleRef::Route { table, .. })) = (crosses, leg.route) {
            let route = RouteRow::of(self.at, rule);
            let vpc = Some(self.at.vpc.to_string());
            self.met.push(Component { id: table.to_string(), vpc, route, ..Component::default() });
        }
    }

    fn arrive(&mut self, leg: &Leg<'_>, packet: Packet, to: &Link, next: Option<Packet>, stopped: bool) {
        let inbound = Some(self.header(packet));
        let outbound = next.map(|next| self.header(next));
        match to {
            Link::Interface(id) => {
                self.rules(leg.inward.iter());
                if !stopped {
                    let component = self.interface(id);
                    self.met.push(Component { inbound, outbound, ..component });
                }
            }
            Link::InternetGateway if !stopped => {
                let outside = Packet { source: self.outside(packet.source), ..packet };
                let outbound = Some(self.header(outside));
                let component = self.internet_gateway();
                self.met.push(Component { inbound, outbound, ..component });
            }
            Link::Peering(id) if !stopped => {
                let there = self.at.peerings.get(id).and_then(|peering| peering.network.as_deref());
                // A peer knows nothing further than itself; from there it goes home only.
                let there = there.unwrap_or(self.home);
                self.met.push(Component {
                    id: id.to_string(),
                    source_vpc: Some(self.at.vpc.to_string()),
                    destination_vpc: Some(there.vpc.to_string()),
                    ..Component::default()
                });
            }
            Link::GatewayEndpoint(id) if !stopped => {
                let vpc = Some(self.at.vpc.to_string());
                self.met.push(Component { id: id.to_string(), vpc, inbound, ..Component::default() });
            }
            _ => {}
        }
        if let Link::Peering(id) = to {
            self.cross(id);
        }
    }

    fn cross(&mut self, id: &base::VpcPeeringConnectionId) {
        let home = self.home;
        let there = home.peerings.get(id).and_then(|peering| peering.network.as_deref());
        self.at = if self.at.vpc == home.vpc { there.unwrap_or(home) } else { home };
    }

    fn rules<'r>(&mut self, rules: impl Iterator<Item = &'r &'r RuleRef>) {
        for rule in rules {
            let vpc = Some(self.at.vpc.to_string());
            match rule {
                RuleRef::NetworkAclEntry { acl, .. } => {
                    let acl_rule = AclRule::of(self.at, rule);
                    self.met.push(Component { id: acl.to_string(), vpc, acl_rule, ..Component::default() });
                }
                RuleRef::SecurityGroupRule { group, .. } => {
                    let group_rule = GroupRule::of(self.at, rule);
                    self.met.push(Component {
                        id: group.to_string(),
                        vpc,
                        group_rule,
                        ..Component::default()
                    });
                }
                RuleRef::Route { .. } => {}
            }
        }
    }

    fn interface(&self, id: &base::NetworkInterfaceId) -> Component {
        let interface = self.at.interfaces.get(id);
        let shown = match interface.map(|interface| &interface.kind) {
            Some(InterfaceKind::NatGateway(nat)) => nat.to_string(),
            _ => id.to_string(),
        };
        let attached_to = self.at.attachments.get(id).map(|attachment| attachment.instance.to_string());
        let endpoint = match interface.map(|interface| &interface.kind) {
            Some(InterfaceKind::Endpoint { vpce, .. }) => Some(vpce.to_string()),
            _ => None,
        };
        Component {
            id: shown,
            attached_to: attached_to.or(endpoint),
            subnet: self.subnet_of(id),
            vpc: Some(self.at.vpc.to_string()),
            ..Component::default()
        }
    }

    fn subnet_of(&self, id: &base::NetworkInterfaceId) -> Option<String> {
        self.at.interfaces.get(id).map(|interface: &NetworkInterface| interface.subnet.to_string())
    }

    fn internet_gateway(&self) -> Component {
        let id = self.at.internet_gateway.as_ref().map(ToString::to_string).unwrap_or_default();
        Component { id, vpc: Some(self.at.vpc.to_string()), ..Component::default() }
    }

    fn outside(&self, address: IpAddr) -> IpAddr {
        self.public.get(&address).copied().unwrap_or(address)
    }

    /// A packet, with all that it stands for at that place.
    fn header(&self, packet: Packet) -> Header {
        let found = self.found;
        let blocks = |address: IpAddr| -> Vec<String> {
            match address {
                _ if address == found.packet.source => {
                    found.sources.iter().map(ToString::to_string).collect()
                }
                _ if address == found.packet.destination => {
                    found.destinations.iter().map(ToString::to_string).collect()
                }
                other => vec![ipnet::IpNet::from(other).to_string()],
            }
        };
        let (from, to) = ports(found.packet.payload);
        let is_answer = ports(packet.payload) == (to, from) && from != to;
        let (source_ports, destination_ports): (Vec<PortRange>, Vec<PortRange>) = if is_answer {
            (found.destination_ports.clone(), found.source_ports.clone())
        } else {
            (found.source_ports.clone(), found.destination_ports.clone())
        };
        Header {
            protocol: packet.payload.protocol(),
            sources: blocks(packet.source),
            source_ports,
            destinations: blocks(packet.destination),
            destination_ports,
        }
    }
}

/// Whether the packet is dropped after the leg, before it gets to its end.
fn stops(hops: &[Hop], leg: &Leg<'_>, next: Option<&Leg<'_>>) -> bool {
    let dropped = hops.last().is_some_and(|hop| matches!(hop.step, Step::Dropped(_)));
    let same = hops.last().map(|hop| hop.packet) == leg.packet;
    next.is_none() && dropped && same
}
