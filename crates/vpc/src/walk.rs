//! Would this connection come about, and which rules decide? The packet is taken from router pass to
//! router pass (a NAT gateway or the internet gateway may send it in again), then its answer back. What of IPv6 leaves for the
//! internet comes in again at a VPC that is known, this one or a peer, and so does the answer: nothing translates it, so
//! that it may come home another way than the request went.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html#compare-security-groups-network-acls>

use crate::pass::{Pass, State};
use crate::{
    Delivery, Flow, Hop, InterfaceKind, Link, Network, NetworkInterface, Origin, Packet, Reason, Step, Trace,
    Verdict, Way,
};
use base::{RouteTableId, VpcPeeringConnectionId};
use std::net::IpAddr;

/// More router passes than any sensible network needs: what needs more goes in circles.
const MAX_LEGS: usize = 8;

pub fn walk(network: &Network, flow: &Flow) -> Trace {
    let mut walker =
        Walker { home: network, at: network, legs: Vec::new(), forward: Vec::new(), reply: Vec::new() };
    let verdict = walker.run(flow);
    Trace { forward: walker.forward, reply: walker.reply, verdict }
}

/// One pass through a router, as it went.
struct Leg<'a> {
    network: &'a Network,
    entry: Link,
    /// As the router's rules saw it: private addresses.
    packet: Packet,
    exit: Link,
}

struct Walker<'a> {
    /// Where the flow begins.
    home: &'a Network,
    /// Where the packet is.
    at: &'a Network,
    legs: Vec<Leg<'a>>,
    forward: Vec<Hop>,
    reply: Vec<Hop>,
}

/// Where a packet goes after a pass.
enum Next {
    Again(Link, Packet),
    Lost(Reason),
    Done(Delivery),
}

impl<'a> Walker<'a> {
    fn run(&mut self, flow: &Flow) -> Verdict {
        let delivery = match self.go_there(flow) {
            Ok(delivery) => delivery,
            Err(by) => return Verdict::Dropped { on: Way::Forward, by },
        };
        match self.come_back() {
            Ok(()) => Verdict::Delivered(delivery),
            Err(by) => Verdict::Dropped { on: Way::Reply, by },
        }
    }

    fn go_there(&mut self, flow: &Flow) -> Result<Delivery, Reason> {
        let (mut entry, mut packet) = self.start(flow)?;
        if let Some(own) = self.own(&entry, packet) {
            return own;
        }
        loop {
            let exit = self.pass_forward(&entry, packet)?;
            self.legs.push(Leg { network: self.at, entry, packet, exit: exit.clone() });
            match self.after(exit, packet) {
                Next::Done(delivery) => return Ok(delivery),
                Next::Lost(reason) => return Err(reason),
                Next::Again(link, translated) => (entry, packet) = (link, translated),
            }
            if self.legs.len() == MAX_LEGS {
                return Err(Reason::Circle { address: packet.destination });
            }
        }
    }

    /// What an interface sends to an address of its own never leaves it. Functions share theirs, so
    /// there it meets what refuses connections.
    fn own(&self, entry: &Link, packet: Packet) -> Option<Result<Delivery, Reason>> {
        let Link::Interface(id) = entry else { return None };
        let own = self.at.interfaces.get(id).filter(|i| i.has(packet.destination));
        let interface = own.or_else(|| self.at.beside(id, packet.destination))?;
        let id = &interface.id;
        Some(match interface.kind {
            InterfaceKind::Hub => Err(Reason::Hub { interface: id.clone() }),
            _ => Ok(Delivery::Interface(id.clone())),
        })
    }

    fn pass_forward(&mut self, entry: &Link, packet: Packet) -> Result<Link, Reason> {
        let (network, across) = (self.at, self.across(self.at));
        Pass { network, across, packet, state: State::New, hops: &mut self.forward }.run(entry)
    }

