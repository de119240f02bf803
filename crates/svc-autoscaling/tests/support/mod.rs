//! Calls go through the whole pipeline as forms; EC2, target groups and IAM are fakes that keep what they were told.

use base::{ManualClock, Scope, SequentialIds, Timestamp};
use service::testing::root_call;
use service::{Call, Pipeline, ServiceError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use store::{Durability, Store};
use svc_autoscaling::needs::{
    Launch, LaunchRefused, Machine, MachineState, Machines, NeedError, Needs, Pending, Roles, Target,
    TargetHealth, Targets, Template,
};
use svc_autoscaling::state::{Place, TemplateVersion};
use svc_autoscaling::{GROUP_NAME, Scaling};
use wire::http::Request;

pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
pub const GROUP: &str =
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef";

/// `subnet-a` and `subnet-b` are in zones a and b; there is one template, `lt-1`, named `web`, with versions 1 to 3.
#[derive(Default)]
pub struct Cloud {
    pub machines: BTreeMap<String, Machine>,
    /// What launches were made with.
    pub launches: Vec<Launch>,
    /// EC2's words, when it launches nothing.
    pub refuses: Option<String>,
    /// EC2 launches, and then says that it did not.
    pub fails: bool,
    pub denies: bool,
    /// The subnet in which nobody may launch.
    pub denied_subnet: Option<String>,
    pub targets: BTreeMap<String, TargetHealth>,
    pub ended: BTreeSet<String>,
    pub next: u32,
}

#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<Cloud>>);

impl Fake {
    pub fn cloud(&self) -> MutexGuard<'_, Cloud> {
        self.0.lock().unwrap()
    }

    /// Everything that starts runs, everything that ends is gone, and what drains has drained.
    pub fn settle(&self) {
        let mut cloud = self.cloud();
        for machine in cloud.machines.values_mut() {
            machine.state = match machine.state {
                MachineState::Pending => MachineState::Running,
                MachineState::Ending => MachineState::Ended,
                other => other,
            };
        }
        cloud.targets.retain(|_, health| *health != TargetHealth::Draining);
    }

    pub fn running(&self) -> Vec<String> {
        let cloud = self.cloud();
        let runs =
            |machine: &&Machine| matches!(machine.state, MachineState::Pending | MachineState::Running);
        cloud.machines.values().filter(runs).map(|machine| machine.id.clone()).collect()
    }
}

fn place(subnet: &str) -> Option<Place> {
    let zone = subnet.strip_prefix("subnet-").filter(|zone| ["a", "b", "c"].contains(zone))?;
    Some(Place { zone: format!("us-east-1{zone}"), subnet: subnet.to_owned() })
}

impl Machines for Fake {
    fn edits(&self) -> u64 {
        0
    }

    fn all(&self, _: &Scope) -> Result<Vec<Machine>, NeedError> {
        Ok(self.cloud().machines.values().cloned().collect())
    }

    fn template(
        &self,
        _: &Scope,
        id: Option<&str>,
        name: Option<&str>,
        version: Option<&str>,
    ) -> Result<Template, ServiceError> {
        if id.is_some_and(|id| id != "lt-1") || name.is_some_and(|name| name != "web") {
            return Err(ServiceError::client("InvalidLaunchTemplateId.NotFound", "no such template."));
        }
        let number = match version {
            None | Some("$Default") => 1,
            Some("$Latest") => 3,
            Some(text) => text.parse().unwrap(),
        };
        Ok(Template {
            version: TemplateVersion { id: "lt-1".into(), name: "web".into(), number },
            image: Some("ami-1".into()),
            kind: Some("t3.micro".into()),
            has_interfaces: false,
            names_subnet: false,
        })
    }

    fn subnet(&self, _: &Scope, id: &str) -> Result<Option<Place>, NeedError> {
        Ok(place(id))
    }

    fn default_subnets(&self, _: &Scope) -> Result<Vec<Place>, NeedError> {
        Ok(["subnet-a", "subnet-b"].into_iter().filter_map(place).collect())
    }

