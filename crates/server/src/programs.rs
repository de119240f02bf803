//! `moat run`, `moat exec` and `moat forward`: programs of the host's user inside the network. A run
//! is a launch like any other and is asked for in the caller's name; to enter what runs, the caller
//! needs what a bastion's users need, `ssm:StartSession`.

use crate::debugger::Debugged;
use crate::instances::{InstanceMachines, LOCAL_PROGRAM, Launch};
use crate::names::VpcNames;
use crate::network::NetworkReconciler;
use crate::terminal::{Line, Terminal};
use base::{Arn, Ids, Region, Scope};
use instances::{Program, Task, Watch};
use resolver::{Answer, Zones};
use serde::Deserialize;
use serde_json::{Value, json};
use service::{Access, Call, Pipeline, Verdict, global_keys};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use store::Store;
use svc_ec2::Ec2;
use svc_ec2::model::image;
use svc_ec2::needs::Machines;
use svc_ec2::state::{Instance, InstanceState, NetworkInterface};
use wire::http::Request;

/// Local programs get the machine of this type unless another is named.
const TYPE: &str = "t3.medium";
/// How long a launch may take until its program runs.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How long a command waits for its interface to be gone.
const END_PATIENCE: Duration = Duration::from_secs(20);
const WATCH_STEP: Duration = Duration::from_millis(100);
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// Why a command is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Fault(#[from] store::Fault),
}

#[derive(Debug, Deserialize)]
pub struct Run {
    token: String,
    subnet: String,
    #[serde(default)]
    groups: Vec<String>,
    name: Option<String>,
    profile: Option<String>,
    address: Option<String>,
    instance_type: Option<String>,
    detach: bool,
}

#[derive(Debug, Deserialize)]
pub struct Exec {
    token: String,
    target: String,
}

#[derive(Debug, Deserialize)]
pub struct ForwardTo {
    token: String,
    from: String,
    host: String,
    port: u16,
}

pub struct Programs {
    pub store: Store,
    pub ec2: Arc<Ec2>,
    pub network: Arc<NetworkReconciler>,
    pub machines: InstanceMachines,
    pub pipeline: Arc<Pipeline>,
    pub terminal: Terminal,
    pub debugged: Arc<Debugged>,
    pub ids: Arc<dyn Ids>,
    pub region: Region,
}

/// Something with an interface that programs may be run beside.
pub struct Place {
    pub interface: Arc<NetworkInterface>,
    pub instance: Option<Arc<Instance>>,
}

impl Programs {
    fn line(&self, token: &str) -> Result<Arc<Line>, Refused> {
        let gone = || Refused::Invalid("the command that asks is not connected".to_owned());
        self.terminal.line(token).ok_or_else(gone)
    }