    /// From where a packet came that is in a peer of the network it began in.
    fn across(&self, at: &Network) -> Option<&'a Network> {
        (at.vpc != self.home.vpc).then_some(self.home)
    }

    fn start(&mut self, flow: &Flow) -> Result<(Link, Packet), Reason> {
        match &flow.from {
            Origin::Interface(id) => {
                let none = || {
                    let (interface, destination) = (id.clone(), flow.destination);
                    match self.home.interfaces.contains_key(id) {
                        true if destination.is_ipv6() => Reason::NoIpv6Address { interface, destination },
                        _ => Reason::UnknownInterface { interface },
                    }
                };
                Ok((Link::Interface(id.clone()), flow.packet(self.home).ok_or_else(none)?))
            }
            Origin::Internet(source) => {
                let packet = Packet { source: *source, destination: flow.destination, payload: flow.payload };
                self.enter_from_internet(packet)
                    .ok_or(Reason::NoSuchPublicAddress { address: flow.destination })
            }
        }
    }

    /// In at the internet gateway, when the destination is a public address of the network.
    fn enter_from_internet(&mut self, mut packet: Packet) -> Option<(Link, Packet)> {
        if packet.destination.is_ipv6() {
            return self.at.way_from_internet(packet.destination).map(|link| (link, packet));
        }
        self.at.internet_gateway.as_ref()?;
        let (_, private) = self.at.behind_public(packet.destination)?;
        let step =
            Step::Translated { by: Link::InternetGateway, from: packet.destination, to: private.into() };
        self.forward.push(Hop { packet, step });
        packet.destination = private.into();
        Some((Link::InternetGateway, packet))
    }

    fn after(&mut self, exit: Link, packet: Packet) -> Next {
        match exit {
            Link::Resolver => Next::Done(Delivery::Resolver),
            Link::GatewayEndpoint(id) => Next::Done(Delivery::GatewayEndpoint(id)),
            Link::InternetGateway | Link::EgressOnlyInternetGateway if packet.destination.is_ipv6() => {
                self.over_the_internet(packet)
            }
            Link::InternetGateway => self.out_to_internet(packet),
            Link::EgressOnlyInternetGateway => Next::Done(Delivery::Internet),
            Link::Peering(id) => self.across_peering(id, packet),
            Link::Interface(id) => match self.at.interfaces.get(&id).filter(|i| i.is_nat_gateway()) {
                Some(nat) => self.through_nat_gateway(nat, packet),
                None => Next::Done(Delivery::Interface(id)),
            },
        }
    }

    fn out_to_internet(&mut self, mut packet: Packet) -> Next {
        let sender = self.at.interface_at(packet.source);
        if let Some(public) = sender.and_then(|interface| interface.public_of(packet.source)) {
            let step = Step::Translated { by: Link::InternetGateway, from: packet.source, to: public.into() };
            self.forward.push(Hop { packet, step });
            packet.source = public.into();
        }
        match self.enter_from_internet(packet) {
            Some((link, packet)) => Next::Again(link, packet),
            None => Next::Done(Delivery::Internet),
        }
    }

    /// To the known VPC that has the address, by its gateway.
    fn over_the_internet(&mut self, packet: Packet) -> Next {
        let address = packet.destination;
        let Some(there) = self.home.reachable().find(|network| network.is_local(address)) else {
            return Next::Done(Delivery::Internet);
        };
        self.at = there;
        let lost = Next::Lost(Reason::NoSuchPublicAddress { address });
        there.way_from_internet(address).map_or(lost, |link| Next::Again(link, packet))
    }

    /// Into the other VPC, as far as what is there is known.
    fn across_peering(&mut self, id: VpcPeeringConnectionId, packet: Packet) -> Next {
        if let Some(there) = self.at.peerings.get(&id).and_then(|peering| peering.network.as_deref()) {
            self.at = there;
        }
        Next::Again(Link::Peering(id), packet)
    }

    fn through_nat_gateway(&mut self, nat: &NetworkInterface, mut packet: Packet) -> Next {
        let link = Link::Interface(nat.id.clone());
        if let Some(own) = nat.primary_address() {
            let step = Step::Translated { by: link.clone(), from: packet.source, to: own.into() };
            self.forward.push(Hop { packet, step });
            packet.source = own.into();
        }
        Next::Again(link, packet)
    }

    /// The answer takes the same passes in the other order, or of IPv6 another way home.
    fn come_back(&mut self) -> Result<(), Reason> {
        let legs = std::mem::take(&mut self.legs);
        for leg in legs.iter().rev() {
            let network = leg.network;
            if !network.answers(&leg.exit, leg.packet) {
                break;
            }
            let exit = self.pass_back(network, leg, State::Established, &leg.exit)?;
            if exit != leg.entry {
                return self.come_back_otherwise(&legs, leg, &exit);
            }
        }
        Ok(())
    }

    fn pass_back(
        &mut self,
        network: &Network,
        leg: &Leg<'_>,
        state: State,
        entry: &Link,
    ) -> Result<Link, Reason> {
        let (packet, across) = (leg.packet.reply(), self.across(network));
        Pass { network, across, packet, state, hops: &mut self.reply }.run(entry)
    }

    /// The answer that leaves a peer by a way that the request did not come: home all the same, if it gets there.
    fn come_back_otherwise(&mut self, legs: &[Leg<'_>], leg: &Leg<'_>, exit: &Link) -> Result<(), Reason> {
        let astray = || asymmetric(leg.network, leg);
        let first = legs.first().filter(|first| first.network.vpc != leg.network.vpc).ok_or_else(astray)?;
        let entry = way_home(first.network, leg, exit).ok_or_else(astray)?;
        let outward = first.exit == Link::EgressOnlyInternetGateway;
        let state = if outward { State::Established } else { State::Strayed };
        let arrived = self.pass_back(first.network, leg, state, &entry)?;
        if arrived == first.entry { Ok(()) } else { Err(astray()) }
    }
}

