//! A network as lines, one thing each, so that a test reads like a drawing of it:
//!
//! ```text
//! vpc 10.0.0.0/16
//! vpc 2001:db8:1::/56                            (a block of IPv6)
//! igw igw-1
//! eigw eigw-1
//! subnet subnet-a 10.0.1.0/24 acl-1 rtb-1         (or 10.0.1.0/24,2001:db8:1::/64)
//! route rtb-1 0.0.0.0/0 nat-1                     (or igw-1, eni-…, vpce-1, pcx-1, vgw-1, local, blackhole)
//! route rtb-1 10.9.0.0/16 nat-1 of pl-1
//! acl acl-1 100 allow in all from 0.0.0.0/0       (or: acl acl-1 open, of both kinds: acl acl-1 open6)
//! sg sg-fn out tcp 5432 to sg-db
//! pl pl-1 10.0.0.0/24 10.1.0.0/24
//! eni eni-fn hub subnet-a 10.0.1.10 sg-fn
//! eni eni-nat nat-1 subnet-a 10.0.1.5=198.18.0.5
//! eni eni-ep vpce-1 subnet-a 10.0.1.6 sg-ep
//! eni eni-db host subnet-a 10.0.1.20,10.0.1.21=198.18.0.21 sg-db,sg-2 nocheck
//! ```

use crate::text::Words;
use crate::{
    InterfaceAddress, InterfaceKind, Network, NetworkAcl, NetworkInterface, PeeringConnection, Route, Subnet,
    Target, TextError, connect,
};
use base::NetworkInterfaceId;
use ipnet::IpNet;
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

#[derive(Debug, thiserror::Error)]
#[error("`{line}`: {source}")]
pub struct NetworkTextError {
    line: String,
    source: TextError,
}

/// Reads several networks, each begun by a line `network vpc-1`, and the connections between them
/// (`peering pcx-1 vpc-1 vpc-2`).
pub fn networks(text: &str) -> Result<Vec<Network>, NetworkTextError> {
    let (mut networks, mut connections) = (Vec::<Network>::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let wrong = |source| NetworkTextError { line: line.to_owned(), source };
        let mut words = Words::new(line);
        match (words.peek(), networks.last_mut()) {
            (Some("network"), _) => networks.push(begun(&mut words).map_err(wrong)?),
            (Some("peering"), _) => connections.push(connection(&mut words).map_err(wrong)?),
            (_, Some(network)) => add(network, line).map_err(wrong)?,
            (_, None) => return Err(wrong(TextError::Missing { expected: "`network vpc-…`" })),
        }
    }
    networks.iter_mut().for_each(resolve_nat_gateways);
    connect(&mut networks, &connections);
    Ok(networks)
}

fn begun(words: &mut Words<'_>) -> Result<Network, TextError> {
    words.next("network")?;
    let mut network = Network::new(words.next("vpc-…")?.into(), ipnet::Ipv4Net::default());
    network.cidrs.clear();
    Ok(network)
}

fn connection(words: &mut Words<'_>) -> Result<PeeringConnection, TextError> {
    words.next("peering")?;
    Ok(PeeringConnection {
        id: words.next("pcx-…")?.into(),
        requester: words.next("vpc-…")?.into(),
        accepter: words.next("vpc-…")?.into(),
    })
}

/// The text form of several networks, as [`networks`] reads it.
pub fn networks_text(networks: &[Network]) -> String {
    let mut out = String::new();
    for network in networks {
        let _ = write!(out, "network {}\n{}", network.vpc, network_text(network));
        let ends = network.peerings.iter().filter(|(_, peering)| network.vpc < peering.vpc);
        for (id, peering) in ends {
            let _ = writeln!(out, "peering {id} {} {}", network.vpc, peering.vpc);
        }
    }
    out
}

/// Reads the text form. Lines may come in any order, except that `vpc` comes first.
pub fn network(text: &str) -> Result<Network, NetworkTextError> {
    let mut network = Network::new("vpc-1".into(), ipnet::Ipv4Net::default());
    network.cidrs.clear();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        add(&mut network, line).map_err(|source| NetworkTextError { line: line.to_owned(), source })?;
    }
    resolve_nat_gateways(&mut network);
    Ok(network)
}

