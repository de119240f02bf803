//! The drawing for a terminal.

use crate::picture::{Interface, Map, Outward, Party, Subnet, Vpc};

pub fn text(map: &Map) -> String {
    let mut out = String::new();
    for vpc in &map.vpcs {
        draw_vpc(&mut out, vpc);
        out.push('\n');
    }
    draw_talks(&mut out, map);
    out
}

/// A branch of the tree: what stands before its line, and before the lines below it.
fn branch(last: bool) -> (&'static str, &'static str) {
    if last { ("└─ ", "   ") } else { ("├─ ", "│  ") }
}

fn lasts<T>(items: &[T]) -> impl Iterator<Item = (bool, &T)> {
    items.iter().enumerate().map(|(index, item)| (index + 1 == items.len(), item))
}

fn draw_vpc(out: &mut String, vpc: &Vpc) {
    let name = vpc.name.as_ref().map(|name| format!(" {}", printable(name))).unwrap_or_default();
    out.push_str(&format!("{}{name} {}\n", vpc.id, vpc.cidrs.join(", ")));
    if let Some(gateway) = &vpc.internet_gateway {
        out.push_str(&format!("│  {gateway} to the internet\n"));
    }
    for (id, other) in &vpc.peerings {
        out.push_str(&format!("│  {id} to {other}\n"));
    }
    for (last, zone) in lasts(&vpc.zones) {
        let (before, below) = branch(last);
        out.push_str(&format!("{before}{}\n", zone.name));
        for (last, subnet) in lasts(&zone.subnets) {
            draw_subnet(out, subnet, below, last);
        }
    }
}

fn draw_subnet(out: &mut String, subnet: &Subnet, indent: &str, last: bool) {
    let (before, below) = branch(last);
    let name = subnet.name.as_ref().map(|name| format!(" {}", printable(name))).unwrap_or_default();
    out.push_str(&format!("{indent}{before}{}{name} {} {}\n", subnet.id, subnet.cidr, subnet.tier.as_str()));
    let inner = format!("{indent}{below}");
    let stem = if subnet.interfaces.is_empty() { "   " } else { "│  " };
    out.push_str(&format!("{inner}{stem}{}, {}\n", subnet.route_table, subnet.network_acl));
    for route in &subnet.routes {
        out.push_str(&format!("{inner}{stem}{} → {}\n", route.destination, route.target));
    }
    let width = |of: fn(&Interface) -> usize| subnet.interfaces.iter().map(of).max().unwrap_or(0);
    let (kinds, names) = (width(|i| i.what.as_str().len()), width(|i| printable(&i.name).chars().count()));
    for (last, interface) in lasts(&subnet.interfaces) {
        let (before, _) = branch(last);
        let kind = format!("{:kinds$}", interface.what.as_str());
        let name = format!("{:names$}", printable(&interface.name));
        out.push_str(format!("{inner}{before}{kind}  {name}  {}", facts(interface)).trim_end());
        out.push('\n');
    }
}

fn facts(interface: &Interface) -> String {
    let public = interface.public.as_ref().map(|public| format!(" = {public}")).unwrap_or_default();
    let groups: Vec<String> = interface.groups.iter().map(|group| printable(group)).collect();
    let out = match interface.outward {
        Some(Outward::InternetGateway) => "  out to the internet",
        Some(Outward::NatGateway) => "  out to the internet by a NAT gateway",
        None => "",
    };
    let groups = if groups.is_empty() { String::new() } else { format!("  sg: {}", groups.join(", ")) };
    format!("{}{public}{groups}{out}", interface.address)
}

fn draw_talks(out: &mut String, map: &Map) {
    out.push_str("who may talk to whom\n");
    if map.is_large {
        out.push_str("  too many interfaces to ask: name one VPC, or use moat reach\n");
    } else if map.talks.is_empty() && map.left_out == 0 {
        out.push_str("  nobody to anybody\n");
    }
    let label = |id: &base::NetworkInterfaceId| match map.interface(id) {
        Some(interface) => format!("{} ({})", printable(&interface.name), interface.address),
        None => id.to_string(),
    };
    let from = |party: &Party| match party {
        Party::Internet => "the internet".to_owned(),
        Party::Interface(id) => label(id),
    };
    let rows: Vec<(String, String, &str)> =
        map.talks.iter().map(|talk| (from(&talk.from), label(&talk.to), talk.ports.as_str())).collect();
    let first = rows.iter().map(|(from, _, _)| from.chars().count()).max().unwrap_or(0);
    let second = rows.iter().map(|(_, to, _)| to.chars().count()).max().unwrap_or(0);
    for (from, to, ports) in rows {
        out.push_str(&format!("  {from:first$}  →  {to:second$}  {ports}\n"));
    }
    if map.left_out > 0 {
        out.push_str(&format!("  and {} more\n", map.left_out));
    }
}

/// Without what would move a terminal's cursor or change its colours.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
