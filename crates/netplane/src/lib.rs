//! Applies a [`vpc::Plan`] to the kernel, rootless or as root, by netlink.
//!
//! One network namespace per VPC is its router, one per interface holds the interface's address; a veth pair joins
//! them point to point. Rules are nftables in the router's forward path and report what they drop, each under its own
//! name. [`Plane`] is this kernel; [`fake::FakePlane`] stands in for it in the tests of others.

mod data_plane;
mod drops;
pub mod fake;
mod flows;
mod linux;
mod ping;
mod probe;

pub use data_plane::{
    Applied, ApplyError, DataPlane, EnvironmentNet, Hub, METADATA_PORT, Outward, PlaneError, Probe, SpareNet,
};
pub use drops::{DropRecord, RECENT_DROPS};
pub use flows::Flows;
pub use linux::netns::NetnsError;
pub use linux::plane::Plane;
pub use probe::original_destination;
