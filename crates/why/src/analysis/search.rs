//! Packets of every class, tried one after the other until one gets through.

use super::classes::{internet_classes, port_classes};
use super::same_rules;
use crate::blockers::blockers;
use base::{InternetGatewayId, NetworkInterfaceId, VpcEndpointId};
use ipnet::Ipv4Net;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use vpc::{
    Delivery, Flow, InterfaceKind, Network, Origin, Packet, Payload, PortRange, Target, Trace, Verdict, Way,
    walk,
};

/// More packets than this are not tried for one question.
pub const MAX_WALKS: usize = 50_000;
/// Among how many stopped packets the one is looked for that is stopped least.
const MAX_COMPARED: usize = 24;

/// The rules have more classes of packets than are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

/// One end of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    Interface(NetworkInterfaceId),
    InternetGateway(InternetGatewayId),
    GatewayEndpoint(VpcEndpointId),
    /// Wherever that is.
    Address(Ipv4Addr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    Tcp,
    Udp,
}

impl Protocol {
    pub fn number(self) -> u8 {
        self.payload(0, 0).protocol()
    }

    pub(crate) fn payload(self, source_port: u16, destination_port: u16) -> Payload {
        match self {
            Self::Tcp => Payload::Tcp { source_port, destination_port },
            Self::Udp => Payload::Udp { source_port, destination_port },
        }
    }
}

/// What a packet must be like; an empty list asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    pub sources: Vec<Ipv4Net>,
    pub destinations: Vec<Ipv4Net>,
    pub source_ports: Vec<PortRange>,
    pub destination_ports: Vec<PortRange>,
}

impl Bounds {
    pub fn admit(&self, packet: Packet) -> bool {
        let (source, destination) = ports(packet.payload);
        admits_address(&self.sources, packet.source)
            && admits_address(&self.destinations, packet.destination)
            && admits_port(&self.source_ports, source)
            && admits_port(&self.destination_ports, destination)
    }
}

fn admits_address(blocks: &[Ipv4Net], address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else { return blocks.is_empty() };
    blocks.is_empty() || blocks.iter().any(|block| block.contains(&address))
}

fn admits_port(ranges: &[PortRange], port: u16) -> bool {
    ranges.is_empty() || ranges.iter().any(|range| range.contains(port))
}

pub(crate) fn ports(payload: Payload) -> (u16, u16) {
    match payload {
        Payload::Tcp { source_port, destination_port } | Payload::Udp { source_port, destination_port } => {
            (source_port, destination_port)
        }
        _ => (0, 0),
    }
}

/// The question.
pub struct Query<'a> {
    /// Where the path begins, with its peers.
    pub network: &'a Network,
    pub from: &'a End,
    pub to: &'a End,
    pub protocol: Protocol,
    /// What the packet is like when it sets out and when it arrives.
    pub at_source: &'a Bounds,
    pub at_destination: &'a Bounds,
    /// Where packets differ for who asks, besides where rules do.
    pub besides: &'a [Bounds],
}

/// A packet that was tried, and the classes it stands for.
#[derive(Debug, Clone)]
pub struct Found {
    pub flow: Flow,
    pub packet: Packet,
    pub trace: Trace,
    pub sources: Vec<Ipv4Net>,
    pub destinations: Vec<Ipv4Net>,
    pub source_ports: Vec<PortRange>,
    pub destination_ports: Vec<PortRange>,
}

/// What is known when nothing got through.
pub enum Best {
    /// The packet that has least in its way.
    Stopped(Box<Found>),
    /// Some got through, but none that was asked for.
    Refused,
    /// There was none to try.
    Nothing,
}

struct Search<'a> {
    query: &'a Query<'a>,
    admits: &'a dyn Fn(&Found) -> bool,
    walks: Cell<usize>,
    internet: Vec<Ipv4Net>,
    source_ports: Vec<PortRange>,
    destination_ports: Vec<PortRange>,
    stopped: Vec<Flow>,
    refused: bool,
}

pub fn search(query: &Query<'_>, admits: &dyn Fn(&Found) -> bool) -> Result<Result<Found, Best>, TooLarge> {
    let mut search = Search::new(query, admits);
    for source in search.sources() {
        for destination in search.destinations() {
            if let Some(found) = search.ports(source, destination)? {
                return Ok(Ok(found));
            }
        }
    }
    Ok(Err(search.best()))
}