fn add(network: &mut Network, line: &str) -> Result<(), TextError> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut words = Words::new(rest);
    match word {
        "vpc" => match words.parse("a CIDR")? {
            IpNet::V4(cidr) => network.cidrs.push(cidr),
            IpNet::V6(cidr) => network.ipv6_cidrs.push(cidr),
        },
        "dns" => network.dns_support = words.next("on or off")? == "on",
        "igw" => network.internet_gateway = Some(words.next("igw-…")?.into()),
        "eigw" => network.egress_only_internet_gateway = Some(words.next("eigw-…")?.into()),
        "subnet" => add_subnet(network, &mut words)?,
        "route" => add_route(network, &mut words)?,
        "acl" => add_acl(network, rest)?,
        "sg" => add_rule(network, rest)?,
        "pl" => {
            let list = network.prefix_lists.entry(words.next("pl-…")?.into()).or_default();
            while words.peek().is_some() {
                list.push(words.parse("a CIDR")?);
            }
        }
        "eni" => add_interface(network, &mut words)?,
        _ => {
            return Err(TextError::unexpected(
                "vpc, dns, igw, eigw, subnet, route, acl, sg, pl or eni",
                word,
            ));
        }
    }
    Ok(())
}

fn add_subnet(network: &mut Network, words: &mut Words<'_>) -> Result<(), TextError> {
    let id = words.next("subnet-…")?.into();
    let blocks = words.next("a CIDR")?;
    let (cidr, ipv6_cidr) = blocks.split_once(',').map_or((blocks, None), |(v4, v6)| (v4, Some(v6)));
    let wrong = || TextError::unexpected("a CIDR", blocks);
    let subnet = Subnet {
        cidr: cidr.parse().map_err(|_| wrong())?,
        ipv6_cidr: ipv6_cidr.map(str::parse).transpose().map_err(|_| wrong())?,
        availability_zone: "us-east-1a".to_owned(),
        network_acl: words.next("acl-…")?.into(),
        route_table: words.next("rtb-…")?.into(),
    };
    network.network_acls.entry(subnet.network_acl.clone()).or_default();
    network.route_tables.entry(subnet.route_table.clone()).or_default();
    network.subnets.insert(id, subnet);
    Ok(())
}

fn add_route(network: &mut Network, words: &mut Words<'_>) -> Result<(), TextError> {
    let table = network.route_tables.entry(words.next("rtb-…")?.into()).or_default();
    let destination = words.parse("a CIDR")?;
    let target = target(words.next("a target")?)?;
    let prefix_list = match words.peek() {
        Some("of") => words.next("of").and_then(|_| words.next("pl-…")).map(|id| Some(id.into()))?,
        _ => None,
    };
    table.routes.push(Route { destination, prefix_list, target });
    Ok(())
}

fn target(word: &str) -> Result<Target, TextError> {
    Ok(match word.split_once('-').map_or(word, |(kind, _)| kind) {
        "local" => Target::Local,
        "blackhole" => Target::Blackhole,
        "igw" => Target::InternetGateway(word.into()),
        "eigw" => Target::EgressOnlyInternetGateway(word.into()),
        "nat" => Target::NatGateway { id: word.into(), interface: "".into() },
        "eni" => Target::NetworkInterface(word.into()),
        "vpce" => Target::VpcEndpoint(word.into()),
        "pcx" => Target::Peering(word.into()),
        "vgw" => Target::VpnGateway(word.into()),
        _ => return Err(TextError::unexpected("a target", word)),
    })
}

fn add_acl(network: &mut Network, rest: &str) -> Result<(), TextError> {
    let (id, entry) = rest.split_once(' ').unwrap_or((rest, ""));
    let acl: &mut NetworkAcl = network.network_acls.entry(id.into()).or_default();
    if entry.is_empty() {
        return Ok(());
    }
    if entry == "open6" {
        acl.entries.push("101 allow in all from ::/0".parse()?);
        acl.entries.push("101 allow out all to ::/0".parse()?);
    }
    if entry.starts_with("open") {
        acl.entries.push("100 allow in all from 0.0.0.0/0".parse()?);
        acl.entries.push("100 allow out all to 0.0.0.0/0".parse()?);
    } else {
        acl.entries.push(entry.parse()?);
    }
    Ok(())
}

fn add_rule(network: &mut Network, rest: &str) -> Result<(), TextError> {
    let (id, rule) = rest.split_once(' ').unwrap_or((rest, ""));
    let group = network.security_groups.entry(id.into()).or_default();
    group.name = id.to_owned();
    if !rule.is_empty() {
        group.rules.push(rule.parse()?);
    }
    Ok(())
}

fn add_interface(network: &mut Network, words: &mut Words<'_>) -> Result<(), TextError> {
    let id: NetworkInterfaceId = words.next("eni-…")?.into();
    let kind = kind(words.next("a kind of interface")?)?;
    let subnet = words.next("subnet-…")?.into();
    let (mut addresses, mut ipv6_addresses) = (Vec::new(), Vec::new());
    for word in words.next("addresses")?.split(',') {
        match word.parse::<Ipv6Addr>() {
            Ok(v6) => ipv6_addresses.push(v6),
            Err(_) => addresses.push(address(word)?),
        }
    }
    let mut interface = NetworkInterface {
        id: id.clone(),
        subnet,
        addresses,
        ipv6_addresses,
        groups: Default::default(),
        source_dest_check: !matches!(kind, InterfaceKind::NatGateway(_)),
        kind,
    };
    while let Some(word) = words.peek() {
        words.next("groups")?;
        if word == "nocheck" {
            interface.source_dest_check = false;
        } else {
            interface.groups.extend(word.split(',').map(Into::into));
        }
    }
    for group in &interface.groups {
        network.security_groups.entry(group.clone()).or_default();
    }
    network.interfaces.insert(id, interface);
    Ok(())
}

