//! Network Access Analyzer: every path of a region that a scope asks for and does not except.
//! <https://docs.aws.amazon.com/vpc/latest/network-access-analyzer/what-is-network-access-analyzer.html>

use super::component::Component;
use super::components::components;
use super::search::{Bounds, End, Found, Protocol, Query, TooLarge, arriving, search};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use vpc::{InterfaceKind, Network};

/// What is sought or excepted. What is left out asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessPath {
    pub source: Statement,
    pub destination: Statement,
    /// What the path must go through, all of it.
    pub through: Vec<ResourceStatement>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    pub resources: ResourceStatement,
    pub header: HeaderStatement,
}

/// Any of the ids, or any of a type. Both empty: everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceStatement {
    pub ids: Vec<String>,
    /// As CloudFormation names them: `AWS::EC2::InternetGateway`.
    pub types: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderStatement {
    pub bounds: Bounds,
    /// Empty: all that there are.
    pub protocols: Vec<Protocol>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    pub findings: Vec<Finding>,
    pub interfaces: usize,
}

/// One path, component by component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub components: Vec<Component>,
}

/// More pairs of places than are asked about at once.
const MAX_PAIRS: usize = 100_000;

/// Something that packets begin or end at, with all it may be named by.
struct Place {
    end: End,
    /// Where its packets begin.
    home: usize,
    names: BTreeSet<String>,
    types: BTreeSet<&'static str>,
    begins: bool,
}

/// Every path between two places that the scope matches and does not exclude; for each pair of places and each
/// protocol the first one.
pub fn access(
    networks: &[Network],
    matched: &[AccessPath],
    excluded: &[AccessPath],
) -> Result<Findings, TooLarge> {
    let places: Vec<Place> =
        networks.iter().enumerate().flat_map(|(index, network)| places_of(index, network)).collect();
    let mut found = BTreeMap::<(End, End, Protocol), Finding>::new();
    let mut pairs = 0;
    for path in matched {
        for from in places.iter().filter(|place| place.begins && path.source.resources.names(place)) {
            let Some(network) = networks.get(from.home) else { continue };
            for to in places.iter().filter(|to| to.end != from.end && path.destination.resources.names(to)) {
                if !near(network, networks, to) {
                    continue;
                }
                pairs += 1;
                if pairs > MAX_PAIRS {
                    return Err(TooLarge);
                }
                for protocol in path.protocols() {
                    let key = (from.end.clone(), to.end.clone(), protocol);
                    if found.contains_key(&key) {
                        continue;
                    }
                    let pair = Pair { network, from, to, protocol };
                    if let Some(finding) = pair.finding(path, excluded)? {
                        found.insert(key, finding);
                    }
                }
            }
        }
    }
    let interfaces = networks.iter().map(|network| network.interfaces.len()).sum();
    Ok(Findings { findings: found.into_values().collect(), interfaces })
}

/// Whether the place is in the network or in one beside it. The internet is reached by the own gateway only.
fn near(network: &Network, networks: &[Network], to: &Place) -> bool {
    let Some(there) = networks.get(to.home) else { return false };
    let is_own = there.vpc == network.vpc;
    match &to.end {
        End::Interface(id) => network.having(id).is_some(),
        _ => is_own,
    }
}

struct Pair<'a> {
    network: &'a Network,
    from: &'a Place,
    to: &'a Place,
    protocol: Protocol,
}

