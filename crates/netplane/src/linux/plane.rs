//! The data plane of this kernel: one router per VPC, one namespace per interface, the daemon's own namespace as
//! the internet.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use base::{Clock, NetworkInterfaceId, VpcEndpointId, VpcId};
use vpc::{Plan, Seat};

use super::environment::Environments;
use super::internet::{Internet, Reached};
use super::leaf::{self, Leaf};
use super::netns::{self, Netns, NetnsError};
use super::quick::LinkChange;
use super::router::{Exit, Router};
use super::seat::{self, Seats};
use super::sysctl::Role;
use crate::data_plane::{
    Applied, ApplyError, DataPlane, EnvironmentNet, Hub, Outward, PlaneError, Probe, SpareNet,
};
use crate::drops::{DropLog, DropReader, DropRecord};
use crate::flows::{FlowRecorder, Flows};
use crate::probe::{self, Source};

const NETNS_DIRECTORY: &str = "netns";
/// What namespaces are called that wait for an interface.
const SPARE_PREFIX: &str = "spare-";
/// The longest id that becomes a file name.
const NAME_MAX: usize = 64;

/// The data plane of this kernel.
pub struct Plane {
    directory: PathBuf,
    state: Mutex<State>,
    leaves: Mutex<BTreeMap<NetworkInterfaceId, Arc<Mutex<Leaf>>>>,
    /// Of interfaces that share a machine with others: its first one, and their own addresses.
    machines: Mutex<BTreeMap<NetworkInterfaceId, (NetworkInterfaceId, Vec<IpAddr>)>>,
    environments: Environments,
    next_spare: AtomicU32,
    drops: Arc<DropLog>,
    flows: Arc<FlowRecorder>,
}

struct State {
    routers: BTreeMap<VpcId, (Router, DropReader)>,
    internet: Internet,
}