/// By which link of the network where the flow began its answer comes in that left the leg's network by `exit`.
fn way_home(home: &Network, leg: &Leg<'_>, exit: &Link) -> Option<Link> {
    let address = leg.packet.source;
    match exit {
        _ if address.is_ipv4() => None,
        Link::InternetGateway => home.way_from_internet(address),
        Link::Peering(id) => {
            let is_home = leg.network.peerings.get(id)?.vpc == home.vpc;
            is_home.then(|| Link::Peering(id.clone()))
        }
        _ => None,
    }
}

fn asymmetric(network: &Network, leg: &Leg<'_>) -> Reason {
    let made = |table: &RouteTableId| {
        let (destination, _) = network.route(table, leg.packet.source)?;
        let routes = &network.route_tables.get(table)?.routes;
        let is_made = routes.iter().any(|route| route.destination.trunc() == destination);
        is_made.then(|| (table.clone(), destination))
    };
    let table = match &leg.exit {
        Link::Interface(id) => network.table_of(id),
        _ => None,
    };
    let unsolicited = leg.entry == Link::InternetGateway;
    Reason::AsymmetricReply { from: leg.exit.clone(), route: table.and_then(made), unsolicited }
}

impl Network {
    /// The gateway by which the internet reaches an address of IPv6, all of which are public. What begins outside is
    /// turned away by the egress-only one.
    fn way_from_internet(&self, address: IpAddr) -> Option<Link> {
        let open = self.internet_gateway.as_ref().map(|_| Link::InternetGateway);
        let outward = self.egress_only_internet_gateway.as_ref().map(|_| Link::EgressOnlyInternetGateway);
        open.or(outward).filter(|_| self.is_local(address))
    }

    /// Whether what stands at the link would answer the packet itself: an appliance that is handed a
    /// packet for somebody else, and the resolver in the router, do not go the way back through here.
    fn answers(&self, link: &Link, packet: Packet) -> bool {
        match link {
            Link::Resolver => false,
            Link::InternetGateway
            | Link::EgressOnlyInternetGateway
            | Link::GatewayEndpoint(_)
            | Link::Peering(_) => true,
            Link::Interface(id) => self
                .interfaces
                .get(id)
                .is_some_and(|interface| interface.is_nat_gateway() || interface.has(packet.destination)),
        }
    }
}
