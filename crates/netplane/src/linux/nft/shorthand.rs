//! The few matches that the plane's rules are written with.

use std::net::IpAddr;

use ipnet::IpNet;
use vpc::{PortRange, Traffic};

use super::expression::{Base, Comparison, Ct, Expression, Meta, Register, Verdict};
use super::ruleset::{Chain, Data, Element, Hook, Point, Rule};
use crate::linux::netlink::family::{Family, octets};
use crate::linux::nflog;

const R0: Register = Register(0);
const R1: Register = Register(1);
const ESTABLISHED_OR_RELATED: u32 = 2 | 4;
const NEW: u32 = 8;
/// The second of the two directions of a connection.
const ANSWERING: u8 = 1;
/// The mark of connections that left by the egress-only gateway.
const OUTWARD: u32 = 1;

/// The side of a packet that an address is looked at on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The sender.
    Source,
    /// The receiver.
    Destination,
}

fn address_into(family: Family, side: Side, into: Register) -> Expression {
    let offset = match (family, side) {
        (Family::Ipv4, Side::Source) => 12,
        (Family::Ipv4, Side::Destination) => 16,
        (Family::Ipv6, Side::Source) => 8,
        (Family::Ipv6, Side::Destination) => 24,
    };
    Expression::Payload { base: Base::Network, offset, len: u32::from(family.bits() / 8), into }
}

fn meta_is(meta: Meta, value: u32) -> Vec<Expression> {
    vec![Expression::Meta(meta, R0), Expression::Compare(R0, Comparison::Equal, value.to_ne_bytes().to_vec())]
}

/// The packet came in by this interface.
pub fn came_by(index: u32) -> Vec<Expression> {
    meta_is(Meta::InInterface, index)
}

/// The packet leaves by this interface.
pub fn leaves_by(index: u32) -> Vec<Expression> {
    meta_is(Meta::OutInterface, index)
}

/// The packet's interface is in a set of interfaces.
pub fn interface_in(meta: Meta, set: &str) -> Vec<Expression> {
    vec![Expression::Meta(meta, R0), Expression::InSet(set.into(), R0)]
}

/// The interface and the address are in a set of (interface, address).
pub fn interface_and_address_in(family: Family, meta: Meta, side: Side, set: &str) -> Vec<Expression> {
    vec![Expression::Meta(meta, R0), address_into(family, side, R1), Expression::InSet(set.into(), R0)]
}

/// The way in and the way out are in a set of (interface, interface).
pub fn way_in(set: &str) -> Vec<Expression> {
    let (input, output) = (Meta::InInterface, Meta::OutInterface);
    vec![Expression::Meta(input, R0), Expression::Meta(output, R1), Expression::InSet(set.into(), R0)]
}

/// The address is in a set of addresses.
pub fn address_in(family: Family, side: Side, set: &str) -> Vec<Expression> {
    vec![address_into(family, side, R0), Expression::InSet(set.into(), R0)]
}

/// The address is in a network. Nothing to match when the network is everything.
pub fn address_within(side: Side, cidr: IpNet) -> Vec<Expression> {
    let family = Family::of(cidr.addr());
    let mut matches = vec![address_into(family, side, R0)];
    match cidr.prefix_len() {
        0 => return Vec::new(),
        whole if whole == family.bits() => {}
        _ => matches.push(Expression::Mask(R0, octets(cidr.netmask()))),
    }
    matches.push(Expression::Compare(R0, Comparison::Equal, octets(cidr.network())));
    matches
}

/// The transport protocol is this one.
pub fn protocol(number: u8) -> Vec<Expression> {
    vec![Expression::Meta(Meta::Protocol, R0), Expression::Compare(R0, Comparison::Equal, vec![number])]
}

/// The transport protocol is in a set of protocols.
pub fn protocol_in(set: &str) -> Vec<Expression> {
    vec![Expression::Meta(Meta::Protocol, R0), Expression::InSet(set.into(), R0)]
}

/// The part of a rule that a [`Traffic`] stands for.
pub fn traffic(traffic: Traffic) -> Vec<Expression> {
    let mut matches = traffic.protocol().map(protocol).unwrap_or_default();
    match traffic {
        Traffic::Tcp(ports) | Traffic::Udp(ports) => matches.extend(destination_port(ports)),
        Traffic::Icmp(icmp) | Traffic::Icmpv6(icmp) => {
            matches.extend(icmp.kind.map(|kind| transport_byte(0, kind)).unwrap_or_default());
            matches.extend(icmp.code.map(|code| transport_byte(1, code)).unwrap_or_default());
        }
        Traffic::All | Traffic::Protocol(_) => {}
    }
    matches
}

fn transport_byte(offset: u32, value: u8) -> Vec<Expression> {
    vec![
        Expression::Payload { base: Base::Transport, offset, len: 1, into: R0 },
        Expression::Compare(R0, Comparison::Equal, vec![value]),
    ]
}

fn destination_port(ports: PortRange) -> Vec<Expression> {
    let (from, to) = (ports.from.to_be_bytes().to_vec(), ports.to.to_be_bytes().to_vec());
    let load = Expression::Payload { base: Base::Transport, offset: 2, len: 2, into: R0 };
    match ports {
        PortRange::ALL => Vec::new(),
        _ if ports.from == ports.to => vec![load, Expression::Compare(R0, Comparison::Equal, from)],
        _ => vec![load, Expression::Range(R0, from, to)],
    }
}

