//! Lambda's execution environments: a network from the data plane, a sandbox, and the runtime API
//! between them.

use crate::debugger::Debugged;
use crate::names::{self, LINK_LOCAL, PublicNames};
use crate::network::NetworkReconciler;
use crate::outside;
use crate::running::{Handle, NamespaceDial, Running};
use crate::spares::{Spare, Spares};
use crate::{Config, StartError, io};
use base::{Clock, Ids, Region};
use netplane::{DataPlane, EnvironmentNet, Hub, PlaneError};
use runtime_api::{Function, RuntimeApi, Surroundings};
use sandbox::{BlankSpec, EnvironmentSpec, Kind, Launcher, Runtime};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::Store;
use svc_ec2::NameService;
use svc_lambda::needs::{
    Environment, Environments, Network, Pending, StartEnvironment, StartError as NotStarted, Step,
};

/// Where the certificates to trust are, inside a sandbox.
pub const CA_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// The runtime API, inside an environment's own network namespace.
const RUNTIME_API: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9001);
/// Environments' namespaces that wait for the next cold start.
const POOLED: usize = 4;

/// Files that every sandbox sees.
pub struct SandboxFiles {
    ca_bundle: PathBuf,
    python_sdk: Option<PathBuf>,
    node_sdk: Option<PathBuf>,
}

impl SandboxFiles {
    /// Writes moat's certificate authority beside the host's, for sandboxes only.
    pub fn write(
        data_dir: &Path,
        ca: &str,
        python_sdk: Option<PathBuf>,
        node_sdk: Option<PathBuf>,
    ) -> Result<Self, StartError> {
        let ca_bundle = data_dir.join("sandbox-ca.pem");
        std::fs::write(&ca_bundle, sandbox::with_system_certificates(ca))
            .map_err(io("write the sandboxes' certificates"))?;
        Ok(Self { ca_bundle, python_sdk, node_sdk })
    }
}

/// What every start needs; shared with the blocking threads.
pub struct Machine {
    pub plane: Arc<dyn DataPlane>,
    network: Arc<NetworkReconciler>,
    launcher: Launcher,
    files: SandboxFiles,
    pub clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    spares: Spares,
    /// Whether somebody is about to look what has to be made.
    refilling: AtomicBool,
    refill: Mutex<()>,
    debugged: Arc<Debugged>,
}

pub struct FunctionEnvironments {
    machine: Arc<Machine>,
    _public_names: tokio::task::AbortHandle,
}

impl FunctionEnvironments {
    pub async fn new(
        plane: Arc<dyn DataPlane>,
        network: Arc<NetworkReconciler>,
        store: Store,
        region: Region,
        config: &Config,
        files: SandboxFiles,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
    ) -> Result<Self, StartError> {
        let launcher = Launcher::new(&config.state_dir)
            .map_err(|e| StartError::Io { step: "open the sandboxes", source: std::io::Error::other(e) })?;
        // Functions without a VPC ask this resolver; it lives on the internet's side.
        plane.add_public_address(LINK_LOCAL.into())?;
        let own = PathBuf::from("/proc/self/ns/net");
        let zones = Arc::new(PublicNames { store, region });
        let zones = outside::with_outside(zones, outside::resolver(config));
        let runtime = tokio::runtime::Handle::current();
        let public_names = names::serve_names(&runtime, plane.as_ref(), &own, LINK_LOCAL, zones)?;
        let machine = Arc::new(Machine {
            plane,
            network,
            launcher,
            files,
            clock,
            ids,
            spares: Spares::default(),
            refilling: AtomicBool::new(false),
            refill: Mutex::default(),
            debugged: Arc::default(),
        });
        machine.refill();
        Ok(Self { machine, _public_names: public_names })
    }

    /// Where those are that are debugged.
    pub fn debugged(&self) -> Arc<Debugged> {
        self.machine.debugged.clone()
    }

