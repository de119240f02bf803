//! Load balancers' nodes: listeners on the network interfaces of a VPC that carry requests and connections to
//! targets, and look after the targets' health.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html>
//!
//! [`plan`] says what there is to do, as data; [`rules`] and [`redirect`] decide about a request without I/O.
//! Packets between a node and its clients and targets pass the interface's security groups like any others.

mod balancer;
mod cookie;
mod forward;
mod function;
mod health;
mod http2;
mod live;
pub mod needs;
mod page;
pub mod plan;
mod proxy_protocol;
mod reach;
pub mod redirect;
pub mod rules;
mod serve;
mod silence;
mod tcp;
mod tls;
mod trace;
mod wildcard;

pub use balancer::Balancer;
pub use health::{Health, Reason};
