//! A door on a free port, and what stands behind it.
#![allow(clippy::unwrap_used, dead_code, reason = "each test file takes what it needs")]

use base::{AccountId, RandomIds, SystemClock, Timestamp};
use edge::{Ca, Edge, Internal, Limits, Origin, Parts, Reply, Services, Serving};
use serde_json::json;
use service::{Authority, Call, Caller, IdentifyError, Identity, Secret, Verdict};
use std::net::TcpListener;
use std::sync::Arc;
use testkit::{Answer, Client, exchange};
use tokio::runtime::Runtime;
use wire::http::{Request, Response};
use wire::schema::{KnownOperation, Model, Protocol, Service};

static SECRETS: Model = model("secretsmanager", Protocol::AwsJson, "2017-10-17", "secretsmanager", &[]);
static IAM: Model = model("iam", Protocol::AwsQuery, "2010-05-08", "", &[]);
static EC2: Model = model("ec2", Protocol::Ec2Query, "2016-11-15", "", &[]);
static STS: Model = model(
    "sts",
    Protocol::AwsQuery,
    "2011-06-15",
    "",
    &[
        KnownOperation::new("AssumeRole", "POST", "/"),
        KnownOperation::new("AssumeRoleWithWebIdentity", "POST", "/").unsigned(),
    ],
);
static S3: Model = model("s3", Protocol::RestXml, "2006-03-01", "", &[]);
static LAMBDA: Model = model(
    "lambda",
    Protocol::RestJson,
    "2015-03-31",
    "",
    &[KnownOperation::new("ListFunctions", "GET", "/2015-03-31/functions")],
);

const fn model(
    name: &'static str,
    protocol: Protocol,
    api_version: &'static str,
    target_prefix: &'static str,
    known: &'static [KnownOperation],
) -> Model {
    let service = Service {
        id: name,
        signing_name: name,
        endpoint_prefix: name,
        protocol,
        api_version,
        target_prefix,
        json_version: "1.1",
        xml_namespace: None,
        query_compatible: false,
    };
    Model { service, shapes: &[], operations: &[], known }
}

/// Services that answer with what reached them.
pub struct Mirror {
    models: Vec<&'static Model>,
    ended: Ended,
}

fn seen(by: &str, call: &Call, request: &Request) -> Response {
    let body = json!({
        "by": by,
        "caller": call.caller.principal.arn(),
        "region": call.scope.region.as_str(),
        "ip": call.source.ip.to_string(),
        "vpce": call.source.endpoint.as_ref().map(|e| e.vpce.to_string()),
        "secure": call.source.secure_transport,
        "agent": call.user_agent,
        "body": request.body.len(),
        "encoding": request.header("content-encoding"),
    });
    Response { status: 200, body: body.to_string().into(), ..Response::default() }
}

impl Services for Mirror {
    fn models(&self) -> Vec<&'static Model> {
        self.models.clone()
    }

    fn authority(&self) -> &dyn Authority {
        self
    }

    fn handle<'a>(&'a self, signing_name: &'a str, call: &'a Call, request: &'a Request) -> Reply<'a> {
        assert_ne!(request.header("x-break"), Some("yes"), "asked to break");
        Box::pin(async move { seen(signing_name, call, request) })
    }

    fn refused(&self, _: &str, _: &Call, _: &Request, _: &service::ServiceError) {}
}

impl Authority for Mirror {
    fn identify(&self, key: &str, token: Option<&str>, _now: Timestamp) -> Result<Identity, IdentifyError> {
        match (key, token) {
            ("test", None) => {}
            ("ASIAEXPIRED", _) => return Err(IdentifyError::ExpiredToken),
            _ => return Err(IdentifyError::UnknownKey),
        }
        let account = AccountId::default();
        let principal = policy::Principal::Root { account: account.clone() };
        let caller = Caller {
            principal,
            account,
            access_key_id: key.to_owned(),
            session_policies: vec![],
            session_started: None,
            session_facts: Default::default(),
        };
        Ok(Identity { caller, secret: Secret::new("test") })
    }

    fn decide(&self, _: &Call, _: &service::Access, _: &policy::Context) -> Result<Verdict, store::Fault> {
        Ok(Verdict::Allowed)
    }
}

/// How conversations ended.
pub type Ended = Arc<std::sync::Mutex<Vec<(u16, String)>>>;

