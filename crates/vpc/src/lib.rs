//! The network of one VPC as data, and the three pure things that are done with it: `walk` says
//! whether a packet would pass and which rule decides, `compile` turns it into the [`Plan`] that
//! the kernel is given, and `Reason::fix` writes the command that would repair a drop.
//!
//! A [`Network`] is resolved: names are interfaces and addresses, nothing has to be looked up
//! elsewhere. This crate does no I/O and knows neither a kernel nor an API.

mod attachment;
mod compile;
mod direction;
mod drop_ref;
mod fix;
mod flow;
pub mod flow_log;
pub mod flow_window;
mod network;
mod network_acl;
mod network_interface;
mod pass;
mod peering;
mod plan;
mod reason;
mod route_table;
mod rule_ref;
mod security_group;
#[cfg(feature = "testing")]
pub mod simulate;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod trace;
mod traffic;
mod walk;

pub use attachment::{Attachment, Seat, hardware_address};
pub use compile::{compile, recompile};
pub use direction::Direction;
pub use drop_ref::DropRef;
pub use flow::{Flow, Origin, Packet};
pub use network::{Network, Subnet};
pub use network_acl::{Action, DEFAULT_ENTRY_NUMBER, NetworkAcl, NetworkAclEntry};
pub use network_interface::{InterfaceAddress, InterfaceKind, NetworkInterface};
pub use peering::{Peering, PeeringConnection, connect};
pub use plan::{
    AclEntryPlan, AclPlan, GroupPlan, GroupRulePlan, LinkPlan, PeerPlan, PeeringPlan, Plan, RouteAction,
    RoutePlan, SubnetPlan, TablePlan, Translation, gateway_endpoint_address,
};
pub use reason::Reason;
pub use route_table::{Route, RouteTable, Target};
pub use rule_ref::RuleRef;
pub use security_group::{Peer, SecurityGroup, SecurityGroupRule};
pub use text::TextError;
pub use trace::{Delivery, Hop, Link, Step, Trace, Verdict, Way};
pub use traffic::{IcmpMatch, Payload, PortRange, Traffic, protocol_name};
pub use walk::walk;