    /// Counts what waits, as long as there is somebody to wait for.
    pub fn waiting(&self) -> impl Fn() -> usize + Send + Sync + use<> {
        let machine = Arc::downgrade(&self.machine);
        move || machine.upgrade().map_or(0, |machine| machine.spares.count())
    }
}

impl Environments for FunctionEnvironments {
    fn expect(&self, runtime: &str) {
        let Ok(runtime) = runtime.parse() else { return };
        let machine = self.machine.clone();
        // To find an interpreter may mean to start one.
        std::thread::spawn(move || {
            if machine.launcher.kind(runtime).is_some_and(|kind| machine.spares.expect(kind)) {
                machine.refill();
            }
        });
    }

    fn start(&self, wanted: StartEnvironment) -> Pending<'_, Result<Environment, NotStarted>> {
        let machine = self.machine.clone();
        Box::pin(async move {
            let begun = tokio::task::spawn_blocking(move || {
                let begun = machine.begin(&wanted)?;
                machine.debugged.note(&wanted, &begun.net.netns_path);
                Ok((begun, function(&wanted)))
            });
            let (begun, function) = begun.await.map_err(|e| failed("start", e))??;
            begun.serve(function)
        })
    }
}

fn failed(step: &str, error: impl std::fmt::Display) -> NotStarted {
    NotStarted::Step { step: step.to_owned(), reason: error.to_string() }
}

fn not_wired(error: PlaneError, hub: &Hub) -> NotStarted {
    match (&error, hub) {
        (PlaneError::NoSuchInterface(_), Hub::Interface(interface)) => {
            NotStarted::InterfaceMissing(interface.clone())
        }
        _ => failed("network", error),
    }
}

fn not_launched(error: sandbox::Error) -> NotStarted {
    match error {
        sandbox::Error::NoInterpreter(runtime) => NotStarted::RuntimeMissing(runtime.to_string()),
        other => failed("sandbox", other),
    }
}

fn traced(environment: &sandbox::Environment) -> impl Iterator<Item = Step> + '_ {
    let step = |(name, micros): &(&str, u64)| Step {
        name: (*name).to_owned(),
        took: Duration::from_micros(*micros),
    };
    environment.trace.iter().map(step)
}

/// What extensions are told of the function.
fn function(wanted: &StartEnvironment) -> Function {
    Function {
        name: wanted.function_name.clone(),
        version: wanted.version.clone(),
        handler: handler(wanted),
        account_id: wanted.scope.account.to_string(),
    }
}