/// Says again what it hears; `bye` ends it.
struct Echo {
    client: edge::Client,
    ended: Ended,
}

impl edge::Conversation for Echo {
    fn received(&self, message: Vec<u8>) -> edge::Told<'_> {
        Box::pin(async move {
            let told =
                if message == b"bye" { edge::ToClient::Close } else { edge::ToClient::Message(message) };
            let _ = self.client.send(told).await;
        })
    }

    fn closed(&self, code: u16, reason: String) -> edge::Told<'_> {
        Box::pin(async move { self.ended.lock().unwrap().push((code, reason)) })
    }
}

impl edge::Apis for Mirror {
    fn answer(&self, call: edge::ApiCall) -> Reply<'_> {
        let signer = match &call.signer {
            service::Signer::Nobody => "nobody".to_owned(),
            service::Signer::Caller(caller) => caller.caller.access_key_id.clone(),
            service::Signer::Invalid { code, .. } => code.clone(),
        };
        let edge::ApiAddress { api, stage, path, .. } = call.address;
        let body = format!("{api} {stage} {path} {signer}");
        Box::pin(async move { Response { status: 200, body: body.into(), ..Response::default() } })
    }

    fn connect(&self, call: edge::ApiCall, client: edge::Client) -> edge::Connecting<'_> {
        Box::pin(async move {
            if call.address.whole != "/v1" {
                return Err(Response { status: 403, ..Response::default() });
            }
            let is_brief = call.request.header("sec-websocket-protocol") == Some("brief");
            Ok(edge::Accepted {
                conversation: Arc::new(Echo { client, ended: self.ended.clone() }),
                protocol: call.request.header("sec-websocket-protocol").map(str::to_owned),
                idle: std::time::Duration::from_secs(if is_brief { 1 } else { 60 }),
                lifetime: std::time::Duration::from_secs(60),
                message_bytes: 128 << 10,
                frame_bytes: 32 << 10,
            })
        })
    }
}

impl Internal for Mirror {
    fn handle<'a>(&'a self, call: &'a Call, request: &'a Request) -> Reply<'a> {
        Box::pin(async move { seen("internal", call, request) })
    }
}

pub struct Door {
    pub runtime: Runtime,
    pub serving: Option<Serving>,
    pub ca: Arc<Ca>,
    pub ended: Ended,
    _folder: testkit::TempDir,
}

pub fn door(origin: Origin, limits: Limits) -> Door {
    door_to(vec![&SECRETS, &IAM, &EC2, &LAMBDA, &STS], origin, limits)
}

/// A door before an S3, which takes bodies in chunks.
pub fn door_to_s3(limits: Limits) -> Door {
    door_to(vec![&S3], Origin::Host, limits)
}

fn door_to(models: Vec<&'static Model>, origin: Origin, limits: Limits) -> Door {
    let (folder, ended) = (testkit::tempdir().unwrap(), Ended::default());
    let ca = Arc::new(Ca::load_or_create(&folder.path().join("ca.pem"), &SystemClock, &RandomIds).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let parts = Parts {
        services: Arc::new(Mirror { models, ended: ended.clone() }),
        internal: Arc::new(Mirror { models: vec![], ended: ended.clone() }),
        apis: Arc::new(Mirror { models: vec![], ended: ended.clone() }),
        ca: ca.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        limits,
    };
    let serving = {
        let _on_runtime = runtime.enter();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Edge::new(parts).unwrap().serve(listener, origin).unwrap()
    };
    Door { runtime, serving: Some(serving), ca, ended, _folder: folder }
}

pub fn host_door() -> Door {
    door(Origin::Host, Limits::default())
}

impl Door {
    pub fn client(&self) -> Client {
        Client::new(self.serving.as_ref().unwrap().address())
    }

    /// Sends raw bytes on a new connection.
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        exchange(&mut self.client().connect(), bytes).unwrap()
    }
}

pub fn list_secrets(client: &Client) -> Answer {
    client.json("secretsmanager", "secretsmanager.ListSecrets", &json!({}))
}

pub fn refused(answer: &Answer) -> String {
    assert!(answer.header("x-amzn-requestid").is_some_and(|id| id.len() == 36), "{answer:?}");
    format!(
        "{} {}: {}",
        answer.status,
        answer.error_code().unwrap_or_default(),
        answer.error_message().unwrap_or_default()
    )
}