    /// Launches a program as an instance, by RunInstances in the caller's name.
    pub async fn run(self: &Arc<Self>, call: &Call, asked: Run) -> Result<Value, Refused> {
        let line = self.line(&asked.token)?;
        let program = line.program.clone();
        let program = program.ok_or_else(|| Refused::Invalid("no program was given".to_owned()))?;
        let token = format!("{LOCAL_PROGRAM}{}", self.ids.uuid());
        let streams = if asked.detach { None } else { line.take_streams() };
        let (started, starts) = mpsc::channel();
        self.machines.expect(token.clone(), Launch { program, streams, started });
        let response = self.pipeline.handle("ec2", call, &launch(&asked, &token)).await;
        let text = String::from_utf8_lossy(&response.body).into_owned();
        if response.status != 200 {
            self.machines.forget(&token);
            let message = between(&text, "Message").unwrap_or("the launch was refused").to_owned();
            return Err(if response.status == 403 {
                Refused::Denied(message)
            } else {
                Refused::Invalid(message)
            });
        }
        let instance = between(&text, "instanceId").unwrap_or_default().to_owned();
        let id = instance.clone();
        let began = tokio::task::spawn_blocking(move || starts.recv_timeout(START_PATIENCE)).await;
        match began {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(reason))) => return Err(Refused::Invalid(reason)),
            _ => return Err(Refused::Invalid(format!("{id} did not start in time"))),
        }
        if !asked.detach {
            let (programs, scope, id) = (self.clone(), call.scope.clone(), instance.clone());
            std::thread::Builder::new()
                .name("run".to_owned())
                .spawn(move || programs.follow(&scope, &id, &line))
                .map_err(|error| Refused::Invalid(error.to_string()))?;
        }
        Ok(json!({
            "instance": instance,
            "interface": between(&text, "networkInterfaceId"),
            "address": between(&text, "privateIpAddress"),
        }))
    }

    /// Follows a program in the foreground: its signals go in, its exit code comes out when its
    /// interface is gone. Who goes away takes the program along.
    fn follow(&self, scope: &Scope, id: &str, line: &Line) {
        let guests = &self.machines.guests;
        let code = loop {
            while let Some(signal) = line.next_signal() {
                let _ = guests.signal(id, signal);
            }
            if line.is_closed() {
                let _ = guests.stop(id, false);
            }
            match guests.watch(id, WATCH_STEP) {
                Ok(Watch::Runs) => {}
                Ok(Watch::Ended(code)) => break code,
                Err(error) => return line.failed(&error.to_string()),
            }
        };
        let deadline = Instant::now() + END_PATIENCE;
        while Instant::now() < deadline && !self.is_over(scope, id) {
            std::thread::sleep(WATCH_STEP / 10);
        }
        line.exited(code);
    }

    fn is_over(&self, scope: &Scope, id: &str) -> bool {
        let found = self.store.read().get::<Instance>(&scope.key(id)).unwrap_or_default();
        found.is_none_or(|instance| matches!(instance.state, InstanceState::Terminated { .. }))
    }

    /// An interface, an instance, or the instance of a name.
    pub fn place(&self, scope: &Scope, target: &str) -> Result<Place, Refused> {
        let none = || Refused::NotFound(format!("`{target}` is no interface, instance or name of one"));
        let read = self.store.read();
        let instance = if target.starts_with("eni-") { None } else { self.ec2.instance(scope, target)? };
        let interface = match &instance {
            Some(instance) => instance.interface.to_string(),
            None => target.to_owned(),
        };
        let interface = read.get::<NetworkInterface>(&scope.key(&interface))?.ok_or_else(none)?;
        let owner = interface.attachment.as_ref().and_then(|attachment| attachment.instance.clone());
        let instance = match (instance, owner) {
            (None, Some(owner)) => read.get::<Instance>(&scope.key(owner.as_str()))?,
            (instance, _) => instance,
        };
        Ok(Place { interface, instance })
    }

    /// Whether the caller may enter there.
    fn may_enter(&self, call: &Call, place: &Place) -> Result<(), Refused> {
        let resource = match &place.instance {
            Some(instance) => format!("instance/{}", instance.id),
            None => format!("network-interface/{}", place.interface.id),
        };
        let access = Access::to("ssm:StartSession", Arn::regional("ec2", &call.scope, resource).to_string());
        match self.pipeline.authority().decide(call, &access, &global_keys(call))? {
            Verdict::Allowed => Ok(()),
            Verdict::Denied { message, .. } => Err(Refused::Denied(message)),
        }
    }

    /// Runs a program in the namespace of an interface.
    pub fn exec(self: &Arc<Self>, call: &Call, asked: &Exec) -> Result<Value, Refused> {
        let line = self.line(&asked.token)?;
        let place = self.place(&call.scope, &asked.target)?;
        self.may_enter(call, &place)?;
        let (Some(program), streams) = (line.program.clone(), line.take_streams()) else {
            return Err(Refused::Invalid("no program was given".to_owned()));
        };
        // Beside a machine that boots it is one of its own processes, and sees no more of the host.
        let booted = place.instance.as_ref().is_some_and(|instance| !self.machines.is_program(instance));
        let program = if booted {
            let env = terminal_only(&program.env).into_iter().chain(program.asked.env.clone()).collect();
            Program { mounts: program.asked.mounts.clone(), cwd: "/root".into(), env, ..program }
        } else {
            program
        };
        let task = Task::Program { program, streams, as_owner: !booted };
        let name = place.instance.as_ref().map_or(place.interface.id.as_str(), |i| i.id.as_str());
        let refused = |e: svc_ec2::needs::MachineError| Refused::Invalid(e.to_string());
        self.machines.furnish(&place.interface.id).map_err(refused)?;
        let guest = self.machines.guest(name, &place.interface, TYPE, task).map_err(refused)?;
        let (guests, token) = (self.machines.guests.clone(), asked.token.clone());
        let of_instance = place.instance.is_some();
        let body = move || {
            let mut watch = || if line.is_closed() { Some(KILL) } else { line.next_signal() };
            match guests.run_beside(&guest, &token, &mut watch) {
                Ok(code) => line.exited(code),
                Err(error) => line.failed(&error.to_string()),
            }
            if !of_instance {
                guests.leave(&guest.name);
            }
        };
        std::thread::Builder::new()
            .name("exec".to_owned())
            .spawn(body)
            .map_err(|error| Refused::Invalid(error.to_string()))?;
        Ok(json!({ "interface": place.interface.id.as_str(), "address": place.interface.private_ip }))
    }

    /// Lets a command's connections out of an interface to one address and port.
    pub fn forward(self: &Arc<Self>, call: &Call, asked: &ForwardTo) -> Result<Value, Refused> {
        let line = self.line(&asked.token)?;
        let place = self.place(&call.scope, &asked.from)?;
        self.may_enter(call, &place)?;
        let (programs, host, port) = (self.clone(), asked.host.clone(), asked.port);
        let interface = place.interface.clone();
        line.allow(Box::new(move || programs.connect(&interface, &host, port)));
        Ok(json!({ "from": place.interface.id.as_str(), "address": place.interface.private_ip }))
    }

    fn connect(&self, from: &NetworkInterface, host: &str, port: u16) -> Result<std::net::TcpStream, String> {
        let to = self.resolve(from, host).ok_or_else(|| format!("{host} does not exist in {}", from.vpc))?;
        let to = SocketAddr::new(IpAddr::V4(to), port);
        let opened = self.network.plane().connect_tcp(&from.id, to, CONNECT_PATIENCE);
        let opened = opened.map_err(|error| error.to_string())?;
        opened.map_err(|error| format!("{to} from {}: {error}", from.id))
    }

    fn resolve(&self, from: &NetworkInterface, host: &str) -> Option<Ipv4Addr> {
        if let Ok(address) = host.parse() {
            return Some(address);
        }
        let (store, ec2) = (self.store.clone(), self.ec2.clone());
        match VpcNames::new(store, ec2, from.vpc.clone(), self.region.clone()).resolve(host) {
            Answer::Addresses(addresses) => addresses.first().copied(),
            Answer::Name(_) | Answer::NoSuchName | Answer::Outside => None,
        }
    }
}

