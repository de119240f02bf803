//! Calls go through the whole pipeline as forms; the network, the servers and the secrets are fakes
//! that keep what they were told.

use base::{
    Arn, ManualClock, NetworkInterfaceId, Scope, SecurityGroupId, SequentialIds, SubnetId, Timestamp, VpcId,
};
use service::Pipeline;
use service::testing::root_call;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{Durability, Store};
use svc_rds::needs::{
    Attached, Master, NeedError, Needs, Password, Pending, Secrets, Server, ServerError, Servers,
    SubnetPlace, Subnets,
};
use svc_rds::{DbInstance, Rds};
use wire::http::Request;

/// With fakes every step takes microseconds, but for a busy machine.
const STILL: Duration = Duration::from_millis(400);
pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

#[derive(Default)]
pub struct FakeSubnets(Mutex<BTreeSet<String>>, Mutex<BTreeSet<String>>);

impl FakeSubnets {
    /// From now on nothing more fits into the subnet.
    pub fn fill(&self, subnet: &str) {
        self.1.lock().unwrap().insert(subnet.to_owned());
    }

    pub fn attached(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().cloned().collect()
    }
}

impl Subnets for FakeSubnets {
    fn subnet(&self, _: &Scope, subnet: &SubnetId) -> Result<Option<SubnetPlace>, NeedError> {
        let place =
            |vpc: &str, zone: &str| SubnetPlace { vpc: vpc.into(), availability_zone: zone.to_owned() };
        Ok(match subnet.as_str() {
            "subnet-a" => Some(place("vpc-1", "us-east-1a")),
            "subnet-b" => Some(place("vpc-1", "us-east-1b")),
            "subnet-other" => Some(place("vpc-2", "us-east-1b")),
            _ => None,
        })
    }

    fn has_room(&self, _: &Scope, subnet: &SubnetId) -> Result<bool, NeedError> {
        Ok(!self.1.lock().unwrap().contains(subnet.as_str()))
    }

    fn group_vpc(&self, _: &Scope, group: &SecurityGroupId) -> Result<Option<VpcId>, NeedError> {
        Ok((group.as_str() == "sg-1").then(|| "vpc-1".into()))
    }

    fn default_group(&self, _: &Scope, _: &VpcId) -> Result<SecurityGroupId, NeedError> {
        Ok("sg-default".into())
    }

    fn attach<'a>(
        &'a self,
        _: &'a Scope,
        database: &'a str,
        _: &'a SubnetId,
        _: &'a [SecurityGroupId],
    ) -> Pending<'a, Result<Attached, NeedError>> {
        self.0.lock().unwrap().insert(database.to_owned());
        let interface = NetworkInterfaceId::new("eni-1");
        Box::pin(async move { Ok(Attached { interface, address: Ipv4Addr::new(10, 0, 0, 5) }) })
    }

    fn release<'a>(&'a self, _: &'a Scope, database: &'a str) -> Pending<'a, Result<(), NeedError>> {
        self.0.lock().unwrap().remove(database);
        Box::pin(async { Ok(()) })
    }
}

#[derive(Default)]
pub struct FakeServers {
    running: Mutex<BTreeSet<String>>,
    masters: Mutex<Vec<String>>,
    refusal: Mutex<Option<ServerError>>,
}

impl FakeServers {
    pub fn running(&self) -> Vec<String> {
        self.running.lock().unwrap().iter().cloned().collect()
    }

    /// Name, password and database of every master role that was given.
    pub fn masters(&self) -> Vec<String> {
        self.masters.lock().unwrap().clone()
    }

    pub fn refuse(&self, error: Option<ServerError>) {
        *self.refusal.lock().unwrap() = error;
    }
}

impl Servers for FakeServers {
    fn versions(&self) -> Vec<String> {
        vec!["15.18".to_owned()]
    }

    fn runs<'a>(&'a self, resource_id: &'a str) -> Pending<'a, Result<bool, ServerError>> {
        let runs = self.running.lock().unwrap().contains(resource_id);
        Box::pin(async move { Ok(runs) })
    }

    fn ensure<'a>(&'a self, server: &'a Server) -> Pending<'a, Result<(), ServerError>> {
        let refusal = self.refusal.lock().unwrap().clone();
        if refusal.is_none() {
            self.running.lock().unwrap().insert(server.resource_id.clone());
        }
        Box::pin(async move { refusal.map_or(Ok(()), Err) })
    }

