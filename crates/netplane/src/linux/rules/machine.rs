//! A machine: what it asks of the instance metadata service is led to a port of its own loopback, so
//! that the service takes no port from it.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use vpc::{PortRange, Traffic};

use crate::data_plane::METADATA_PORT;
use crate::linux::nft::expression::{Expression, Register};
use crate::linux::nft::ruleset::{Point, Ruleset};
use crate::linux::nft::shorthand::{Side, address_within, entry, rule, traffic};

/// Where instances ask about themselves.
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
const HTTP: PortRange = PortRange { from: 80, to: 80 };

/// The ruleset of a namespace that a machine lives in.
pub fn ruleset() -> Ruleset {
    let mut ruleset = Ruleset::default();
    let port = Expression::Immediate(Register(0), METADATA_PORT.to_be_bytes().to_vec());
    let asks = [
        address_within(Side::Destination, Ipv4Net::from(METADATA).into()),
        traffic(Traffic::Tcp(HTTP)),
        vec![port, Expression::Redirect(Register(0))],
    ];
    let rules = vec![rule("instance metadata", asks)];
    ruleset.chains.insert("ask".into(), entry("nat", Point::Output, -100, rules));
    ruleset
}
