//! Netlink, as far as the plane needs it: links, addresses, routes, rules, neighbours.
//!
//! The encoder is our own: it is small, and one buffer type then serves both rtnetlink and nftables, whose
//! expressions no permissively licensed crate covers. Formats: <https://docs.kernel.org/userspace-api/netlink/intro.html>.

pub mod address;
pub mod encode;
pub mod family;
pub mod link;
pub mod neighbour;
pub mod parse;
pub mod route;
pub mod rule;
pub mod socket;