/// A lock is never held across a panic that matters: what it guards is checked against the kernel again.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Plane {
    /// Opens the plane in the calling thread's network namespace, which becomes the internet. `run_dir` is a
    /// private tmpfs; namespaces that an earlier daemon kept there are adopted, its environments are let go.
    pub fn open(run_dir: &Path, clock: Arc<dyn Clock>) -> Result<Plane, PlaneError> {
        raise_file_limit();
        let directory = run_dir.join(NETNS_DIRECTORY);
        fs::create_dir_all(&directory)
            .map_err(|source| PlaneError::RunDirectory { path: directory.clone(), source })?;
        let internet = Internet::open(&directory)?;
        let environments = Environments::open(&directory)?;
        let plane = Plane {
            directory,
            state: Mutex::new(State { routers: BTreeMap::new(), internet }),
            leaves: Mutex::default(),
            machines: Mutex::default(),
            environments,
            next_spare: AtomicU32::new(0),
            drops: Arc::new(DropLog::new(Arc::clone(&clock))),
            flows: Arc::new(FlowRecorder::new(clock)),
        };
        plane.adopt()?;
        Ok(plane)
    }

    /// Interfaces come before routers in the order of names, so routers learn whose links they have. What cannot be
    /// entered, since a daemon was killed while it made it, goes; the next apply makes it again.
    fn adopt(&self) -> Result<(), PlaneError> {
        let names = kept(&self.directory)?;
        let taken: BTreeSet<String> =
            names.iter().filter_map(|name| netns::first_name(&self.directory.join(name))).collect();
        for name in names {
            if name.starts_with(SPARE_PREFIX) {
                // Those that wait are made again; those that are taken have another name.
                if !taken.contains(&name) {
                    netns::remove(&self.directory.join(&name), &name)?;
                }
                let number = name.strip_prefix(SPARE_PREFIX).and_then(|n| n.parse::<u32>().ok());
                self.next_spare.fetch_max(number.map_or(0, |n| n.wrapping_add(1)), Ordering::Relaxed);
                continue;
            }
            if let Err(error) = self.adopt_one(&name) {
                tracing::warn!(namespace = %name, %error, "network namespace is not adopted");
                netns::remove(&self.directory.join(&name), &name)?;
            }
        }
        Ok(())
    }

    fn adopt_one(&self, name: &str) -> Result<(), PlaneError> {
        if name.starts_with(VpcId::PREFIX) {
            let vpc = VpcId::from(name);
            let mut router = self.start_router(&vpc, Netns::open(&self.directory, name)?)?;
            let leaves = lock(&self.leaves);
            let first = |id: &NetworkInterfaceId| netns::first_name(&self.directory.join(id.as_str()));
            router.0.learn(&leaves.keys().map(|id| (id.clone(), first(id))).collect())?;
            lock(&self.state).routers.insert(vpc, router);
        } else if name.starts_with(NetworkInterfaceId::PREFIX) || name.starts_with(VpcEndpointId::PREFIX) {
            let mut leaf = Leaf::new(Netns::open(&self.directory, name)?, Role::Unknown);
            leaf.drop_environments()?;
            lock(&self.leaves).insert(name.into(), Arc::new(Mutex::new(leaf)));
        }
        Ok(())
    }

    fn start_router(&self, vpc: &VpcId, netns: Netns) -> Result<(Router, DropReader), NetnsError> {
        let router = Router::new(netns);
        let socket = router.reports()?;
        let (drops, flows) = (Arc::clone(&self.drops), Arc::clone(&self.flows));
        let reader = DropReader::start(vpc, socket, Arc::clone(&router.names), drops, flows)?;
        Ok((router, reader))
    }

    fn apply_with(&self, plans: &[Plan], full: bool) -> Result<Applied, ApplyError> {
        let mut state = lock(&self.state);
        let mut applied = Applied::default();
        self.note_machines(plans);
        if full {
            self.forget(&mut state);
        } else if let Some(applied) = self.apply_change(&mut state, plans) {
            return Ok(applied);
        }
        let mut failure = None;
        let links = plans.iter().flat_map(|plan| &plan.links);
        self.flows.cover(links.filter(|(_, link)| link.recorded).map(|(id, _)| id.clone()).collect());
        let mut begun = Vec::new();
        for plan in plans {
            match self.begin(&mut state, plan, &mut applied) {
                Ok(()) => begun.push(plan),
                Err(source) => {
                    tracing::warn!(vpc = %plan.vpc, error = %source, "network could not be begun");
                    failure.get_or_insert(ApplyError { vpc: plan.vpc.clone(), source });
                }
            }
        }
        if let Err((vpc, source)) = link_peers(&mut state, plans) {
            tracing::warn!(%vpc, error = %source, "networks could not be peered");
            failure.get_or_insert(ApplyError { vpc, source });
        }
        for plan in begun {
            if let Err(source) = self.apply_one(&mut state, plan, &mut applied) {
                tracing::warn!(vpc = %plan.vpc, error = %source, "network could not be applied");
                failure.get_or_insert(ApplyError { vpc: plan.vpc.clone(), source });
            }
        }
        let finished = self.remove_others(&mut state, plans, &mut applied);
        let finished = finished.and_then(|()| self.connect_internet(&mut state, plans));
        match (failure, finished) {
            (Some(failure), _) => Err(failure),
            (None, Err(source)) => Err(ApplyError { vpc: "".into(), source }),
            (None, Ok(())) => Ok(applied),
        }
    }

    fn forget(&self, state: &mut State) {
        state.routers.values_mut().for_each(|(router, _)| router.forget());
        state.internet.forget();
        lock(&self.leaves).values().for_each(|leaf| lock(leaf).forget());
    }

    /// The router, without the links that must go.
    fn begin(&self, state: &mut State, plan: &Plan, applied: &mut Applied) -> Result<(), PlaneError> {
        if !state.routers.contains_key(&plan.vpc) {
            let netns = Netns::create(&self.directory, name_of(plan.vpc.as_str())?, Role::Router)?;
            state.routers.insert(plan.vpc.clone(), self.start_router(&plan.vpc, netns)?);
        }
        let Some((router, _)) = state.routers.get_mut(&plan.vpc) else { return Ok(()) };
        router.look()?;
        applied.links_removed += router.remove_links(plan)?;
        Ok(())
    }

    /// Does what is to be done when plans differ from the last ones in links only. `None` when it is more than that, or
    /// does not succeed: then everything is looked at.
    fn apply_change(&self, state: &mut State, plans: &[Plan]) -> Option<Applied> {
        if state.routers.len() != plans.len() {
            return None;
        }
        let mut changes = Vec::new();
        for plan in plans {
            let (router, _) = state.routers.get_mut(&plan.vpc)?;
            changes.push(router.change_to(plan)?);
        }
        let mut applied = Applied::default();
        for (plan, change) in plans.iter().zip(changes).filter(|(_, change)| !change.is_nothing()) {
            let (router, _) = state.routers.get_mut(&plan.vpc)?;
            match self.change_one(router, plan, &change, &mut applied) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    tracing::warn!(vpc = %plan.vpc, %error, "a change failed and everything is looked at");
                    router.forget();
                    return None;
                }
            }
        }
        Some(applied)
    }

    fn change_one(
        &self,
        router: &mut Router,
        plan: &Plan,
        change: &LinkChange,
        applied: &mut Applied,
    ) -> Result<bool, PlaneError> {
        let Some(settled) = router.unsettle() else { return Ok(false) };
        for (id, link) in &change.come {
            let id_known = lock(&self.leaves).contains_key(id);
            let pooled = match leaf::role(link) {
                Role::Leaf if !id_known => {
                    name_of(id.as_str())?;
                    router.take_spare(&self.directory, id, &addresses(link))?
                }
                _ => None,
            };
            match pooled {
                Some(leaf) => {
                    lock(&self.leaves).insert(id.clone(), Arc::new(Mutex::new(leaf)));
                }
                None => {
                    self.apply_link(router, id, link, Seats::default())?;
                }
            }
        }
        if !router.bring_change(change, plan, settled)? {
            return Ok(false);
        }
        for id in &change.gone {
            lock(&self.leaves).remove(id);
            netns::remove(&self.directory.join(id.as_str()), id.as_str())?;
        }
        applied.links_created += change.come.len();
        applied.links_removed += change.gone.len();
        applied.interfaces_removed += change.gone.len();
        Ok(true)
    }

    /// Takes all rules away from a VPC, as the next apply will find out: what traffic without them costs.
    #[cfg(feature = "testing")]
    pub fn discard_rules(&self, vpc: &VpcId) -> Result<(), PlaneError> {
        let mut state = lock(&self.state);
        let (router, _) = state.routers.get_mut(vpc).ok_or_else(|| PlaneError::NoSuchVpc(vpc.clone()))?;
        Ok(super::nft::batch::discard(router.netns.netfilter()?).map_err(NetnsError::from)?)
    }

    fn add_spare(&self, router: &mut Router) -> Result<(), NetnsError> {
        let name = format!("{SPARE_PREFIX}{}", self.next_spare.fetch_add(1, Ordering::Relaxed));
        let netns = Netns::create(&self.directory, &name, Role::Leaf)?;
        router.add_spare(Leaf::new(netns, Role::Leaf))
    }

    fn apply_one(&self, state: &mut State, plan: &Plan, applied: &mut Applied) -> Result<(), PlaneError> {
        let State { routers, internet } = state;
        let Some((router, _)) = routers.get_mut(&plan.vpc) else { return Ok(()) };
        let exits = [
            (Exit::Internet, plan.internet_gateway.is_some()),
            (Exit::Outward, plan.egress_only_internet_gateway.is_some()),
        ];
        for (exit, _) in exits.into_iter().filter(|(_, wanted)| *wanted) {
            if !router.has_exit(exit) {
                internet.link_router(&plan.vpc, router, exit)?;
            }
        }
        {
            // A daemon that was killed may have left links whose other ends go with a namespace that it gave up.
            let leaves = lock(&self.leaves);
            router.disown_links(|id| {
                let place = plan.seats.get(id).map_or(id, |seat| &seat.first);
                !leaves.contains_key(place)
            });
        }
        let mut seats = seat::by_first(plan);
        for (id, link) in plan.links.iter().filter(|(id, _)| !plan.seats.contains_key(*id)) {
            match self.apply_link(router, id, link, seats.remove(id).unwrap_or_default()) {
                Ok(created) => applied.links_created += usize::from(created),
                Err(source) => {
                    applied.failed.insert(id.clone(), source.to_string());
                }
            }
        }
        for (id, seat) in &plan.seats {
            match self.apply_seat(router, plan, id, seat) {
                Ok(created) => applied.links_created += usize::from(created),
                Err(source) => {
                    applied.failed.insert(id.clone(), source.to_string());
                }
            }
        }
        for (id, addresses) in plan.gateway_endpoints() {
            if let Err(error) = self.apply_gateway_endpoint(router, &id, &addresses) {
                tracing::warn!(endpoint = %id, %error, "a gateway endpoint could not be made");
            }
        }
        Ok(router.bring(plan)?)
    }

    /// A gateway endpoint has a namespace as an interface has, under its own id, and answers at these addresses.
    fn apply_gateway_endpoint(
        &self,
        router: &mut Router,
        id: &VpcEndpointId,
        addresses: &[IpAddr],
    ) -> Result<(), PlaneError> {
        let leaf = self.leaf_or_new(&NetworkInterfaceId::from(id.as_str()), Role::Leaf)?;
        let mut leaf = lock(&leaf);
        let missing = !router.has_gateway_endpoint(id);
        if missing {
            router.add_gateway_endpoint(id, &leaf.netns)?;
            leaf.forget();
        }
        leaf.bring(addresses, Role::Leaf)?;
        if missing {
            router.settle_gateway_endpoint(id)?;
        }
        Ok(())
    }

    /// An interface in the namespace of another, which must be there.
    fn apply_seat(
        &self,
        router: &mut Router,
        plan: &Plan,
        id: &NetworkInterfaceId,
        seat: &Seat,
    ) -> Result<bool, PlaneError> {
        let first = self.leaf(&seat.first)?;
        let mut first = lock(&first);
        let missing = !router.has_link(id);
        if missing {
            router.add_seat(id, &first.netns, seat.device_index)?;
            first.forget();
        }
        let is_last = |other: &NetworkInterfaceId| router.has_link(other);
        let of_machine = plan.seats.iter().filter(|(_, other)| other.first == seat.first);
        if of_machine.map(|(other, _)| other).all(is_last) {
            let own: Vec<_> =
                plan.links.get(&seat.first).iter().flat_map(|link| link.all_addresses()).collect();
            first.bring_seats(&own)?;
        }
        if missing {
            router.settle(id)?;
        }
        Ok(missing)
    }

    fn apply_link(
        &self,
        router: &mut Router,
        id: &NetworkInterfaceId,
        link: &vpc::LinkPlan,
        seats: Seats,
    ) -> Result<bool, PlaneError> {
        let leaf = self.leaf_or_new(id, leaf::role(link))?;
        let mut leaf = lock(&leaf);
        leaf.seat(seats);
        let missing = !router.has_link(id);
        if missing {
            router.add_link(id, &leaf.netns)?;
            leaf.forget();
        }
        leaf.bring(&addresses(link), leaf::role(link))?;
        if leaf.seats.is_empty() && leaf::role(link) == Role::Leaf {
            leaf.bring_seats(&[])?;
        }
        if missing {
            router.settle(id)?;
        }
        Ok(missing)
    }

    fn leaf_or_new(&self, id: &NetworkInterfaceId, role: Role) -> Result<Arc<Mutex<Leaf>>, PlaneError> {
        if let Some(leaf) = lock(&self.leaves).get(id) {
            return Ok(Arc::clone(leaf));
        }
        let leaf = Leaf::new(Netns::create(&self.directory, name_of(id.as_str())?, role)?, role);
        let leaf = Arc::new(Mutex::new(leaf));
        lock(&self.leaves).insert(id.clone(), Arc::clone(&leaf));
        Ok(leaf)
    }

    /// What no plan names goes: interfaces first, so that nothing is left that leads to a router that is gone.
    fn remove_others(
        &self,
        state: &mut State,
        plans: &[Plan],
        applied: &mut Applied,
    ) -> Result<(), PlaneError> {
        let endpoints = plans.iter().flat_map(Plan::gateway_endpoints);
        let endpoints = endpoints.map(|(id, _)| NetworkInterfaceId::from(id.as_str()));
        let wanted: BTreeSet<NetworkInterfaceId> =
            plans.iter().flat_map(|plan| plan.links.keys().cloned()).chain(endpoints).collect();
        let gone: Vec<NetworkInterfaceId> =
            lock(&self.leaves).keys().filter(|id| !wanted.contains(*id)).cloned().collect();
        for id in gone {
            lock(&self.leaves).remove(&id);
            netns::remove(&self.directory.join(id.as_str()), id.as_str())?;
            applied.interfaces_removed += 1;
        }
        let vpcs: BTreeSet<&VpcId> = plans.iter().map(|plan| &plan.vpc).collect();
        let gone: Vec<VpcId> = state.routers.keys().filter(|id| !vpcs.contains(id)).cloned().collect();
        for id in gone {
            if let Some((mut router, reader)) = state.routers.remove(&id) {
                drop(reader);
                router.remove_all_links()?;
                router.netns.remove()?;
            }
        }
        Ok(())
    }

    fn connect_internet(&self, state: &mut State, plans: &[Plan]) -> Result<(), PlaneError> {
        let reached = plans.iter().map(|plan| {
            let open = plan.internet_gateway.as_ref().map(|_| Exit::Internet);
            let translations = plan.translations.iter().filter(|_| open.is_some());
            let exit = open.or(plan.egress_only_internet_gateway.as_ref().map(|_| Exit::Outward));
            let addresses = translations.map(|t| t.public).collect();
            Reached { vpc: &plan.vpc, addresses, ipv6: exit.map(|exit| (exit, plan.ipv6_cidrs.clone())) }
        });
        Ok(state.internet.route_public(reached)?)
    }

    /// Notes which interfaces share a machine.
    fn note_machines(&self, plans: &[Plan]) {
        let seats = plans.iter().flat_map(|plan| plan.seats.iter().map(move |seat| (plan, seat)));
        let of_seat = |(plan, (id, seat)): (&Plan, (&NetworkInterfaceId, &Seat))| {
            let own = |id: &NetworkInterfaceId| plan.links.get(id).map(|link| addresses(link));
            let place =
                |id: &NetworkInterfaceId| (id.clone(), (seat.first.clone(), own(id).unwrap_or_default()));
            [place(id), place(&seat.first)]
        };
        *lock(&self.machines) = seats.flat_map(of_seat).collect();
    }

    /// The namespace that an interface is in.
    fn place_of(&self, id: &NetworkInterfaceId) -> Result<PathBuf, PlaneError> {
        let first = lock(&self.machines).get(id).map_or_else(|| id.clone(), |(first, _)| first.clone());
        Ok(lock(&*self.leaf(&first)?).netns.path().to_path_buf())
    }

    /// What an interface sends from: of several in a machine only one has the address.
    fn source_of(&self, id: &NetworkInterfaceId, to: IpAddr) -> Source {
        match lock(&self.machines).get(id) {
            None => Source::Any,
            Some((_, own)) => {
                let alike = own.iter().find(|address| address.is_ipv6() == to.is_ipv6());
                alike.map_or(Source::None, |address| Source::Own(*address))
            }
        }
    }

    fn leaf(&self, id: &NetworkInterfaceId) -> Result<Arc<Mutex<Leaf>>, PlaneError> {
        let leaf = lock(&self.leaves).get(id).map(Arc::clone);
        leaf.ok_or_else(|| PlaneError::NoSuchInterface(id.clone()))
    }

    fn with_hub<T>(
        &self,
        hub: &Hub,
        work: impl FnOnce(&mut Leaf) -> Result<T, NetnsError>,
    ) -> Result<T, PlaneError> {
        let leaf = match hub {
            Hub::Interface(id) => self.leaf(id)?,
            Hub::Internet => lock(&self.state).internet.hub()?,
        };
        Ok(work(&mut lock(&leaf))?)
    }
}

