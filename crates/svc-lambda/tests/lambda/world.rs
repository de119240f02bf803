//! A Lambda with made-up neighbours, and a client for it.

use crate::environment::FakeEnvironments;
use base::{Arn, ManualClock, NetworkInterfaceId, Scope, SequentialIds, Timestamp, VpcId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use service::testing::{Judge, pipeline_under, root_call};
use service::{Call, Pipeline};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Durability, Store};
use svc_lambda::needs::{
    AssumeError, AttachError, AttachedInterface, Credentials, Interfaces, LogError, LogLine, LogSink, Needs,
    Pending, RoleCredentials, RolePermissions, VpcWish, VpcWishError,
};
use svc_lambda::{Config, Lambda};
use tokio::sync::watch;
use wire::http::{Request, Response};

pub const ROLE: &str = "arn:aws:iam::000000000000:role/r";

pub struct World {
    dir: Option<tempfile::TempDir>,
    pub lambda: Lambda,
    pub pipeline: Pipeline,
    pub environments: Arc<FakeEnvironments>,
    pub interfaces: Arc<FakeInterfaces>,
    pub roles: Arc<FakeRoles>,
    pub logs: Arc<FakeLogs>,
    pub authority: Arc<Judge>,
    pub clock: Arc<ManualClock>,
    reconciler: tokio::task::JoinHandle<()>,
    requests: AtomicU64,
}

pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub response: Response,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(configure: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::open(dir, configure, Arc::default(), Timestamp(1_767_323_045_678))
    }

    fn open(
        dir: tempfile::TempDir,
        configure: impl FnOnce(&mut Config),
        roles: Arc<FakeRoles>,
        now: Timestamp,
    ) -> Self {
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let environments = Arc::new(FakeEnvironments::default());
        let interfaces = Arc::new(FakeInterfaces::default());
        let logs = Arc::new(FakeLogs::default());
        let authority = Arc::new(Judge::default());
        let clock = Arc::new(ManualClock::at(now));
        let needs = Needs {
            environments: environments.clone(),
            interfaces: interfaces.clone(),
            credentials: Arc::new(FakeCredentials(clock.clone())),
            permissions: roles.clone(),
            logs: logs.clone(),
            clock: clock.clone(),
            ids: Arc::new(SequentialIds::seeded(now.millis().unsigned_abs())),
        };
        let mut config = Config::new(dir.path().join("code"));
        configure(&mut config);
        let lambda = Lambda::new(store.clone(), needs, config).unwrap();
        let registry = svc_lambda::registry(Arc::new(lambda.clone()));
        let pipeline = pipeline_under(authority.clone(), registry, &store);
        let background = lambda.clone();
        let reconciler = tokio::spawn(async move { background.reconcile_forever().await });
        Self {
            dir: Some(dir),
            lambda,
            pipeline,
            environments,
            interfaces,
            roles,
            logs,
            authority,
            clock,
            reconciler,
            requests: AtomicU64::new(0),
        }
    }

    /// Stops everything of this Lambda at once and opens another on the same disk.
    pub async fn killed_and_started(mut self) -> Self {
        let dir = self.dir.take().unwrap();
        let (roles, now) = (self.roles.clone(), base::Clock::now(&*self.clock));
        self.reconciler.abort();
        self.lambda.shut_down().await;
        drop(self);
        // Tasks that still hold the old store end with their environments.
        for _ in 0..6000 {
            if Store::open(dir.path(), Durability::Ephemeral).is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Self::open(dir, |_| {}, roles, now)
    }

    pub async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: body.into(),
        };
        // Only invocations count, so that their ids do not depend on how often a test looks.
        let counted = u64::from(path.ends_with("/invocations"));
        let number = self.requests.fetch_add(counted, Ordering::SeqCst);
        let request_id = format!("00000000-0000-4000-8000-{number:012}");
        let call = Call { request_id, ..root_call(base::Clock::now(&*self.clock)) };
        let response = self.pipeline.handle("lambda", &call, &request).await;
        let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        Answer { status: response.status, body, response }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, &[], body.to_string()).await
    }

    pub async fn create(&self, changes: Value) -> Answer {
        self.post("/2015-03-31/functions", merged(creation(), changes)).await
    }

    /// A function that is ready to be invoked, and has more time than a busy machine takes.
    pub async fn function(&self, changes: Value) -> Answer {
        let created = self.create(merged(json!({"Timeout": 60}), changes)).await;
        assert_eq!(created.status, 201, "{:?}", created.body);
        let name = created.body["FunctionName"].as_str().unwrap().to_owned();
        self.settled(&name).await
    }

    /// The configuration once nothing is in progress any more.
    pub async fn settled(&self, name: &str) -> Answer {
        for _ in 0..6000 {
            let got = self.get(&format!("/2015-03-31/functions/{name}/configuration")).await;
            if got.body["State"] != "Pending" && got.body["LastUpdateStatus"] != "InProgress" {
                return got;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the function is not settled")
    }

    pub async fn invoke(&self, name: &str, event: Value) -> Answer {
        self.invoke_with(name, &[], event).await
    }

    pub async fn invoke_with(&self, name: &str, headers: &[(&str, &str)], event: Value) -> Answer {
        self.call("POST", &format!("/2015-03-31/functions/{name}/invocations"), headers, event.to_string())
            .await
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.reconciler.abort();
    }
}

impl Answer {
    pub fn error(&self) -> String {
        let code = self.response.header("x-amzn-errortype").unwrap_or("none");
        let message = self.body["message"].as_str().or(self.body["Message"].as_str()).unwrap_or_default();
        format!("{} {code}: {message}", self.status)
    }

    pub fn log(&self) -> String {
        let result = self.response.header("x-amz-log-result").expect("a log result");
        String::from_utf8(STANDARD.decode(result).unwrap()).unwrap()
    }
}

pub fn creation() -> Value {
    json!({
        "FunctionName": "f",
        "Runtime": "python3.12",
        "Handler": "lambda_function.handler",
        "Role": ROLE,
        "Code": {"ZipFile": package("lambda_function.py", "def handler(e, c): return e")},
    })
}

/// A zip archive with one file, in base64.
pub fn package(name: &str, content: &str) -> String {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    zip.write_all(content.as_bytes()).unwrap();
    STANDARD.encode(zip.finish().unwrap().into_inner())
}

fn merged(mut base: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => base.as_object_mut().unwrap().remove(key),
            value => base.as_object_mut().unwrap().insert(key.clone(), value.clone()),
        };
    }
    base
}

