//! A plane in memory, for the tests of those who use one: it keeps the plans, opens real sockets on the host's loopback
//! interface, and enforces nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base::{Clock, NetworkInterfaceId, VpcId};
use vpc::Plan;

use crate::data_plane::{
    Applied, ApplyError, DataPlane, EnvironmentNet, Hub, Outward, PlaneError, Probe, SpareNet,
};
use crate::drops::{DropLog, DropRecord};
use crate::flows::Flows;
use crate::linux::plane::lock;

/// The namespace that everything of a fake plane is in: the caller's own.
const OWN_NAMESPACE: &str = "/proc/self/ns/net";
const FIRST_ENVIRONMENT_ADDRESS: u32 = u32::from_be_bytes([169, 254, 64, 0]);

/// A plane in memory.
pub struct FakePlane {
    state: Mutex<State>,
    drops: DropLog,
}

#[derive(Default)]
struct State {
    plans: Vec<Plan>,
    refused: BTreeMap<NetworkInterfaceId, String>,
    listeners: BTreeMap<(Ipv4Addr, u16), SocketAddr>,
    environments: BTreeSet<String>,
    environments_made: u32,
    public: BTreeSet<IpAddr>,
    flows: Flows,
}

impl FakePlane {
    /// An empty plane.
    pub fn new(clock: Arc<dyn Clock>) -> FakePlane {
        FakePlane { state: Mutex::default(), drops: DropLog::new(clock) }
    }

    /// From now on this interface cannot be made.
    pub fn refuse(&self, interface: &NetworkInterfaceId, reason: &str) {
        lock(&self.state).refused.insert(interface.clone(), reason.to_string());
    }

    /// The plans applied last.
    pub fn plans(&self) -> Vec<Plan> {
        lock(&self.state).plans.clone()
    }

    /// Names of the environments in use.
    pub fn environments(&self) -> BTreeSet<String> {
        lock(&self.state).environments.clone()
    }

    /// The addresses of the internet.
    pub fn public_addresses(&self) -> BTreeSet<IpAddr> {
        lock(&self.state).public.clone()
    }

    /// Makes a packet have been dropped.
    pub fn report(&self, record: DropRecord) {
        self.drops.push(record);
    }

    /// Where a listener that was opened at an interface's address really listens.
    pub fn listener_at(&self, address: Ipv4Addr, port: u16) -> Option<SocketAddr> {
        lock(&self.state).listeners.get(&(address, port)).copied()
    }

    /// Makes flows have been seen.
    pub fn seen(&self, flows: Flows) {
        lock(&self.state).flows = flows;
    }

    fn addresses(&self, interface: &NetworkInterfaceId) -> Result<Vec<Ipv4Addr>, PlaneError> {
        let state = lock(&self.state);
        let link = state.plans.iter().find_map(|plan| plan.links.get(interface));
        let known = link.filter(|_| !state.refused.contains_key(interface));
        known.map(|link| link.addresses.clone()).ok_or_else(|| PlaneError::NoSuchInterface(interface.clone()))
    }
}

/// Any free port of the host's loopback interface.
fn somewhere() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

impl DataPlane for FakePlane {
    fn apply(&self, plans: &[Plan]) -> Result<Applied, ApplyError> {
        let mut state = lock(&self.state);
        let links = |plans: &[Plan]| -> BTreeSet<NetworkInterfaceId> {
            plans.iter().flat_map(|plan| plan.links.keys().cloned()).collect()
        };
        let (before, after) = (links(&state.plans), links(plans));
        let failed: BTreeMap<_, _> = state
            .refused
            .iter()
            .filter(|(id, _)| after.contains(*id))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let gone = before.difference(&after).count();
        state.plans = plans.to_vec();
        let links_created = after.difference(&before).filter(|id| !failed.contains_key(*id)).count();
        Ok(Applied { links_created, links_removed: gone, interfaces_removed: gone, failed })
    }