fn handler(wanted: &StartEnvironment) -> String {
    let handler = wanted.env.0.iter().find(|(name, _)| name == "_HANDLER");
    handler.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// An environment whose process runs, or whose extensions do.
struct Begun {
    machine: Arc<Machine>,
    net: EnvironmentNet,
    listener: std::net::TcpListener,
    sandbox: sandbox::Environment,
    extensions: Vec<String>,
    steps: Vec<Step>,
}

impl Machine {
    /// The blocking part of a start: a blank that waits, or network, listener and sandbox.
    fn begin(self: &Arc<Self>, wanted: &StartEnvironment) -> Result<Begun, NotStarted> {
        let hub = match &wanted.network {
            Network::Internet => Hub::Internet,
            Network::Interface(attached) => Hub::Interface(attached.interface.clone()),
        };
        let mut spec = self.spec(wanted)?;
        if let Some(spare) = self.launcher.kind_for(&spec).and_then(|kind| self.waiting(kind)) {
            let begun = self.begin_in(spare, &hub, &mut spec);
            self.refill();
            match begun {
                Ok(begun) => return Ok(begun),
                Err(NotStarted::InterfaceMissing(interface)) => {
                    return Err(NotStarted::InterfaceMissing(interface));
                }
                Err(error) => tracing::warn!(%error, "a waiting environment was of no use; starting another"),
            }
        }
        self.begin_anew(&hub, &mut spec)
    }

    /// A spare that still waits; those that have ended meanwhile go.
    fn waiting(&self, kind: Kind) -> Option<Spare> {
        loop {
            let mut spare = self.spares.take(kind)?;
            if spare.blank.waits() {
                return Some(spare);
            }
            let net = spare.net.clone();
            drop(spare);
            self.plane.release_spare(&net);
        }
    }

    /// The environment of a function out of one that waited.
    fn begin_in(
        self: &Arc<Self>,
        spare: Spare,
        hub: &Hub,
        spec: &mut EnvironmentSpec,
    ) -> Result<Begun, NotStarted> {
        let begin = Instant::now();
        let Spare { net, listener, blank } = spare;
        let net = match self.plane.wire_environment(&net, hub) {
            Ok(wired) => wired,
            Err(error) => {
                // The namespace's next inhabitant listens at the same address.
                drop((blank, listener));
                self.plane.release_spare(&net);
                return Err(not_wired(error, hub));
            }
        };
        let mut steps = vec![Step { name: "network".to_owned(), took: begin.elapsed() }];
        spec.netns.clone_from(&net.netns_path);
        match self.launcher.launch_in(blank, spec) {
            Ok(sandbox) => {
                steps.extend(traced(&sandbox));
                let extensions = spec.extensions.clone();
                Ok(Begun { machine: self.clone(), net, listener, sandbox, extensions, steps })
            }
            Err(error) => {
                drop(listener);
                self.release(&net);
                Err(not_launched(error))
            }
        }
    }

    fn begin_anew(self: &Arc<Self>, hub: &Hub, spec: &mut EnvironmentSpec) -> Result<Begun, NotStarted> {
        let begin = Instant::now();
        let net = self.plane.environment(hub).map_err(|error| not_wired(error, hub))?;
        let mut steps = vec![Step { name: "network".to_owned(), took: begin.elapsed() }];
        spec.netns.clone_from(&net.netns_path);
        match self.launch(spec, &mut steps) {
            Ok((listener, sandbox)) => {
                self.refill();
                let extensions = spec.extensions.clone();
                Ok(Begun { machine: self.clone(), net, listener, sandbox, extensions, steps })
            }
            Err(error) => {
                self.release(&net);
                Err(error)
            }
        }
    }

    fn launch(
        &self,
        spec: &EnvironmentSpec,
        steps: &mut Vec<Step>,
    ) -> Result<(std::net::TcpListener, sandbox::Environment), NotStarted> {
        let begin = Instant::now();
        let listener =
            self.plane.listen_in(&spec.netns, RUNTIME_API).map_err(|e| failed("runtime api", e))?;
        steps.push(Step { name: "runtime api".to_owned(), took: begin.elapsed() });
        let environment = self.launcher.launch(spec).map_err(not_launched)?;
        steps.extend(traced(&environment));
        Ok((listener, environment))
    }

    /// What is to be started, but for its network.
    fn spec(&self, wanted: &StartEnvironment) -> Result<EnvironmentSpec, NotStarted> {
        let runtime: Runtime =
            wanted.runtime.parse().map_err(|_| NotStarted::RuntimeMissing(wanted.runtime.clone()))?;
        let names = self.name_service(&wanted.network);
        Ok(EnvironmentSpec {
            id: wanted.id.clone(),
            netns: PathBuf::new(),
            runtime,
            handler: handler(wanted),
            code_dir: wanted.code.clone(),
            layer_dir: wanted.layers.clone(),
            extensions: wanted.layers.as_deref().map(sandbox::extensions).unwrap_or_default(),
            variables: wanted.env.0.clone(),
            memory_mb: wanted.memory_mb,
            tmp_mb: wanted.ephemeral_storage_mb,
            nameservers: names.servers.into_iter().map(IpAddr::V4).collect(),
            search_domain: names.domain,
            ca_bundle: Some(self.files.ca_bundle.clone()),
            sdk_dir: match runtime {
                Runtime::Node { .. } => self.files.node_sdk.clone(),
                Runtime::Python { .. } | Runtime::Provided { .. } => self.files.python_sdk.clone(),
            },
        })
    }

    /// What the VPC's DHCP options say, or the resolver on the internet's side.
    fn name_service(&self, network: &Network) -> NameService {
        let Network::Interface(attached) = network else {
            return NameService { servers: vec![LINK_LOCAL], domain: None };
        };
        self.network.name_service(&attached.vpc).unwrap_or_else(|fault| {
            tracing::error!(%fault, "read the DHCP options");
            NameService::default()
        })
    }

    /// Makes ahead of the next starts what they need, on a thread that nobody waits for.
    fn refill(self: &Arc<Self>) {
        if self.refilling.swap(true, Ordering::SeqCst) {
            return;
        }
        let machine = self.clone();
        std::thread::spawn(move || {
            machine.refilling.store(false, Ordering::SeqCst);
            let _one_at_a_time = machine.refill.lock().unwrap_or_else(PoisonError::into_inner);
            machine.make_spares();
            if let Err(error) = machine.plane.prepare_environments(POOLED) {
                tracing::warn!(%error, "prepare environments' networks");
            }
        });
    }

    /// Fills up the waiting environments of every kind that is in use.
    fn make_spares(&self) {
        while let Some(kind) = self.spares.wanting() {
            match self.spare(kind) {
                Ok(spare) => self.spares.add(kind, spare),
                Err(error) => {
                    tracing::warn!(%error, "make an environment ahead of need");
                    return;
                }
            }
        }
    }

    fn spare(&self, kind: Kind) -> Result<Spare, NotStarted> {
        let net = self.plane.spare_environment().map_err(|e| failed("network", e))?;
        let made = self.plane.listen_in(&net.netns_path, RUNTIME_API).map_err(|e| failed("runtime api", e));
        let made = made.and_then(|listener| {
            let spec = BlankSpec {
                netns: net.netns_path.clone(),
                kind,
                ca_bundle: Some(self.files.ca_bundle.clone()),
                sdk_dir: match kind {
                    Kind::Node(_) => self.files.node_sdk.clone(),
                    Kind::Python(_) | Kind::Program => self.files.python_sdk.clone(),
                },
            };
            Ok((listener, self.launcher.blank(spec).map_err(not_launched)?))
        });
        match made {
            Ok((listener, blank)) => Ok(Spare { net, listener, blank }),
            Err(error) => {
                self.plane.release_spare(&net);
                Err(error)
            }
        }
    }

    pub fn release(&self, net: &EnvironmentNet) {
        if let Err(error) = self.plane.release(net) {
            tracing::warn!(environment = net.name, %error, "release an environment's network");
        }
    }
}

impl Begun {
    /// The part that needs the runtime: the runtime API and the output.
    fn serve(self, function: Function) -> Result<Environment, NotStarted> {
        let Self { machine, net, listener, mut sandbox, extensions, steps } = self;
        let output = sandbox.output.take().ok_or_else(|| failed("output", "it was taken"))?;
        let extension_output = sandbox.extension_output.take();
        let warning = sandbox.warning.take();
        let surroundings = Surroundings {
            function,
            extensions: extensions.clone(),
            ids: machine.ids.clone(),
            clock: machine.clock.clone(),
            dial: Arc::new(NamespaceDial::new(machine.plane.clone(), net.netns_path.clone())),
        };
        let session =
            RuntimeApi::serve_extensions(listener, surroundings).map_err(|e| failed("runtime api", e))?;
        let running = Running::watched(machine, net, sandbox, extensions, session.clone())?;
        let process = Box::new(Handle(running));
        Ok(Environment { session, output, extension_output, warning, process, steps })
    }
}