/// Subnets and groups are told by their names; see `describe`.
#[derive(Default)]
pub struct FakeInterfaces {
    pub held: Mutex<BTreeMap<String, VpcWish>>,
    pub full: Mutex<bool>,
}

impl Interfaces for FakeInterfaces {
    fn describe(&self, _: &Scope, wanted: &VpcWish) -> Result<VpcId, VpcWishError> {
        let missing = |id: &str| id.ends_with("0bad");
        if let Some(id) = wanted.subnet_ids.iter().find(|id| missing(id.as_str())) {
            return Err(VpcWishError::SubnetMissing(id.clone()));
        }
        if let Some(id) = wanted.security_group_ids.iter().find(|id| missing(id.as_str())) {
            return Err(VpcWishError::SecurityGroupMissing(id.clone()));
        }
        Ok("vpc-00000000000000001".into())
    }

    fn attach(
        &self,
        _: &Scope,
        function: &Arn,
        wanted: &VpcWish,
    ) -> Pending<'_, Result<Vec<AttachedInterface>, AttachError>> {
        let (function, wanted) = (function.to_string(), wanted.clone());
        Box::pin(async move {
            if *self.full.lock().unwrap() {
                return Err(AttachError::SubnetFull(wanted.subnet_ids[0].clone()));
            }
            let attached = wanted.subnet_ids.iter().map(|subnet| AttachedInterface {
                interface: NetworkInterfaceId::new(subnet.as_str().replace("subnet", "eni")),
                subnet: subnet.clone(),
                vpc: "vpc-00000000000000001".into(),
            });
            let attached = attached.collect();
            self.held.lock().unwrap().insert(function, wanted);
            Ok(attached)
        })
    }

    fn release(
        &self,
        _: &Scope,
        function: &Arn,
        keep: Option<&VpcWish>,
    ) -> Pending<'_, Result<(), AttachError>> {
        let (function, keep) = (function.to_string(), keep.cloned());
        Box::pin(async move {
            let mut held = self.held.lock().unwrap();
            match keep {
                Some(keep) => held.insert(function, keep),
                None => held.remove(&function),
            };
            Ok(())
        })
    }
}