fn kind(word: &str) -> Result<InterfaceKind, TextError> {
    match word {
        "hub" => Ok(InterfaceKind::Hub),
        "host" => Ok(InterfaceKind::Host),
        "open" => Ok(InterfaceKind::Open),
        _ if word.starts_with("nat-") => Ok(InterfaceKind::NatGateway(word.into())),
        _ if word.starts_with("vpce-") => {
            Ok(InterfaceKind::Endpoint { vpce: word.into(), services: Vec::new(), names: Vec::new() })
        }
        _ => Err(TextError::unexpected("hub, host, open, nat-… or vpce-…", word)),
    }
}

fn address(word: &str) -> Result<InterfaceAddress, TextError> {
    let parse = |text: &str| text.parse::<Ipv4Addr>().map_err(|_| TextError::unexpected("an address", text));
    match word.split_once('=') {
        Some((private, public)) => {
            Ok(InterfaceAddress { private: parse(private)?, public: Some(parse(public)?) })
        }
        None => Ok(InterfaceAddress { private: parse(word)?, public: None }),
    }
}

/// Routes name a NAT gateway; the model wants its interface too.
fn resolve_nat_gateways(network: &mut Network) {
    let interfaces = &network.interfaces;
    for route in network.route_tables.values_mut().flat_map(|table| &mut table.routes) {
        if let Target::NatGateway { id, interface } = &mut route.target {
            let of = |i: &&NetworkInterface| i.kind == InterfaceKind::NatGateway(id.clone());
            if let Some(found) = interfaces.values().find(of) {
                *interface = found.id.clone();
            }
        }
    }
}

/// The text form of a network, to show one that failed a test.
pub fn network_text(network: &Network) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    network.all_cidrs().for_each(|cidr| line(format!("vpc {cidr}")));
    if !network.dns_support {
        line("dns off".to_owned());
    }
    network.internet_gateway.iter().for_each(|id| line(format!("igw {id}")));
    network.egress_only_internet_gateway.iter().for_each(|id| line(format!("eigw {id}")));
    for (id, s) in &network.subnets {
        let blocks: Vec<String> = s.cidrs().map(|cidr| cidr.to_string()).collect();
        line(format!("subnet {id} {} {} {}", blocks.join(","), s.network_acl, s.route_table));
    }
    for (id, table) in &network.route_tables {
        for r in &table.routes {
            let list = r.prefix_list.iter().map(|list| format!(" of {list}")).collect::<String>();
            line(format!("route {id} {} {}{list}", r.destination, r.target));
        }
    }
    for (id, acl) in &network.network_acls {
        line(format!("acl {id}"));
        acl.entries.iter().for_each(|entry| line(format!("acl {id} {entry}")));
    }
    for (id, group) in &network.security_groups {
        line(format!("sg {id}"));
        group.rules.iter().for_each(|rule| line(format!("sg {id} {rule}")));
    }
    for (id, list) in &network.prefix_lists {
        let cidrs: Vec<_> = list.iter().map(ToString::to_string).collect();
        line(format!("pl {id} {}", cidrs.join(" ")));
    }
    network.interfaces.values().for_each(|interface| line(interface_line(interface)));
    out
}

fn interface_line(interface: &NetworkInterface) -> String {
    let kind = match &interface.kind {
        InterfaceKind::Hub => "hub".to_owned(),
        InterfaceKind::Host => "host".to_owned(),
        InterfaceKind::Open => "open".to_owned(),
        InterfaceKind::NatGateway(id) => id.to_string(),
        InterfaceKind::Endpoint { vpce, .. } => vpce.to_string(),
    };
    let address = |a: &InterfaceAddress| match a.public {
        Some(public) => format!("{}={public}", a.private),
        None => a.private.to_string(),
    };
    let v6 = interface.ipv6_addresses.iter().map(ToString::to_string);
    let addresses: Vec<_> = interface.addresses.iter().map(address).chain(v6).collect();
    let mut line = format!("eni {} {kind} {} {}", interface.id, interface.subnet, addresses.join(","));
    if !interface.groups.is_empty() {
        let groups: Vec<_> = interface.groups.iter().map(|group| group.as_str()).collect();
        line += &format!(" {}", groups.join(","));
    }
    if !interface.source_dest_check && !interface.is_nat_gateway() {
        line += " nocheck";
    }
    line
}