    fn apply_full(&self, plans: &[Plan]) -> Result<Applied, ApplyError> {
        self.apply(plans)
    }

    fn netns_path(&self, interface: &NetworkInterfaceId) -> Result<PathBuf, PlaneError> {
        self.addresses(interface).map(|_| PathBuf::from(OWN_NAMESPACE))
    }

    fn router_path(&self, vpc: &VpcId) -> Result<PathBuf, PlaneError> {
        let known = lock(&self.state).plans.iter().any(|plan| &plan.vpc == vpc);
        if known { Ok(OWN_NAMESPACE.into()) } else { Err(PlaneError::NoSuchVpc(vpc.clone())) }
    }

    fn listen_tcp(&self, interface: &NetworkInterfaceId, port: u16) -> Result<TcpListener, PlaneError> {
        let addresses = self.addresses(interface)?;
        let bind = |source| PlaneError::Bind { address: somewhere(), source };
        let listener = TcpListener::bind(somewhere()).map_err(bind)?;
        let at = listener.local_addr().map_err(bind)?;
        lock(&self.state).listeners.extend(addresses.into_iter().map(|address| ((address, port), at)));
        Ok(listener)
    }

    fn listen_in(&self, _netns: &Path, address: SocketAddr) -> Result<TcpListener, PlaneError> {
        TcpListener::bind(somewhere()).map_err(|source| PlaneError::Bind { address, source })
    }

    fn connect_in(
        &self,
        _netns: &Path,
        to: SocketAddr,
        timeout: Duration,
    ) -> Result<std::io::Result<std::net::TcpStream>, PlaneError> {
        Ok(std::net::TcpStream::connect_timeout(&to, timeout))
    }

    fn bind_udp_in(&self, _netns: &Path, address: SocketAddr) -> Result<UdpSocket, PlaneError> {
        UdpSocket::bind(somewhere()).map_err(|source| PlaneError::Bind { address, source })
    }

    fn probe_tcp(
        &self,
        interface: &NetworkInterfaceId,
        to: SocketAddr,
        timeout: Duration,
    ) -> Result<Probe, PlaneError> {
        self.addresses(interface)?;
        let SocketAddr::V4(v4) = to else { return Ok(Probe::Unreachable) };
        let listener = self.listener_at(*v4.ip(), v4.port());
        Ok(listener.map_or(Probe::TimedOut, |at| crate::probe::tcp(crate::probe::Source::Any, at, timeout)))
    }

    fn probe_icmp(
        &self,
        interface: &NetworkInterfaceId,
        to: IpAddr,
        _: Duration,
    ) -> Result<Probe, PlaneError> {
        self.addresses(interface)?;
        let state = lock(&self.state);
        let links = state.plans.iter().flat_map(|plan| plan.links.values());
        let known = links.flat_map(|link| &link.addresses).any(|address| IpAddr::V4(*address) == to);
        Ok(if known { Probe::Connected } else { Probe::TimedOut })
    }

    fn connect_tcp(
        &self,
        interface: &NetworkInterfaceId,
        to: SocketAddr,
        timeout: Duration,
    ) -> Result<std::io::Result<std::net::TcpStream>, PlaneError> {
        self.addresses(interface)?;
        let SocketAddr::V4(v4) = to else { return Ok(Err(std::io::ErrorKind::TimedOut.into())) };
        Ok(match self.listener_at(*v4.ip(), v4.port()) {
            Some(at) => std::net::TcpStream::connect_timeout(&at, timeout),
            None => Err(std::io::ErrorKind::TimedOut.into()),
        })
    }

    fn furnish_machine(&self, interface: &NetworkInterfaceId) -> Result<(), PlaneError> {
        self.addresses(interface).map(drop)
    }

    fn environment(&self, hub: &Hub) -> Result<EnvironmentNet, PlaneError> {
        let spare = self.spare_environment()?;
        self.wire_environment(&spare, hub).inspect_err(|_| self.release_spare(&spare))
    }

