//! What EC2's instances need: machines from this machine, profiles from IAM, credentials from STS.

use crate::metadata::InstanceMetadata;
use crate::network::NetworkReconciler;
use base::{Clock, Ids, InstanceId, NetworkInterfaceId, Scope};
use instances::{Allowance, Guest, Guests, Program, Streams, Task};
use netplane::{DataPlane, METADATA_PORT};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use store::Store;
use svc_ec2::NameService;
use svc_ec2::model::instance_type;
use svc_ec2::needs::{FoundProfile, Life, MachineError, Machines, Pending, Profiles};
use svc_ec2::state::{Instance, InstanceProfile, NetworkInterface};
use svc_iam::Iam;
use svc_sts::Sts;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// How a launch says that it is of a local program, which waits under this client token.
pub const LOCAL_PROGRAM: &str = "moat-run-";
/// How long a look for a machine's end lasts.
const WATCH: Duration = Duration::from_secs(3600);
/// Processes and threads of one machine.
const TASKS: u64 = 4096;

/// Tells a booting machine whether it may go on.
type Verdict = mpsc::Sender<Result<(), String>>;

/// A local program that waits for its instance.
pub struct Launch {
    pub program: Program,
    pub streams: Option<Streams>,
    /// Told when it runs, or why it does not.
    pub started: mpsc::Sender<Result<(), String>>,
}

/// What machines are made with.
pub struct Parts {
    pub store: Store,
    pub network: Arc<NetworkReconciler>,
    pub iam: Arc<Iam>,
    pub sts: Arc<Sts>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

/// The machines of this moat.
#[derive(Clone)]
pub struct InstanceMachines {
    pub guests: Arc<Guests>,
    parts: Arc<Parts>,
    launches: Arc<Mutex<BTreeMap<String, Launch>>>,
    watched: Arc<Mutex<BTreeSet<String>>>,
    metadata: Arc<Mutex<BTreeMap<String, AbortHandle>>>,
    runtime: tokio::runtime::Handle,
    ended: Arc<Notify>,
}

fn failed(step: &'static str) -> impl Fn(&dyn std::fmt::Display) -> MachineError {
    move |reason| MachineError(format!("{step}: {reason}"))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MachineError> + Send + 'static,
) -> Result<T, MachineError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(MachineError(e.to_string())))
}

impl InstanceMachines {
    /// Must be called on the runtime that is to serve.
    pub fn new(guests: Guests, parts: Parts) -> Self {
        Self {
            guests: Arc::new(guests),
            parts: Arc::new(parts),
            launches: Arc::default(),
            watched: Arc::default(),
            metadata: Arc::default(),
            runtime: tokio::runtime::Handle::current(),
            ended: Arc::default(),
        }
    }

    /// Keeps a program for the instance that will be launched with this client token.
    pub fn expect(&self, token: String, launch: Launch) {
        self.launches.lock().unwrap_or_else(PoisonError::into_inner).insert(token, launch);
    }

    /// Forgets a program whose launch was refused.
    pub fn forget(&self, token: &str) {
        self.launches.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }

    /// Shuts down every machine, all at once, each in its own time. They boot again with the next moat.
    pub async fn shut_down(&self) {
        let watched: Vec<String> =
            self.watched.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        let mut stopping = tokio::task::JoinSet::new();
        for name in watched {
            let guests = self.guests.clone();
            stopping.spawn_blocking(move || {
                if let Err(error) = guests.stop(&name, false) {
                    tracing::error!(%error, name, "shut an instance down");
                }
            });
        }
        while stopping.join_next().await.is_some() {}
    }

    fn plane(&self) -> &Arc<dyn DataPlane> {
        self.parts.network.plane()
    }