    fn check<'a>(&'a self, _: &'a Call, launch: &'a Launch) -> Pending<'a, Result<(), LaunchRefused>> {
        let is_denied =
            self.cloud().denies || self.cloud().denied_subnet.as_ref() == Some(&launch.place.subnet);
        Box::pin(async move {
            match is_denied {
                true => Err(LaunchRefused { is_denied, message: "denied".into() }),
                false => Ok(()),
            }
        })
    }

    fn launch<'a>(&'a self, launch: &'a Launch) -> Pending<'a, Result<String, LaunchRefused>> {
        Box::pin(async move {
            let mut cloud = self.cloud();
            let same = cloud.machines.values().find(|machine| machine.token.as_ref() == Some(&launch.token));
            if let Some(same) = same {
                return Ok(same.id.clone());
            }
            if let Some(message) = cloud.refuses.clone() {
                return Err(LaunchRefused { is_denied: false, message });
            }
            cloud.next += 1;
            let id = format!("i-{:03}", cloud.next);
            let machine = Machine {
                id: id.clone(),
                token: Some(launch.token.clone()),
                state: MachineState::Pending,
                place: launch.place.clone(),
                vpc: "vpc-1".into(),
                kind: "t3.micro".into(),
                image: "ami-1".into(),
                launched: NOW,
                group: launch.tags.iter().find(|(key, _)| key == GROUP_NAME).map(|(_, group)| group.clone()),
            };
            cloud.machines.insert(id.clone(), machine);
            cloud.launches.push(launch.clone());
            match cloud.fails {
                true => Err(LaunchRefused { is_denied: false, message: "an internal error".into() }),
                false => Ok(id),
            }
        })
    }

    fn terminate<'a>(
        &'a self,
        _: &'a Scope,
        _: &'a str,
        instance: &'a str,
    ) -> Pending<'a, Result<(), NeedError>> {
        Box::pin(async move {
            let mut cloud = self.cloud();
            cloud.ended.insert(instance.to_owned());
            if let Some(machine) = cloud.machines.get_mut(instance) {
                machine.state = MachineState::Ending;
            }
            Ok(())
        })
    }

    fn tag<'a>(
        &'a self,
        _: &'a Scope,
        _: &'a str,
        instance: &'a str,
        tags: &'a [(String, String)],
    ) -> Pending<'a, Result<(), NeedError>> {
        Box::pin(async move {
            let named = tags.iter().find(|(key, _)| key == GROUP_NAME).map(|(_, group)| group.clone());
            if let Some(machine) = self.cloud().machines.get_mut(instance) {
                machine.group = named;
            }
            Ok(())
        })
    }

    fn untag<'a>(
        &'a self,
        _: &'a Scope,
        _: &'a str,
        instance: &'a str,
        group: &'a str,
    ) -> Pending<'a, Result<(), NeedError>> {
        Box::pin(async move {
            if let Some(machine) = self.cloud().machines.get_mut(instance) {
                machine.group.take_if(|named| named == group);
            }
            Ok(())
        })
    }
}

impl Targets for Fake {
    fn edits(&self) -> u64 {
        0
    }

    fn of(&self, _: &Scope, group: &str) -> Result<Option<Vec<Target>>, NeedError> {
        if group != GROUP {
            return Ok(None);
        }
        let target =
            |(id, health): (&String, &TargetHealth)| Target { instance: id.clone(), health: *health };
        Ok(Some(self.cloud().targets.iter().map(target).collect()))
    }

    fn register<'a>(
        &'a self,
        _: &'a Scope,
        _: &'a str,
        _: &'a str,
        instance: &'a str,
    ) -> Pending<'a, Result<(), NeedError>> {
        self.cloud().targets.insert(instance.to_owned(), TargetHealth::Initial);
        Box::pin(async { Ok(()) })
    }

    fn deregister<'a>(
        &'a self,
        _: &'a Scope,
        _: &'a str,
        _: &'a str,
        instance: &'a str,
    ) -> Pending<'a, Result<(), NeedError>> {
        self.cloud().targets.insert(instance.to_owned(), TargetHealth::Draining);
        Box::pin(async { Ok(()) })
    }
}