/// The addresses of a link, of both kinds.
fn addresses(link: &vpc::LinkPlan) -> Vec<IpAddr> {
    link.all_addresses().collect()
}

/// Links the routers of peered VPCs where a link is missing at either end.
fn link_peers(state: &mut State, plans: &[Plan]) -> Result<(), (VpcId, PlaneError)> {
    for plan in plans {
        let missing: Vec<_> = plan.peerings.iter().filter(|(_, peering)| plan.vpc < peering.vpc).collect();
        for (id, peering) in missing {
            let Some((mut near, reader)) = state.routers.remove(&plan.vpc) else { continue };
            let linked = match state.routers.get_mut(&peering.vpc) {
                Some((far, _)) if !(near.has_peering(id) && far.has_peering(id)) => near.add_peering(id, far),
                _ => Ok(()),
            };
            state.routers.insert(plan.vpc.clone(), (near, reader));
            linked.map_err(|error| (plan.vpc.clone(), error.into()))?;
        }
    }
    Ok(())
}

fn is_absence(error: &ApplyError) -> bool {
    matches!(&error.source, PlaneError::Netns(NetnsError::Netlink(refused)) if refused.is_absent())
}

/// Environments and routers hold a few descriptors each, so the usual soft limit of 1,024 would soon be reached.
fn raise_file_limit() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// The names of the namespaces that are kept in a directory.
pub(super) fn kept(directory: &Path) -> Result<Vec<String>, PlaneError> {
    let failed = |source| PlaneError::RunDirectory { path: directory.to_path_buf(), source };
    let entries = fs::read_dir(directory).map_err(failed)?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// An id as a file name: nothing that could lead elsewhere.
fn name_of(id: &str) -> Result<&str, PlaneError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let good = !id.is_empty() && id.len() <= NAME_MAX && id.chars().all(plain);
    if good { Ok(id) } else { Err(PlaneError::BadId(id.to_string())) }
}