const KILL: i32 = 9;

/// What a program has to know of the terminal that it was given.
fn terminal_only(env: &[(String, String)]) -> Vec<(String, String)> {
    let of_terminal = |name: &str| ["TERM", "COLORTERM", "COLUMNS", "LINES"].contains(&name);
    env.iter().filter(|(name, _)| of_terminal(name)).cloned().collect()
}

/// RunInstances as a client would send it.
fn launch(asked: &Run, token: &str) -> Request {
    let mut fields = vec![
        ("Action", "RunInstances".to_owned()),
        ("Version", "2016-11-15".to_owned()),
        ("ImageId", image::ID.to_owned()),
        ("MinCount", "1".to_owned()),
        ("MaxCount", "1".to_owned()),
        ("ClientToken", token.to_owned()),
        ("SubnetId", asked.subnet.clone()),
        ("InstanceType", asked.instance_type.clone().unwrap_or_else(|| TYPE.to_owned())),
        ("InstanceInitiatedShutdownBehavior", "terminate".to_owned()),
    ];
    if let Some(address) = &asked.address {
        fields.push(("PrivateIpAddress", address.clone()));
    }
    if let Some(profile) = &asked.profile {
        fields.push(("IamInstanceProfile.Name", profile.clone()));
    }
    if let Some(name) = &asked.name {
        fields.push(("TagSpecification.1.ResourceType", "instance".to_owned()));
        fields.push(("TagSpecification.1.Tag.1.Key", "Name".to_owned()));
        fields.push(("TagSpecification.1.Tag.1.Value", name.clone()));
    }
    let mut body: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    for (index, group) in asked.groups.iter().enumerate() {
        body.push(format!("SecurityGroupId.{}={}", index + 1, escaped(group)));
    }
    let form = "application/x-www-form-urlencoded; charset=utf-8".to_owned();
    Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: vec![("Content-Type".to_owned(), form)],
        body: body.join("&").into(),
        ..Request::default()
    }
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The text of the first element of this name.
fn between<'a>(xml: &'a str, element: &str) -> Option<&'a str> {
    let (_, after) = xml.split_once(&format!("<{element}>"))?;
    Some(after.split_once('<')?.0)
}