impl<'a> Search<'a> {
    fn new(query: &'a Query<'a>, admits: &'a dyn Fn(&Found) -> bool) -> Self {
        let networks: Vec<&Network> = query.network.reachable().collect();
        let bounds = || [query.at_source, query.at_destination].into_iter().chain(query.besides);
        let blocks: Vec<Ipv4Net> =
            bounds().flat_map(|b| b.sources.iter().chain(&b.destinations).copied()).collect();
        let cuts: Vec<PortRange> =
            bounds().flat_map(|b| b.source_ports.iter().chain(&b.destination_ports).copied()).collect();
        let classes = port_classes(&networks, query.protocol.number(), &cuts);
        let within = |wanted: &[PortRange]| -> Vec<PortRange> {
            classes.iter().copied().filter(|class| admits_port(wanted, class.from)).collect()
        };
        let is_internet = |end: &End| matches!(end, End::InternetGateway(_));
        let internet = if is_internet(query.from) || is_internet(query.to) {
            internet_classes(&networks, &blocks)
        } else {
            Vec::new()
        };
        let mut source_ports = within(&query.at_source.source_ports);
        // Those that clients draw theirs from are tried first.
        source_ports.sort_by_key(|class| !class.contains(Payload::EPHEMERAL_PORT));
        Self {
            query,
            admits,
            walks: Cell::new(0),
            internet,
            source_ports,
            destination_ports: within(&query.at_source.destination_ports),
            stopped: Vec::new(),
            refused: false,
        }
    }

    /// The addresses that the packet may come from.
    fn sources(&self) -> Vec<Ipv4Addr> {
        let wanted = &self.query.at_source.sources;
        match self.query.from {
            End::Interface(id) => {
                let own = addresses(self.query.network, id);
                let admitted: Vec<_> =
                    own.into_iter().filter(|a| admits_address(wanted, (*a).into())).collect();
                // Nobody else's address is one of its own: the packet is tried all the same, and stopped.
                let claimed = wanted.first().map(Ipv4Net::network).filter(|_| admitted.is_empty());
                admitted.into_iter().chain(claimed).collect()
            }
            End::InternetGateway(_) => self.of_internet(wanted),
            End::GatewayEndpoint(_) | End::Address(_) => Vec::new(),
        }
    }

    fn destinations(&self) -> Vec<Ipv4Addr> {
        let wanted = &self.query.at_source.destinations;
        if let [one] = wanted.as_slice()
            && one.prefix_len() == 32
        {
            return vec![one.network()];
        }
        let found = match self.query.to {
            End::Interface(id) => self.of_interface(id),
            End::InternetGateway(_) => return self.of_internet(wanted),
            End::GatewayEndpoint(id) => self.of_endpoint(id),
            End::Address(address) => vec![*address],
        };
        found.into_iter().filter(|address| admits_address(wanted, (*address).into())).collect()
    }

    fn of_internet(&self, wanted: &[Ipv4Net]) -> Vec<Ipv4Addr> {
        let classes = self.internet.iter().map(host_of);
        let found: BTreeSet<Ipv4Addr> = classes.filter(|a| admits_address(wanted, (*a).into())).collect();
        found.into_iter().collect()
    }

    /// From the internet its public addresses, from elsewhere the private ones.
    fn of_interface(&self, id: &NetworkInterfaceId) -> Vec<Ipv4Addr> {
        let Some(network) = self.query.network.having(id) else { return Vec::new() };
        let Some(interface) = network.interfaces.get(id) else { return Vec::new() };
        let public: Vec<_> = interface.addresses.iter().filter_map(|address| address.public).collect();
        if matches!(self.query.from, End::InternetGateway(_)) && !public.is_empty() {
            return public;
        }
        addresses(network, id)
    }

    /// What the routes to a gateway endpoint are for.
    fn of_endpoint(&self, id: &VpcEndpointId) -> Vec<Ipv4Addr> {
        let routes = self.query.network.route_tables.values().flat_map(|table| &table.routes);
        let blocks = routes.filter(|route| route.target == Target::VpcEndpoint(id.clone()));
        let found: BTreeSet<Ipv4Addr> = blocks
            .filter_map(|route| match route.destination {
                ipnet::IpNet::V4(block) => Some(host_of(&block)),
                ipnet::IpNet::V6(_) => None,
            })
            .collect();
        found.into_iter().collect()
    }