impl Pair<'_> {
    fn finding(&self, path: &AccessPath, excluded: &[AccessPath]) -> Result<Option<Finding>, TooLarge> {
        let excluding: Vec<&AccessPath> = excluded.iter().filter(|path| self.is_of(path)).collect();
        let besides: Vec<Bounds> = excluding
            .iter()
            .flat_map(|path| [path.source.header.bounds.clone(), path.destination.header.bounds.clone()])
            .collect();
        let query = Query {
            network: self.network,
            from: &self.from.end,
            to: &self.to.end,
            protocol: self.protocol,
            at_source: &path.source.header.bounds,
            at_destination: &path.destination.header.bounds,
            besides: &besides,
        };
        let admits = |found: &Found| {
            let met = components(self.network, found).forward;
            self.goes_through(path, &met) && !excluding.iter().any(|path| self.is_excluded(path, found, &met))
        };
        let found = search(&query, &admits)?;
        Ok(found.ok().map(|found| Finding { components: components(self.network, &found).forward }))
    }

    fn is_of(&self, path: &AccessPath) -> bool {
        path.source.resources.names(self.from)
            && path.destination.resources.names(self.to)
            && path.protocols().contains(&self.protocol)
    }

    fn is_excluded(&self, path: &AccessPath, found: &Found, met: &[Component]) -> bool {
        path.source.header.bounds.admit(found.packet)
            && path.destination.header.bounds.admit(arriving(found))
            && self.goes_through(path, met)
    }

    fn goes_through(&self, path: &AccessPath, met: &[Component]) -> bool {
        path.through.iter().all(|through| met.iter().any(|component| through.is_met(component)))
    }
}

impl AccessPath {
    fn protocols(&self) -> Vec<Protocol> {
        let named = |statement: &Statement| statement.header.protocols.clone();
        let both: Vec<Protocol> = vec![Protocol::Tcp, Protocol::Udp];
        let asked = [named(&self.source), named(&self.destination)];
        both.into_iter()
            .filter(|protocol| asked.iter().all(|asked| asked.is_empty() || asked.contains(protocol)))
            .collect()
    }
}

impl ResourceStatement {
    fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.types.is_empty()
    }

    fn names(&self, place: &Place) -> bool {
        self.is_empty()
            || self.ids.iter().any(|id| place.names.contains(id))
            || self.types.iter().any(|kind| place.types.contains(kind.as_str()))
    }

    fn is_met(&self, component: &Component) -> bool {
        let ids = [
            Some(&component.id),
            component.attached_to.as_ref(),
            component.subnet.as_ref(),
            component.vpc.as_ref(),
        ];
        self.is_empty()
            || self.ids.iter().any(|id| ids.contains(&Some(id)))
            || self.types.iter().any(|kind| Some(kind.as_str()) == type_of(&component.id))
    }
}

/// CloudFormation's name of what an id names.
fn type_of(id: &str) -> Option<&'static str> {
    Some(match id.rsplit_once('-')?.0 {
        "i" => "AWS::EC2::Instance",
        "eni" => "AWS::EC2::NetworkInterface",
        "igw" => "AWS::EC2::InternetGateway",
        "nat" => "AWS::EC2::NatGateway",
        "vpce" => "AWS::EC2::VPCEndpoint",
        "pcx" => "AWS::EC2::VPCPeeringConnection",
        "sg" => "AWS::EC2::SecurityGroup",
        "acl" => "AWS::EC2::NetworkAcl",
        "rtb" => "AWS::EC2::RouteTable",
        "subnet" => "AWS::EC2::Subnet",
        "vpc" => "AWS::EC2::VPC",
        _ => return None,
    })
}

fn places_of(home: usize, network: &Network) -> Vec<Place> {
    let mut places = Vec::new();
    for (id, interface) in &network.interfaces {
        let mut names: BTreeSet<String> =
            [id.to_string(), interface.subnet.to_string(), network.vpc.to_string()].into();
        names.extend(interface.groups.iter().map(ToString::to_string));
        names.extend(network.attachments.get(id).map(|attachment| attachment.instance.to_string()));
        let begins = match &interface.kind {
            InterfaceKind::NatGateway(_) => continue,
            InterfaceKind::Endpoint { vpce, .. } => {
                names.insert(vpce.to_string());
                false
            }
            InterfaceKind::Hub | InterfaceKind::Host | InterfaceKind::Open => true,
        };
        let types = names.iter().filter_map(|name| type_of(name)).collect();
        places.push(Place { end: End::Interface(id.clone()), home, names, types, begins });
    }
    if let Some(id) = &network.internet_gateway {
        let names: BTreeSet<String> = [id.to_string(), network.vpc.to_string()].into();
        let types = ["AWS::EC2::InternetGateway", "AWS::EC2::VPC"].into();
        places.push(Place { end: End::InternetGateway(id.clone()), home, names, types, begins: true });
    }
    places
}