/// The packet belongs to a connection that was let through, or is an error about one.
pub fn established() -> Vec<Expression> {
    state_among(ESTABLISHED_OR_RELATED)
}

/// As [`established`], or it begins a connection.
pub fn tracked() -> Vec<Expression> {
    state_among(ESTABLISHED_OR_RELATED | NEW)
}

/// The packet belongs to no connection that was let through, nor is an error about one.
pub fn not_established() -> Vec<Expression> {
    vec![
        Expression::Ct(Ct::State, R0),
        Expression::Mask(R0, ESTABLISHED_OR_RELATED.to_ne_bytes().to_vec()),
        Expression::Compare(R0, Comparison::Equal, vec![0; 4]),
    ]
}

/// The packet is one of the side that did not open the connection.
pub fn answers() -> Vec<Expression> {
    vec![Expression::Ct(Ct::Direction, R0), Expression::Compare(R0, Comparison::Equal, vec![ANSWERING])]
}

/// Remembers of the connection that it left by the egress-only gateway.
pub fn remember_outward() -> Vec<Expression> {
    let mark = OUTWARD.to_ne_bytes().to_vec();
    vec![Expression::Immediate(R0, mark), Expression::SetConnectionMark(R0)]
}

/// The packet's connection never left by the egress-only gateway.
pub fn never_outward() -> Vec<Expression> {
    let mark = OUTWARD.to_ne_bytes().to_vec();
    vec![Expression::Ct(Ct::Mark, R0), Expression::Compare(R0, Comparison::NotEqual, mark)]
}

fn state_among(states: u32) -> Vec<Expression> {
    vec![
        Expression::Ct(Ct::State, R0),
        Expression::Mask(R0, states.to_ne_bytes().to_vec()),
        Expression::Compare(R0, Comparison::NotEqual, vec![0; 4]),
    ]
}

/// Goes where the map of interfaces says.
pub fn by_interface(meta: Meta, map: &str) -> Vec<Expression> {
    vec![Expression::Meta(meta, R0), Expression::VerdictMap(map.into(), R0)]
}

/// The packet leaves by an interface of this group, or came in by one.
pub fn group_is(meta: Meta, group: u32) -> Vec<Expression> {
    meta_is(meta, group)
}

/// Goes where the second map says of what the first map, of interfaces, says.
pub fn by_interface_and_then(meta: Meta, map: &str, then: &str) -> Vec<Expression> {
    let set = map.to_string();
    vec![
        Expression::Meta(meta, R0),
        Expression::Map { set, key: R0, into: R1 },
        Expression::VerdictMap(then.into(), R1),
    ]
}

/// Goes where the map of marks says.
pub fn by_mark(map: &str) -> Vec<Expression> {
    by_interface(Meta::Mark, map)
}

/// Marks the packet as the map of interfaces says; ends the rule when it says nothing.
pub fn mark_from(map: &str) -> Vec<Expression> {
    let set = map.to_string();
    vec![
        Expression::Meta(Meta::InInterface, R0),
        Expression::Map { set, key: R0, into: R1 },
        Expression::SetMark(R1),
    ]
}

/// Translates an address of IPv4 as the map of addresses says; ends the rule when it says nothing.
pub fn translate(side: Side, map: &str) -> Vec<Expression> {
    let set = map.to_string();
    let translation = match side {
        Side::Source => super::expression::Translation::Source,
        Side::Destination => super::expression::Translation::Destination,
    };
    vec![
        address_into(Family::Ipv4, side, R0),
        Expression::Map { set, key: R0, into: R1 },
        Expression::Nat(translation, R1),
    ]
}

/// Reports the packet under a prefix and drops it.
pub fn report_and_drop(prefix: impl Into<String>) -> Vec<Expression> {
    let log = Expression::Log { group: nflog::GROUP, prefix: prefix.into() };
    vec![Expression::Counter, log, Expression::Verdict(Verdict::Drop)]
}

/// Goes to a chain for good.
pub fn goto(chain: impl Into<String>) -> Vec<Expression> {
    vec![Expression::Verdict(Verdict::Goto(chain.into()))]
}

/// Lets the packet pass this hook.
pub fn accept() -> Vec<Expression> {
    vec![Expression::Verdict(Verdict::Accept)]
}

/// A rule whose parts follow each other.
pub fn rule(comment: impl Into<String>, parts: impl IntoIterator<Item = Vec<Expression>>) -> Rule {
    Rule::new(comment, parts.into_iter().flatten().collect())
}

/// A chain entered by the kernel whose end drops, or for `nat` chains, passes.
pub fn entry(kind: &'static str, point: Point, priority: i32, rules: Vec<Rule>) -> Chain {
    Chain { hook: Some(Hook { kind, point, priority, accept: kind == "nat" }), rules }
}

/// A chain that others lead to.
pub fn inner(rules: Vec<Rule>) -> Chain {
    Chain { hook: None, rules }
}

/// A plain element.
pub fn member(key: Vec<u8>) -> Element {
    Element { key, data: Data::None }
}

/// An element of a verdict map.
pub fn leads(key: u32, verdict: Verdict) -> Element {
    Element { key: key.to_ne_bytes().to_vec(), data: Data::Verdict(verdict) }
}

/// The key (interface, address).
pub fn interface_address(index: u32, address: IpAddr) -> Vec<u8> {
    [index.to_ne_bytes().to_vec(), octets(address)].concat()
}