    /// A guest in the namespace of an interface, as an instance of the type would be.
    pub fn guest(
        &self,
        name: &str,
        interface: &NetworkInterface,
        kind: &str,
        task: Task,
    ) -> Result<Guest, MachineError> {
        let network = self.plane().netns_path(&interface.id).map_err(|e| failed("find the network")(&e))?;
        let service = self.parts.network.name_service(&interface.vpc).unwrap_or_else(|fault| {
            tracing::error!(%fault, "read the DHCP options");
            NameService::default()
        });
        let kind = instance_type::find(kind);
        let memory_bytes = kind.map_or(1 << 30, |kind| (kind.memory_mib.unsigned_abs()) << 20);
        Ok(Guest {
            name: name.to_owned(),
            network,
            host_name: format!("ip-{}", interface.private_ip.to_string().replace('.', "-")),
            address: interface.private_ip,
            nameservers: service.servers,
            search_domain: service.domain,
            allowance: Allowance { memory_bytes, scratch_bytes: 0, tasks: TASKS },
            cpu_millis: kind.map_or(1000, |kind| u64::from(kind.vcpus.unsigned_abs()) * 1000),
            task,
        })
    }

    /// Lets programs live in the namespace of an interface.
    pub fn furnish(&self, interface: &NetworkInterfaceId) -> Result<(), MachineError> {
        self.plane().furnish_machine(interface).map_err(|e| failed("furnish the network")(&e))
    }

    fn interface(&self, instance: &Instance) -> Result<Arc<NetworkInterface>, MachineError> {
        let key = instance.scope.key(instance.interface.as_str());
        let found = self.parts.store.read().get::<NetworkInterface>(&key);
        found
            .map_err(|fault| failed("read the interface")(&fault))?
            .ok_or_else(|| MachineError(format!("interface {} is gone", instance.interface)))
    }

    /// What it does when it runs. A program is given away once.
    fn task(&self, instance: &Instance) -> Result<(Task, Option<Verdict>), MachineError> {
        if !self.is_program(instance) {
            let user_data = instance.user_data.as_deref().and_then(crate::metadata::decoded);
            return Ok((Task::Boot { user_data }, None));
        }
        let token = instance.client_token.as_deref().unwrap_or_default();
        let launch = self.launches.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
        let launch = launch.ok_or_else(|| MachineError("the program is not known any more".to_owned()))?;
        Ok((
            Task::Program { program: launch.program, streams: launch.streams, as_owner: true },
            Some(launch.started),
        ))
    }

    /// Blocking.
    fn bring_up(&self, instance: &Instance) -> Result<(), MachineError> {
        let interface = self.interface(instance)?;
        self.furnish(&interface.id)?;
        self.open_metadata(instance)?;
        let name = instance.id.as_str();
        if self.guests.life(name).map_err(|e| failed("look for the machine")(&e))? != instances::Life::Runs {
            let (task, started) = self.task(instance)?;
            let guest = self.guest(name, &interface, &instance.instance_type, task)?;
            let outcome = self.guests.ensure(&guest).map_err(|e| {
                let cause = std::error::Error::source(&e).map_or_else(String::new, |c| format!(": {c}"));
                MachineError(format!("start the machine: {e}{cause}"))
            });
            if let Some(started) = started {
                let _ = started.send(outcome.clone().map_err(|error| error.to_string()));
            }
            outcome?;
        }
        self.watch(name);
        Ok(())
    }

