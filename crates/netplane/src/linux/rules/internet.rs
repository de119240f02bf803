//! The internet where real connections leave it: what begins a TCP connection to an address that is not moat's own
//! is led to the daemon, which asks where it wanted to go.

use std::net::{Ipv4Addr, SocketAddrV4};

use ipnet::Ipv4Net;
use vpc::{PortRange, Traffic};

use crate::linux::nft::expression::{Expression, Register};
use crate::linux::nft::ruleset::{Point, Ruleset};
use crate::linux::nft::shorthand::{Side, accept, address_within, entry, rule, traffic};

const DESTINATION_TRANSLATION: i32 = -100;

/// The ruleset that leads connections to `carrier`, but for those to `inside`. `always` are led there in any case.
pub fn ruleset(carrier: SocketAddrV4, always: &[Ipv4Addr], inside: &[Ipv4Net]) -> Ruleset {
    let (address, port) = (Register(0), Register(1));
    let lead = || {
        vec![
            Expression::Immediate(address, carrier.ip().octets().to_vec()),
            Expression::Immediate(port, carrier.port().to_be_bytes().to_vec()),
            Expression::NatTo { address, port },
        ]
    };
    let tcp = || traffic(Traffic::Tcp(PortRange::ALL));
    let to = |net: Ipv4Net| address_within(Side::Destination, net.into());
    let mut rules: Vec<_> =
        always.iter().map(|a| rule("asked for", [to((*a).into()), tcp(), lead()])).collect();
    rules.extend(inside.iter().map(|net| rule("not outside", [to(*net), accept()])));
    rules.push(rule("outside", [tcp(), lead()]));
    let mut ruleset = Ruleset::default();
    ruleset.chains.insert("outside".into(), entry("nat", Point::Prerouting, DESTINATION_TRANSLATION, rules));
    ruleset
}
