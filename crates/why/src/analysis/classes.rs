//! The classes of ports and of addresses that all rules treat alike.

use ipnet::{IpNet, Ipv4Net};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use vpc::{Network, Peer, PortRange, Traffic};

/// What the internet carries no packets to or from.
/// <https://www.rfc-editor.org/rfc/rfc1918>, <https://www.rfc-editor.org/rfc/rfc6598> and the blocks that are of one
/// host, of one link, or of no host at all.
const NOT_PUBLIC: [(Ipv4Addr, u8); 8] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Where the traffic of a protocol's rules changes, in these networks.
pub(crate) fn port_classes(networks: &[&Network], protocol: u8, extra: &[PortRange]) -> Vec<PortRange> {
    let mut ranges: Vec<PortRange> = extra.to_vec();
    for network in networks {
        let of_groups =
            network.security_groups.values().flat_map(|group| &group.rules).map(|rule| rule.traffic);
        let of_acls = network.network_acls.values().flat_map(|acl| &acl.entries).map(|entry| entry.traffic);
        ranges.extend(of_groups.chain(of_acls).filter_map(|traffic| ports(traffic, protocol)));
    }
    let mut starts: BTreeSet<u32> = [0].into();
    for range in ranges {
        starts.extend([u32::from(range.from), u32::from(range.to) + 1]);
    }
    between(&starts, u32::from(u16::MAX))
        .filter_map(|(from, to)| Some(PortRange { from: from.try_into().ok()?, to: to.try_into().ok()? }))
        .collect()
}

fn ports(traffic: Traffic, protocol: u8) -> Option<PortRange> {
    match traffic {
        Traffic::Tcp(ports) | Traffic::Udp(ports) if traffic.protocol() == Some(protocol) => Some(ports),
        _ => None,
    }
}

/// From each start to before the next.
fn between(starts: &BTreeSet<u32>, last: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
    let ends = starts.iter().skip(1).map(|start| start - 1).chain([last]);
    starts.iter().copied().zip(ends).filter(move |(from, to)| *from <= last && from <= to)
}

/// The addresses of the internet, in blocks that every rule of these networks treats alike.
pub(crate) fn internet_classes(networks: &[&Network], extra: &[Ipv4Net]) -> Vec<Ipv4Net> {
    let mut blocks: Vec<Ipv4Net> = extra.to_vec();
    blocks.extend(not_public());
    for network in networks {
        blocks.extend(network.cidrs.iter().copied());
        blocks.extend(rule_blocks(network));
        let addresses = network.interfaces.values().flat_map(|interface| &interface.addresses);
        blocks.extend(addresses.filter_map(|address| address.public).map(Ipv4Net::from));
    }
    let mut starts: BTreeSet<u32> = [0].into();
    for block in blocks {
        starts.insert(u32::from(block.network()));
        starts.extend(u32::from(block.broadcast()).checked_add(1));
    }
    let classes = between(&starts, u32::MAX)
        .flat_map(|(from, to)| ipnet::Ipv4Subnets::new(Ipv4Addr::from(from), Ipv4Addr::from(to), 0));
    let foreign = |block: &Ipv4Net| {
        let own = networks.iter().any(|network| network.behind_public(block.network().into()).is_some());
        !own && !not_public().any(|not| not.contains(block))
    };
    classes.filter(foreign).collect()
}

fn not_public() -> impl Iterator<Item = Ipv4Net> {
    NOT_PUBLIC.into_iter().filter_map(|(address, length)| Ipv4Net::new(address, length).ok())
}

fn rule_blocks(network: &Network) -> Vec<Ipv4Net> {
    let groups = network.security_groups.values().flat_map(|group| &group.rules);
    let of_groups = groups.filter_map(|rule| match &rule.peer {
        Peer::Cidr(cidr) => Some(*cidr),
        Peer::Group(_) | Peer::PrefixList(_) => None,
    });
    let of_acls = network.network_acls.values().flat_map(|acl| &acl.entries).map(|e| e.cidr);
    let of_lists = network.prefix_lists.values().flatten().copied();
    let of_routes = network.route_tables.values().flat_map(|table| &table.routes).map(|r| r.destination);
    let all = of_groups.chain(of_acls).chain(of_lists).chain(of_routes);
    all.filter_map(|cidr| match cidr {
        IpNet::V4(cidr) => Some(cidr),
        IpNet::V6(_) => None,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_fall_apart_where_rules_begin_and_end() {
        let range = |from, to| PortRange { from, to };
        let classes = port_classes(&[], 6, &[range(80, 80), range(1024, 65535)]);
        assert_eq!(classes, [range(0, 79), range(80, 80), range(81, 1023), range(1024, 65535)]);
    }

    #[test]
    fn the_internet_has_no_private_addresses() {
        let classes = internet_classes(&[], &[]);
        let has = |text: &str| {
            let address: Ipv4Addr = text.parse().expect("an address");
            classes.iter().any(|class| class.contains(&address))
        };
        assert!(has("8.8.8.8") && has("11.0.0.1") && has("198.18.0.1") && has("172.32.0.1"));
        assert!(
            !has("10.1.2.3")
                && !has("100.64.0.1")
                && !has("172.20.0.1")
                && !has("239.0.0.1")
                && !has("127.0.0.1")
        );
    }
}