    /// A thread that waits for the machine's end.
    fn watch(&self, name: &str) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if !watched.insert(name.to_owned()) {
            return;
        }
        let (machines, name) = (self.clone(), name.to_owned());
        let body = move || {
            while matches!(machines.guests.ended_within(&name, WATCH), Ok(false)) {}
            machines.watched.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
            machines.ended.notify_one();
        };
        if let Err(error) = std::thread::Builder::new().name("instance".to_owned()).spawn(body) {
            tracing::error!(%error, "watch an instance");
        }
    }

    fn open_metadata(&self, instance: &Instance) -> Result<(), MachineError> {
        let mut open = self.metadata.lock().unwrap_or_else(PoisonError::into_inner);
        if open.contains_key(instance.id.as_str()) {
            return Ok(());
        }
        let netns =
            self.plane().netns_path(&instance.interface).map_err(|e| failed("find the network")(&e))?;
        let at = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), METADATA_PORT);
        let listener =
            self.plane().listen_in(&netns, at).map_err(|e| failed("open the metadata service")(&e))?;
        let source = Arc::new(InstanceMetadata::new(self.parts.clone(), &instance.scope, &instance.id));
        let _entered = self.runtime.enter();
        let listener = listener
            .set_nonblocking(true)
            .and_then(|()| tokio::net::TcpListener::from_std(listener))
            .map_err(|e| failed("open the metadata service")(&e))?;
        let task = self.runtime.spawn(async move {
            if let Err(error) = imds::serve(listener, source).await {
                tracing::error!(%error, "the metadata service of an instance stopped");
            }
        });
        open.insert(instance.id.to_string(), task.abort_handle());
        Ok(())
    }

    fn close_metadata(&self, name: &str) {
        let closed = self.metadata.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        if let Some(task) = closed {
            task.abort();
        }
    }
}

impl Machines for InstanceMachines {
    fn start<'a>(&'a self, instance: &'a Instance) -> Pending<'a, Result<(), MachineError>> {
        Box::pin(async move {
            if !self.parts.network.settled_in_background().await {
                return Err(MachineError("the kernel did not take the interface in time".to_owned()));
            }
            if let Some(reason) = self.parts.network.failure(&instance.interface) {
                return Err(MachineError(reason));
            }
            let (machines, instance) = (self.clone(), instance.clone());
            blocking(move || machines.bring_up(&instance)).await
        })
    }

    fn life<'a>(&'a self, instance: &'a Instance) -> Pending<'a, Result<Life, MachineError>> {
        let (guests, name) = (self.guests.clone(), instance.id.to_string());
        Box::pin(blocking(move || {
            let life = guests.life(&name).map_err(|e| failed("look for the machine")(&e))?;
            Ok(match life {
                instances::Life::Runs => Life::Runs,
                instances::Life::Ended => Life::Ended,
                instances::Life::Unknown => Life::Unknown,
            })
        }))
    }

    fn stop<'a>(&'a self, instance: &'a Instance, force: bool) -> Pending<'a, Result<(), MachineError>> {
        let (machines, name) = (self.clone(), instance.id.to_string());
        Box::pin(blocking(move || {
            machines.close_metadata(&name);
            machines.guests.stop(&name, force).map_err(|e| failed("stop the machine")(&e))
        }))
    }

    fn remove<'a>(&'a self, instance: &'a Instance) -> Pending<'a, Result<(), MachineError>> {
        let (machines, name) = (self.clone(), instance.id.to_string());
        Box::pin(blocking(move || {
            machines.close_metadata(&name);
            machines.guests.remove(&name).map_err(|e| failed("remove the machine")(&e))
        }))
    }

    fn forget<'a>(&'a self, instance: &'a Instance) -> Pending<'a, Result<(), MachineError>> {
        let (guests, name) = (self.guests.clone(), instance.id.to_string());
        Box::pin(blocking(move || guests.forget(&name).map_err(|e| failed("forget the machine")(&e))))
    }

    fn is_program(&self, instance: &Instance) -> bool {
        instance.client_token.as_deref().is_some_and(|token| token.starts_with(LOCAL_PROGRAM))
    }

    fn ended(&self) -> Pending<'_, ()> {
        Box::pin(self.ended.notified())
    }

    fn console(&self, id: &InstanceId) -> Vec<u8> {
        self.guests.console(id.as_str())
    }
}

/// IAM's instance profiles, as EC2 sees them.
pub struct IamProfiles(pub Arc<Iam>);

impl Profiles for IamProfiles {
    fn find(&self, scope: &Scope, name_or_arn: &str) -> Result<Option<FoundProfile>, store::Fault> {
        let found = self.0.instance_profile(&scope.account, name_or_arn)?;
        Ok(found.map(|(arn, id, role)| FoundProfile { profile: InstanceProfile { arn, id }, role }))
    }
}