impl Roles for Fake {
    fn linked<'a>(&'a self, _: &'a Call) -> Pending<'a, Result<String, ServiceError>> {
        Box::pin(async {
            Ok("arn:aws:iam::000000000000:role/aws-service-role/autoscaling.amazonaws.com/R".into())
        })
    }
}

pub struct World {
    pub fake: Fake,
    pub clock: Arc<ManualClock>,
    pub scaling: Arc<Scaling>,
    pub store: Store,
    pipeline: Pipeline,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let (fake, clock) = (Fake::default(), Arc::new(ManualClock::at(NOW)));
        let needs = Needs {
            machines: Arc::new(fake.clone()),
            targets: Arc::new(fake.clone()),
            roles: Arc::new(fake.clone()),
            clock: clock.clone(),
            ids: Arc::new(SequentialIds::seeded(1)),
        };
        let scaling = Scaling::new(store.clone(), needs);
        let pipeline = service::testing::pipeline(svc_autoscaling::ops::registry(scaling.clone()), &store);
        Self { fake, clock, scaling, store, pipeline, runtime, _dir: dir }
    }

    /// One pass, and nothing of the world moves.
    pub fn pass(&self) -> Option<Timestamp> {
        self.runtime.block_on(self.scaling.pass())
    }

    /// Passes until everything has come to rest.
    pub fn rest(&self) {
        for _ in 0..12 {
            self.pass();
            self.fake.settle();
        }
    }

    pub fn ok(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let (status, body) = self.call(action, parameters);
        assert_eq!(status, 200, "{action}: {body}");
        body
    }

    /// `CODE: MESSAGE`.
    pub fn fails(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let (status, body) = self.call(action, parameters);
        assert_ne!(status, 200, "{action} {parameters:?}: {body}");
        let text = |name: &str| {
            part(&body, name).replace("&apos;", "'").replace("&#39;", "'").replace("&quot;", "\"")
        };
        format!("{}: {}", text("Code"), text("Message"))
    }

    fn call(&self, action: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        let escape = |byte: u8| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        };
        let mut form = format!("Action={action}&Version=2011-01-01");
        for (name, value) in parameters {
            form.push_str(&format!("&{name}={}", value.bytes().map(escape).collect::<String>()));
        }
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: form.into(),
            ..Request::default()
        };
        let call = Call { now: base::Clock::now(self.clock.as_ref()), ..root_call(NOW) };
        let response = self.runtime.block_on(self.pipeline.handle("autoscaling", &call, &request));
        (response.status, String::from_utf8(response.body.to_vec()).unwrap())
    }

    /// The instances of `web`: `ID ZONE STATE HEALTH`.
    pub fn members(&self) -> Vec<String> {
        let body = self.ok("DescribeAutoScalingInstances", &[]);
        let one = |text: &str| {
            let part = |tag: &str| part(text, tag);
            format!(
                "{} {} {} {}",
                part("InstanceId"),
                part("AvailabilityZone"),
                part("LifecycleState"),
                part("HealthStatus")
            )
        };
        body.split("<member>").skip(1).map(one).collect()
    }

    /// The descriptions of all activities with their outcomes, the oldest first.
    pub fn activities(&self) -> Vec<String> {
        let body = self.ok("DescribeScalingActivities", &[("IncludeDeletedGroups", "true")]);
        let one = |text: &str| format!("{}: {}", part(text, "Description"), part(text, "StatusCode"));
        let mut all: Vec<String> = body.split("<member>").skip(1).map(one).collect();
        all.sort();
        all
    }
}

/// The text of the first element of this name.
pub fn part(body: &str, tag: &str) -> String {
    let (_, rest) = body.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("{tag} in {body}"));
    rest.split_once("</").unwrap().0.to_owned()
}