    fn ensure_master<'a>(
        &'a self,
        _: &'a Server,
        master: &'a Master,
    ) -> Pending<'a, Result<(), ServerError>> {
        let line = format!("{} {} {:?}", master.username, master.password.expose(), master.database);
        self.masters.lock().unwrap().push(line);
        Box::pin(async { Ok(()) })
    }

    fn remove<'a>(&'a self, resource_id: &'a str) -> Pending<'a, Result<(), ServerError>> {
        self.running.lock().unwrap().remove(resource_id);
        Box::pin(async { Ok(()) })
    }
}

/// Sealing is turning the letters round, so that no row holds the password as it is.
#[derive(Default)]
pub struct FakeSecrets(Mutex<BTreeMap<String, Password>>);

impl FakeSecrets {
    pub fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Secrets for FakeSecrets {
    fn create<'a>(
        &'a self,
        scope: &'a Scope,
        name: &'a str,
        value: &'a Password,
    ) -> Pending<'a, Result<Arn, NeedError>> {
        let arn = Arn::regional("secretsmanager", scope, format!("secret:{name}-AbCdEf"));
        self.0.lock().unwrap().insert(name.to_owned(), value.clone());
        Box::pin(async { Ok(arn) })
    }

    fn delete<'a>(&'a self, _: &'a Scope, name: &'a str) -> Pending<'a, Result<(), NeedError>> {
        self.0.lock().unwrap().remove(name);
        Box::pin(async { Ok(()) })
    }

    fn seal(&self, _: &str, value: &Password) -> Result<String, NeedError> {
        Ok(value.expose().chars().rev().collect())
    }

    fn open(&self, _: &str, sealed: &str) -> Result<Password, NeedError> {
        Ok(Password::new(sealed.chars().rev().collect::<String>()))
    }
}

pub struct World {
    pub subnets: Arc<FakeSubnets>,
    pub servers: Arc<FakeServers>,
    pub secrets: Arc<FakeSecrets>,
    pub rds: Arc<Rds>,
    store: Store,
    pipeline: Pipeline,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let (subnets, servers, secrets) =
            (Arc::<FakeSubnets>::default(), Arc::<FakeServers>::default(), Arc::<FakeSecrets>::default());
        let needs = Needs {
            subnets: subnets.clone(),
            servers: servers.clone(),
            secrets: secrets.clone(),
            clock: Arc::new(ManualClock::at(NOW)),
            ids: Arc::new(SequentialIds::seeded(1)),
        };
        let rds = Rds::new(store.clone(), needs);
        let pipeline = service::testing::pipeline(svc_rds::registry(rds.clone()), &store);
        Self { subnets, servers, secrets, rds, store, pipeline, runtime, _dir: dir }
    }

    /// Runs the reconciler, as often as a busy machine stands still, until it holds.
    pub fn reconcile_until(&self, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            self.reconcile();
            if holds() {
                return;
            }
            assert!(Instant::now() < deadline, "it does not become so");
        }
    }

    /// Runs the reconciler until the rows have been still for a while.
    pub fn reconcile(&self) {
        let still = async {
            let mut changes = self.store.changes();
            while tokio::time::timeout(STILL, changes.changed()).await.is_ok() {}
        };
        self.runtime.block_on(async {
            tokio::select! {
                () = self.rds.clone().run() => {}
                () = still => {}
            }
        });
    }

    /// Everything that is stored of instances.
    pub fn rows(&self) -> String {
        serde_json::to_string(&*self.store.read().scan::<DbInstance>("").unwrap()[0]).unwrap()
    }

    pub fn ok(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let (status, body) = self.call(action, parameters);
        assert_eq!(status, 200, "{action}: {body}");
        body
    }

    /// `STATUS CODE: MESSAGE`.
    pub fn fails(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let (status, body) = self.call(action, parameters);
        let part = |tag: &str| {
            let (_, rest) = body.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("{tag} in {body}"));
            rest.split_once("</")
                .unwrap()
                .0
                .replace("&apos;", "'")
                .replace("&#39;", "'")
                .replace("&quot;", "\"")
        };
        format!("{status} {}: {}", part("Code"), part("Message"))
    }

    fn call(&self, action: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        let mut form = format!("Action={action}&Version=2014-10-31");
        for (name, value) in parameters {
            form.push_str(&format!("&{name}={}", value.replace(' ', "+").replace(':', "%3A")));
        }
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: form.into(),
            ..Request::default()
        };
        let response = self.runtime.block_on(self.pipeline.handle("rds", &root_call(NOW), &request));
        (response.status, String::from_utf8(response.body.to_vec()).unwrap())
    }
}