    fn spare_environment(&self) -> Result<SpareNet, PlaneError> {
        let mut state = lock(&self.state);
        let name = format!("env-{}", state.environments_made);
        state.environments_made += 1;
        state.environments.insert(name.clone());
        Ok(SpareNet { name, netns_path: OWN_NAMESPACE.into() })
    }

    fn wire_environment(&self, spare: &SpareNet, hub: &Hub) -> Result<EnvironmentNet, PlaneError> {
        if let Hub::Interface(id) = hub {
            self.addresses(id)?;
        }
        let number = spare.name.strip_prefix("env-").and_then(|number| number.parse::<u32>().ok());
        let number = number.filter(|_| lock(&self.state).environments.contains(&spare.name));
        let number = number.ok_or_else(|| PlaneError::NotLent(spare.name.clone()))?;
        let address = Ipv4Addr::from(FIRST_ENVIRONMENT_ADDRESS + number);
        let SpareNet { name, netns_path } = spare.clone();
        Ok(EnvironmentNet { name, netns_path, address, hub: hub.clone() })
    }

    fn release_spare(&self, spare: &SpareNet) {
        lock(&self.state).environments.remove(&spare.name);
    }

    fn release(&self, environment: &EnvironmentNet) -> Result<(), PlaneError> {
        lock(&self.state).environments.remove(&environment.name);
        Ok(())
    }

    fn prepare_environments(&self, _count: usize) -> Result<(), PlaneError> {
        Ok(())
    }

    fn prepare_interfaces(&self, _count: usize) -> Result<(), PlaneError> {
        Ok(())
    }

    fn lead_outside(&self, outward: Option<&Outward>) -> Result<Option<TcpListener>, PlaneError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listen = || TcpListener::bind(address).map_err(|source| PlaneError::Bind { address, source });
        outward.map(|_| listen()).transpose()
    }

    fn add_public_address(&self, address: IpAddr) -> Result<(), PlaneError> {
        lock(&self.state).public.insert(address);
        Ok(())
    }

    fn take_flows(&self) -> Flows {
        std::mem::take(&mut lock(&self.state).flows)
    }

    fn recent_drops(&self) -> Vec<DropRecord> {
        self.drops.recent()
    }

    fn watch_drops(&self) -> Receiver<DropRecord> {
        self.drops.watch()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SystemClock;

    const NETWORK: &str = "
        vpc 10.0.0.0/16
        subnet subnet-a 10.0.0.0/24 acl-1 rtb-1
        acl acl-1 open
        eni eni-a host subnet-a 10.0.0.10 sg-1
        eni eni-b host subnet-a 10.0.0.20 sg-1
    ";

    #[test]
    fn it_answers_as_the_real_one_would_for_what_it_was_told() {
        let plane = FakePlane::new(Arc::new(SystemClock));
        let plan = vpc::compile(&vpc::testing::network(NETWORK).expect("a network"));
        plane.refuse(&"eni-b".into(), "no");
        let applied = plane.apply(&[plan]).expect("applies");
        assert_eq!((applied.links_created, applied.failed.len()), (1, 1));
        assert!(plane.netns_path(&"eni-b".into()).is_err());
        let _listener = plane.listen_tcp(&"eni-a".into(), 443).expect("a listener");
        let probe = |port| {
            let to = SocketAddr::from(([10, 0, 0, 10], port));
            plane.probe_tcp(&"eni-a".into(), to, Duration::from_secs(1)).expect("a probe")
        };
        assert_eq!((probe(443), probe(444)), (Probe::Connected, Probe::TimedOut));
        let environment = plane.environment(&Hub::Internet).expect("an environment");
        assert_eq!(plane.environments().len(), 1);
        plane.release(&environment).expect("released");
        assert_eq!(plane.environments().len(), 0);
        assert_eq!(plane.apply(&[]).expect("applies").links_removed, 2);
    }
}