impl DataPlane for Plane {
    fn apply(&self, plans: &[Plan]) -> Result<Applied, ApplyError> {
        match self.apply_with(plans, false) {
            // A namespace that was let go takes its links along some time later: what was there is not any more.
            Err(error) if is_absence(&error) => self.apply_with(plans, true),
            other => other,
        }
    }

    fn apply_full(&self, plans: &[Plan]) -> Result<Applied, ApplyError> {
        self.apply_with(plans, true)
    }

    fn netns_path(&self, interface: &NetworkInterfaceId) -> Result<PathBuf, PlaneError> {
        self.place_of(interface)
    }

    fn router_path(&self, vpc: &VpcId) -> Result<PathBuf, PlaneError> {
        let state = lock(&self.state);
        let router = state.routers.get(vpc).ok_or_else(|| PlaneError::NoSuchVpc(vpc.clone()))?;
        Ok(router.0.netns.path().to_path_buf())
    }

    fn listen_tcp(&self, interface: &NetworkInterfaceId, port: u16) -> Result<TcpListener, PlaneError> {
        self.listen_in(&self.netns_path(interface)?, SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))
    }

    fn listen_in(&self, netns: &Path, address: SocketAddr) -> Result<TcpListener, PlaneError> {
        let listener = netns::inside(netns, || TcpListener::bind(address))?;
        listener.map_err(|source| PlaneError::Bind { address, source })
    }

    fn connect_in(
        &self,
        netns: &Path,
        to: SocketAddr,
        timeout: Duration,
    ) -> Result<std::io::Result<TcpStream>, PlaneError> {
        Ok(netns::inside(netns, || TcpStream::connect_timeout(&to, timeout))?)
    }

    fn bind_udp_in(&self, netns: &Path, address: SocketAddr) -> Result<UdpSocket, PlaneError> {
        let socket = netns::inside(netns, || UdpSocket::bind(address))?;
        socket.map_err(|source| PlaneError::Bind { address, source })
    }

    fn probe_tcp(
        &self,
        interface: &NetworkInterfaceId,
        to: SocketAddr,
        timeout: Duration,
    ) -> Result<Probe, PlaneError> {
        let (netns, source) = (self.place_of(interface)?, self.source_of(interface, to.ip()));
        Ok(netns::inside(&netns, || probe::tcp(source, to, timeout))?)
    }

    fn probe_icmp(
        &self,
        interface: &NetworkInterfaceId,
        to: std::net::IpAddr,
        timeout: Duration,
    ) -> Result<Probe, PlaneError> {
        let (netns, source) = (self.place_of(interface)?, self.source_of(interface, to));
        Ok(netns::inside(&netns, || crate::ping::ping(source, to, timeout))?)
    }

    fn connect_tcp(
        &self,
        interface: &NetworkInterfaceId,
        to: SocketAddr,
        timeout: Duration,
    ) -> Result<std::io::Result<TcpStream>, PlaneError> {
        let (netns, source) = (self.place_of(interface)?, self.source_of(interface, to.ip()));
        Ok(netns::inside(&netns, || probe::connect(source, to, timeout))?)
    }

    fn furnish_machine(&self, interface: &NetworkInterfaceId) -> Result<(), PlaneError> {
        Ok(lock(&*self.leaf(interface)?).furnish()?)
    }

    fn environment(&self, hub: &Hub) -> Result<EnvironmentNet, PlaneError> {
        let spare = self.spare_environment()?;
        self.wire_environment(&spare, hub).inspect_err(|_| self.release_spare(&spare))
    }

    fn spare_environment(&self) -> Result<SpareNet, PlaneError> {
        let pooled = self.environments.take()?;
        let (name, netns_path) = (pooled.netns.name().to_string(), pooled.netns.path().to_path_buf());
        self.environments.lend(pooled);
        Ok(SpareNet { name, netns_path })
    }

    fn wire_environment(&self, spare: &SpareNet, hub: &Hub) -> Result<EnvironmentNet, PlaneError> {
        let lent = self.environments.borrow(&spare.name);
        let mut pooled = lent.ok_or_else(|| PlaneError::NotLent(spare.name.clone()))?;
        let address = pooled.address;
        let wired = self.with_hub(hub, |leaf| leaf.wire(&mut pooled.netns, address.into()));
        self.environments.lend(pooled);
        wired?;
        let SpareNet { name, netns_path } = spare.clone();
        Ok(EnvironmentNet { name, netns_path, address, hub: hub.clone() })
    }

    fn release_spare(&self, spare: &SpareNet) {
        self.environments.take_back(&spare.name);
    }

    fn release(&self, environment: &EnvironmentNet) -> Result<(), PlaneError> {
        // A hub that is gone took its links with it.
        match self.with_hub(&environment.hub, |leaf| leaf.unwire(&environment.name)) {
            Err(PlaneError::NoSuchInterface(_)) | Ok(()) => {}
            Err(e) => return Err(e),
        }
        self.environments.take_back(&environment.name);
        Ok(())
    }

    fn prepare_environments(&self, count: usize) -> Result<(), PlaneError> {
        Ok(self.environments.prepare(count)?)
    }

    fn prepare_interfaces(&self, count: usize) -> Result<(), PlaneError> {
        let vpcs: Vec<VpcId> = lock(&self.state).routers.keys().cloned().collect();
        for vpc in vpcs {
            loop {
                // One at a time, so that whoever waits for the plane gets in between.
                let mut state = lock(&self.state);
                let Some((router, _)) = state.routers.get_mut(&vpc) else { break };
                if router.is_empty() || router.spares() >= count {
                    break;
                }
                router.look()?;
                self.add_spare(router)?;
            }
        }
        Ok(())
    }

    fn lead_outside(&self, outward: Option<&Outward>) -> Result<Option<TcpListener>, PlaneError> {
        let mut state = lock(&self.state);
        let Some(at) = state.internet.lead_outside(outward)? else { return Ok(None) };
        let address = SocketAddr::V4(at);
        let netns = state.internet.handle()?;
        let listener = netns::inside_of(&netns, "internet", || TcpListener::bind(address))?;
        Ok(Some(listener.map_err(|source| PlaneError::Bind { address, source })?))
    }

    fn add_public_address(&self, address: IpAddr) -> Result<(), PlaneError> {
        Ok(lock(&self.state).internet.add_address(address)?)
    }

    fn take_flows(&self) -> Flows {
        self.flows.take()
    }

    fn recent_drops(&self) -> Vec<DropRecord> {
        self.drops.recent()
    }

    fn watch_drops(&self) -> std::sync::mpsc::Receiver<DropRecord> {
        self.drops.watch()
    }
}