struct FakeCredentials(Arc<ManualClock>);

impl Credentials for FakeCredentials {
    fn assume(&self, _: &Arn, session: &str, _: &Arn) -> Pending<'_, Result<RoleCredentials, AssumeError>> {
        let session = session.to_owned();
        Box::pin(async move {
            Ok(RoleCredentials {
                access_key_id: "ASIAEXAMPLE".to_owned(),
                secret_access_key: "secret".to_owned(),
                session_token: format!("token of {session}"),
                expires: base::Clock::now(&*self.0).plus_ms(3_600_000),
            })
        })
    }
}

#[derive(Default)]
pub struct FakeRoles {
    pub untrusted: Mutex<bool>,
    /// Actions that no role may do.
    pub denied: Mutex<BTreeSet<String>>,
    pub asked: Mutex<BTreeSet<(String, String)>>,
}

impl RolePermissions for FakeRoles {
    fn assumable(&self, role: &Arn) -> Result<(), AssumeError> {
        if *self.untrusted.lock().unwrap() { Err(AssumeError::NotTrusted(role.clone())) } else { Ok(()) }
    }

    fn allows(&self, _: &Arn, action: &str, resource: &str) -> bool {
        self.asked.lock().unwrap().insert((action.to_owned(), resource.to_owned()));
        !self.denied.lock().unwrap().contains(action)
    }
}

#[derive(Default)]
pub struct FakeLogs {
    groups: Mutex<BTreeMap<String, BTreeMap<String, Vec<String>>>>,
    /// Whether writers have to wait.
    pub held: watch::Sender<bool>,
    /// How many have come to wait.
    pub waiting: watch::Sender<usize>,
}

impl FakeLogs {
    /// The lines of the group's only stream, once they contain `text`.
    pub async fn lines_with(&self, group: &str, text: &str) -> Vec<String> {
        for _ in 0..6000 {
            if let Some(lines) = self.lines(group)
                && lines.iter().any(|l| l.contains(text))
            {
                return lines;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no line with `{text}`: {:?}", self.groups.lock().unwrap())
    }

    pub fn lines(&self, group: &str) -> Option<Vec<String>> {
        Some(self.groups.lock().unwrap().get(group)?.values().flatten().cloned().collect())
    }

    pub fn streams(&self, group: &str) -> Vec<String> {
        self.groups.lock().unwrap().get(group).map(|s| s.keys().cloned().collect()).unwrap_or_default()
    }
}

impl LogSink for FakeLogs {
    fn create_group(&self, _: &Scope, group: &str) -> Pending<'_, Result<(), LogError>> {
        self.groups.lock().unwrap().entry(group.to_owned()).or_default();
        Box::pin(async { Ok(()) })
    }

    fn create_stream(&self, _: &Scope, group: &str, stream: &str) -> Pending<'_, Result<(), LogError>> {
        let made = match self.groups.lock().unwrap().get_mut(group) {
            Some(streams) => {
                streams.entry(stream.to_owned()).or_default();
                Ok(())
            }
            None => Err(LogError::GroupMissing(group.to_owned())),
        };
        Box::pin(async { made })
    }

    fn append(
        &self,
        _: &Scope,
        group: &str,
        stream: &str,
        lines: Vec<LogLine>,
    ) -> Pending<'_, Result<(), LogError>> {
        let done = match self.groups.lock().unwrap().get_mut(group) {
            None => Err(LogError::GroupMissing(group.to_owned())),
            Some(streams) => match streams.get_mut(stream) {
                None => Err(LogError::StreamMissing(stream.to_owned())),
                Some(kept) => {
                    kept.extend(lines.into_iter().map(|l| l.message));
                    Ok(())
                }
            },
        };
        let mut held = self.held.subscribe();
        Box::pin(async move {
            self.waiting.send_modify(|waiting| *waiting += 1);
            held.wait_for(|held| !held).await.unwrap();
            done
        })
    }
}
