//! The Route 53 resolver of a VPC: DNS at base plus two and at 169.254.169.253, answering from what
//! the VPC is. [`Records`] are made from a [`vpc::Network`] and the names of what stands in it,
//! [`answer`] turns one query into one answer without any I/O, [`serve`] does that on two sockets.
//!
//! What moat does not know does not exist: a name of the internet at large gets NXDOMAIN, unless there is an
//! [`Upstream`] to ask.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>

mod answer;
mod outside;
mod records;
mod serve;
mod upstream;
mod zones;

pub use answer::{MAX_UDP_PAYLOAD, TIME_TO_LIVE_S, Transport, answer};
pub use outside::outside_addresses;
pub use records::Records;
pub use serve::{MAX_TCP_CONNECTIONS, TCP_IDLE_S, serve};
pub use upstream::{Reply, Upstream};
pub use zones::{Answer, Zones};