    /// Between two addresses, by every port that makes a difference. Whether the packet gets there depends on its
    /// destination port, whether its answer comes back on its source port, so that no pair has to be tried twice.
    fn ports(&mut self, source: Ipv4Addr, destination: Ipv4Addr) -> Result<Option<Found>, TooLarge> {
        let Some(first) = self.source_ports.first().copied() else { return Ok(None) };
        for to in self.destination_ports.clone() {
            let flow = self.flow(source, destination, first, to);
            let trace = self.walk(&flow)?;
            let on_reply = matches!(trace.verdict, Verdict::Dropped { on: Way::Reply, .. });
            let other_ports_may = on_reply || trace.is_delivered();
            if let Some(found) = self.judge(&flow, trace)? {
                return Ok(Some(found));
            }
            if !other_ports_may {
                continue;
            }
            for from in self.source_ports.clone().into_iter().skip(1) {
                let flow = self.flow(source, destination, from, to);
                let trace = self.walk(&flow)?;
                if let Some(found) = self.judge(&flow, trace)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    fn flow(&self, source: Ipv4Addr, destination: Ipv4Addr, from: PortRange, to: PortRange) -> Flow {
        let payload = self.query.protocol.payload(port_of(from), port_of(to));
        match self.query.from {
            End::Interface(id) => Flow {
                from: Origin::Interface(id.clone()),
                source: Some(source.into()),
                destination: destination.into(),
                payload,
            },
            _ => Flow {
                from: Origin::Internet(source.into()),
                source: None,
                destination: destination.into(),
                payload,
            },
        }
    }

    fn walk(&self, flow: &Flow) -> Result<Trace, TooLarge> {
        self.walks.set(self.walks.get() + 1);
        if self.walks.get() > MAX_WALKS {
            return Err(TooLarge);
        }
        Ok(walk(self.query.network, flow))
    }

    /// A packet that got through and is what was asked for.
    fn judge(&mut self, flow: &Flow, trace: Trace) -> Result<Option<Found>, TooLarge> {
        if !self.arrives(&trace) {
            self.stopped.push(flow.clone());
            return Ok(None);
        }
        let found = self.found(flow, trace)?;
        if found.is_some() {
            return Ok(found);
        }
        self.refused = true;
        Ok(None)
    }

    /// Whether it gets to where it should, and not to somewhere else.
    fn arrives(&self, trace: &Trace) -> bool {
        let Verdict::Delivered(to) = &trace.verdict else { return false };
        match (self.query.to, to) {
            (End::Interface(wanted), Delivery::Interface(id)) => wanted == id,
            (End::InternetGateway(wanted), Delivery::Internet) => {
                self.query.network.internet_gateway.as_ref() == Some(wanted)
            }
            (End::GatewayEndpoint(wanted), Delivery::GatewayEndpoint(id)) => wanted == id,
            (End::Address(_), _) => true,
            _ => false,
        }
    }

    fn found(&self, flow: &Flow, trace: Trace) -> Result<Option<Found>, TooLarge> {
        let Some(found) = self.alone(flow, trace) else { return Ok(None) };
        if !self.query.at_destination.admit(arriving(&found)) || !(self.admits)(&found) {
            return Ok(None);
        }
        self.widened(found).map(Some)
    }

    fn alone(&self, flow: &Flow, trace: Trace) -> Option<Found> {
        let packet = flow.packet(self.query.network)?;
        let (IpAddr::V4(source), IpAddr::V4(destination)) = (packet.source, packet.destination) else {
            return None;
        };
        let (from, to) = ports(packet.payload);
        Some(Found {
            flow: flow.clone(),
            packet,
            trace,
            sources: vec![source.into()],
            destinations: vec![destination.into()],
            source_ports: vec![PortRange::one(from)],
            destination_ports: vec![PortRange::one(to)],
        })
    }

    /// With all the ports and addresses, one kind at a time, by which the same rules let the packet through.
    fn widened(&self, found: Found) -> Result<Found, TooLarge> {
        let same = |flow: &Flow| -> Result<bool, TooLarge> {
            let trace = self.walk(flow)?;
            let other = self.alone(flow, trace.clone());
            let admitted =
                other.is_some_and(|f| self.query.at_destination.admit(arriving(&f)) && (self.admits)(&f));
            Ok(admitted && same_rules(&trace, &found.trace))
        };
        let (from, to) = ports(found.packet.payload);
        let mut wide = Found { source_ports: vec![], destination_ports: vec![], ..found.clone() };
        for class in &self.source_ports {
            let payload = self.query.protocol.payload(port_of(*class), to);
            if same(&Flow { payload, ..found.flow.clone() })? {
                wide.source_ports.push(*class);
            }
        }
        for class in &self.destination_ports {
            let payload = self.query.protocol.payload(from, port_of(*class));
            if same(&Flow { payload, ..found.flow.clone() })? {
                wide.destination_ports.push(*class);
            }
        }
        (wide.source_ports, wide.destination_ports) =
            (joined(wide.source_ports), joined(wide.destination_ports));
        if let Origin::Internet(_) = found.flow.from {
            let sources = self.classes_like(&self.query.at_source.sources, |address| {
                same(&Flow { from: Origin::Internet(address.into()), ..found.flow.clone() })
            })?;
            wide.sources = sources;
        }
        if let (End::InternetGateway(_), true) = (self.query.to, found.trace.is_delivered()) {
            let wanted = &self.query.at_source.destinations;
            let same = |address: Ipv4Addr| same(&Flow { destination: address.into(), ..found.flow.clone() });
            wide.destinations = self.classes_like(wanted, same)?;
        }
        Ok(wide)
    }

    fn classes_like(
        &self,
        wanted: &[Ipv4Net],
        same: impl Fn(Ipv4Addr) -> Result<bool, TooLarge>,
    ) -> Result<Vec<Ipv4Net>, TooLarge> {
        let mut blocks = Vec::new();
        for class in &self.internet {
            let address = host_of(class);
            if admits_address(wanted, address.into()) && same(address)? {
                blocks.push(*class);
            }
        }
        Ok(Ipv4Net::aggregate(&blocks))
    }

    /// The stopped packet that has least in its way.
    fn best(self) -> Best {
        if self.refused {
            return Best::Refused;
        }
        let network = self.query.network;
        let least = self.stopped.iter().take(MAX_COMPARED).min_by_key(|flow| blockers(network, flow).len());
        let found = least.and_then(|flow| self.alone(flow, walk(network, flow)));
        found.map_or(Best::Nothing, |found| Best::Stopped(Box::new(found)))
    }
}

/// The packet as it arrives.
pub(crate) fn arriving(found: &Found) -> Packet {
    let mut packet = found.trace.forward.last().map_or(found.packet, |hop| hop.packet);
    if let Some(vpc::Step::Translated { from, to, .. }) = found.trace.forward.last().map(|hop| &hop.step) {
        if packet.source == *from {
            packet.source = *to;
        } else {
            packet.destination = *to;
        }
    }
    packet
}

fn addresses(network: &Network, id: &NetworkInterfaceId) -> Vec<Ipv4Addr> {
    let interface = network.interfaces.get(id).filter(|i| !matches!(i.kind, InterfaceKind::NatGateway(_)));
    interface.into_iter().flat_map(|interface| interface.addresses.iter().map(|a| a.private)).collect()
}

/// An address that stands for the block.
fn host_of(block: &Ipv4Net) -> Ipv4Addr {
    block.hosts().next().unwrap_or(block.network())
}

/// The port that stands for a class: the usual one where it has it.
pub(crate) fn port_of(class: PortRange) -> u16 {
    if class.contains(Payload::EPHEMERAL_PORT) { Payload::EPHEMERAL_PORT } else { class.from }
}

/// Neighbours as one.
pub(crate) fn joined(mut ranges: Vec<PortRange>) -> Vec<PortRange> {
    ranges.sort();
    let mut out: Vec<PortRange> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if u32::from(last.to) + 1 == u32::from(range.from) => last.to = range.to,
            _ => out.push(range),
        }
    }
    out
}
