//! What the rest of moat asks of a data plane, whoever implements it.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use base::{NetworkInterfaceId, VpcId};
use ipnet::Ipv4Net;
use vpc::Plan;

use crate::drops::DropRecord;
use crate::flows::Flows;
use crate::linux::netns::NetnsError;

/// Where a machine's metadata service listens, on the loopback of its namespace.
pub const METADATA_PORT: u16 = 61_680;

/// Enforces plans. Methods block; call them from blocking threads.
pub trait DataPlane: Send + Sync {
    /// Makes the network what the plans say and nothing else: creates, changes, removes. What somebody else changed
    /// in the rules is repaired; established connections stay.
    fn apply(&self, plans: &[Plan]) -> Result<Applied, ApplyError>;

    /// As [`DataPlane::apply`], trusting nothing that was done before: links, addresses and routes are read back too.
    fn apply_full(&self, plans: &[Plan]) -> Result<Applied, ApplyError>;

    /// The network namespace of an interface.
    fn netns_path(&self, interface: &NetworkInterfaceId) -> Result<PathBuf, PlaneError>;

    /// The network namespace of a VPC's router, where the resolver listens.
    fn router_path(&self, vpc: &VpcId) -> Result<PathBuf, PlaneError>;

    /// Listens at an interface's addresses.
    fn listen_tcp(&self, interface: &NetworkInterfaceId, port: u16) -> Result<TcpListener, PlaneError>;

    /// Listens in a network namespace.
    fn listen_in(&self, netns: &Path, address: SocketAddr) -> Result<TcpListener, PlaneError>;

    /// Opens a connection in a network namespace, to who listens there. What came of it is inside the answer.
    fn connect_in(
        &self,
        netns: &Path,
        to: SocketAddr,
        timeout: Duration,
    ) -> Result<io::Result<TcpStream>, PlaneError>;

    /// Opens a UDP socket in a network namespace.
    fn bind_udp_in(&self, netns: &Path, address: SocketAddr) -> Result<UdpSocket, PlaneError>;

    /// Tries a connection from an interface.
    fn probe_tcp(
        &self,
        interface: &NetworkInterfaceId,
        to: SocketAddr,
        timeout: Duration,
    ) -> Result<Probe, PlaneError>;

    /// Sends an echo request from an interface.
    fn probe_icmp(
        &self,
        interface: &NetworkInterfaceId,
        to: std::net::IpAddr,
        timeout: Duration,
    ) -> Result<Probe, PlaneError>;

    /// Opens a connection from an interface. What came of it is inside the answer.
    fn connect_tcp(
        &self,
        interface: &NetworkInterfaceId,
        to: SocketAddr,
        timeout: Duration,
    ) -> Result<io::Result<TcpStream>, PlaneError>;

    /// Makes an interface's namespace one that a machine can live in: its programs, which have no privileges, may
    /// listen at every port, and what they ask of 169.254.169.254 is led to [`METADATA_PORT`] of its loopback.
    fn furnish_machine(&self, interface: &NetworkInterfaceId) -> Result<(), PlaneError>;

    /// A namespace for an execution environment, wired to a hub.
    fn environment(&self, hub: &Hub) -> Result<EnvironmentNet, PlaneError>;

    /// A namespace for an execution environment that is not wired to anything yet. Until it is, whatever runs in it
    /// reaches nothing.
    fn spare_environment(&self) -> Result<SpareNet, PlaneError>;

    /// Wires such a namespace to a hub.
    fn wire_environment(&self, spare: &SpareNet, hub: &Hub) -> Result<EnvironmentNet, PlaneError>;

    /// Keeps the namespace of a spare that was never wired, in which no process is left, for the next.
    fn release_spare(&self, spare: &SpareNet);

    /// Unwires an environment in which no process is left, and keeps its namespace for the next.
    fn release(&self, environment: &EnvironmentNet) -> Result<(), PlaneError>;

    /// Makes namespaces ahead of need until this many wait.
    fn prepare_environments(&self, count: usize) -> Result<(), PlaneError>;

    /// Makes namespaces for interfaces ahead of need until this many wait in each VPC that has interfaces.
    fn prepare_interfaces(&self, count: usize) -> Result<(), PlaneError>;

    /// Gives the internet an address that the daemon then listens on: a public endpoint, or 169.254.169.253 for the
    /// resolver of functions without a VPC.
    fn add_public_address(&self, address: IpAddr) -> Result<(), PlaneError>;

    /// Leads TCP connections that leave for the outside to a listener, each with
    /// [`original_destination`](crate::original_destination); without `outward` they lead nowhere.
    fn lead_outside(&self, outward: Option<&Outward>) -> Result<Option<TcpListener>, PlaneError>;

    /// The flows at recorded interfaces since this was asked last.
    fn take_flows(&self) -> Flows;

    /// What was dropped lately, oldest first.
    fn recent_drops(&self) -> Vec<DropRecord>;

    /// What will be dropped from now on. Records are lost when nobody takes them.
    fn watch_drops(&self) -> Receiver<DropRecord>;
}

/// What is outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outward {
    /// Addresses that are, whatever the next says.
    pub always: Vec<Ipv4Addr>,
    /// Networks that are not.
    pub inside: Vec<Ipv4Net>,
}

/// What environments are wired to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hub {
    /// The interface that the functions of one (subnet, groups) share.
    Interface(NetworkInterfaceId),
    /// The internet itself, for functions without a VPC.
    Internet,
}

/// The network of one execution environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentNet {
    /// Its name.
    pub name: String,
    /// Its network namespace.
    pub netns_path: PathBuf,
    /// Its own address, seen by nobody but the hub.
    pub address: Ipv4Addr,
    /// What it is wired to.
    pub hub: Hub,
}

/// The namespace of an execution environment to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpareNet {
    /// Its name.
    pub name: String,
    /// Its network namespace.
    pub netns_path: PathBuf,
}

/// What came of a connection attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// The other side accepted.
    Connected,
    /// The packet arrived and nobody listens.
    Refused,
    /// Nothing came back.
    TimedOut,
    /// The sender's own kernel knows no way, or was told that there is none.
    Unreachable,
}

/// What an apply did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Links that were made.
    pub links_created: usize,
    /// Links that were removed.
    pub links_removed: usize,
    /// Interfaces whose namespace was let go.
    pub interfaces_removed: usize,
    /// Interfaces that could not be made, with the reason; all others are in place.
    pub failed: BTreeMap<NetworkInterfaceId, String>,
}

/// A VPC whose network could not be brought to its plan; the other VPCs were.
#[derive(Debug, thiserror::Error)]
#[error("cannot apply the network of `{vpc}`: {source}")]
pub struct ApplyError {
    /// The VPC.
    pub vpc: VpcId,
    /// Why.
    pub source: PlaneError,
}

/// The plane could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PlaneError {
    /// No such interface in any plan that was applied.
    #[error("interface `{0}` is not in the network")]
    NoSuchInterface(NetworkInterfaceId),
    /// No such VPC in any plan that was applied.
    #[error("vpc `{0}` is not in the network")]
    NoSuchVpc(VpcId),
    /// An id that cannot name a namespace.
    #[error("`{0}` cannot name a network namespace")]
    BadId(String),
    /// The run directory cannot be used.
    #[error("cannot use run directory `{}`: {source}", path.display())]
    RunDirectory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No namespace of this name is lent to anybody.
    #[error("environment `{0}` is not lent")]
    NotLent(String),
    /// A socket could not be opened at an address.
    #[error("cannot bind `{address}`: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A namespace, or something in it.
    #[error(transparent)]
    Netns(#[from] NetnsError),
}
