//! A gateway with functions that answer what a test says.
#![allow(clippy::unwrap_used, dead_code, reason = "each test file takes what it needs")]

use base::{ManualClock, NetworkInterfaceId, RandomIds, Scope, SecurityGroupId, SubnetId, Timestamp};
use domains::Domains;
use domains::needs::{StageFound, Surroundings};
use openid::{Fetch, FetchError, Fetched};
use serde_json::{Value as Json, json};
use service::Signer;
use service::testing::{pipeline, root_call};
use service::{Access, Call, Pipeline, ServiceError, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use store::{Durability, Fault, Snapshot, Store};
use svc_apigatewayv2::needs::{
    AccessLogs, FunctionAnswer, Functions, Invoking, LinkPlace, Over, Pending, Policies, ServerError,
    Servers, VpcLinks,
};
use svc_apigatewayv2::{ApiGatewayV2, ApiRequest, Needs};
use wire::http::{Request, Response};

pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
pub const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";
pub const AUTHORIZER: &str = "arn:aws:lambda:us-east-1:000000000000:function:authorizer";

/// What stands behind the gateway, and what it was asked.
#[derive(Default)]
pub struct Behind {
    /// What a function answers, by ARN; without one it answers with its event.
    pub answers: Mutex<BTreeMap<String, Result<Json, ServiceError>>>,
    pub invoked: Mutex<Vec<(String, String, Json)>>,
    pub served: Mutex<Vec<(String, Request)>>,
    pub lines: Mutex<Vec<(String, String)>>,
    pub pages: Mutex<BTreeMap<String, Json>>,
    pub denied: Mutex<bool>,
    /// Who has interfaces.
    pub attached: Mutex<BTreeSet<String>>,
    pub crossed: Mutex<Vec<(Over, Request)>>,
}

impl Functions for Behind {
    fn invoke(&self, invoking: Invoking) -> Pending<'_, Result<FunctionAnswer, ServiceError>> {
        let event: Json = serde_json::from_slice(&invoking.payload).unwrap();
        let answer = self.answers.lock().unwrap().get(&invoking.function).cloned();
        self.invoked.lock().unwrap().push((invoking.function, invoking.source_arn, event.clone()));
        Box::pin(async move {
            let payload = match answer {
                Some(answer) => answer?,
                None => json!({ "statusCode": 200, "body": event.to_string() }),
            };
            let is_error = payload.get("errorMessage").is_some();
            Ok(FunctionAnswer { payload: payload.to_string().into_bytes(), is_error })
        })
    }
}

impl Servers for Behind {
    fn ask(&self, origin: String, request: Request) -> Pending<'_, Result<Response, ServerError>> {
        Box::pin(async move {
            if origin.contains("unreachable") {
                return Err(ServerError::NotReachable(format!("{origin} is outside")));
            }
            self.served.lock().unwrap().push((origin, request));
            let headers = [("x-server", "1"), ("connection", "X-Of-Connection"), ("x-of-connection", "1")];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            Ok(Response { status: 200, headers, body: "{\"a\":1}".into(), ..Response::default() })
        })
    }
}

impl VpcLinks for Behind {
    fn check(&self, _: &Scope, subnets: &[SubnetId], _: &[SecurityGroupId]) -> Result<(), String> {
        match subnets.iter().find(|subnet| subnet.as_str() == "subnet-none") {
            Some(subnet) => Err(format!("the subnet `{subnet}` does not exist")),
            None => Ok(()),
        }
    }

    fn attach<'a>(&'a self, place: &'a LinkPlace) -> Pending<'a, Result<Vec<NetworkInterfaceId>, String>> {
        let made: Vec<NetworkInterfaceId> =
            place.subnets.iter().map(|subnet| subnet.as_str().replace("subnet-", "eni-").into()).collect();
        let is_full = place.subnets.iter().any(|subnet| subnet.as_str() == "subnet-full");
        self.attached.lock().unwrap().insert(place.user.clone());
        Box::pin(async move { if is_full { Err("the subnet is full".to_owned()) } else { Ok(made) } })
    }

    fn release<'a>(&'a self, _: &'a Scope, user: &'a str) -> Pending<'a, Result<(), String>> {
        self.attached.lock().unwrap().remove(user);
        Box::pin(async { Ok(()) })
    }

    fn ask(&self, over: Over, request: Request) -> Pending<'_, Result<Response, ServerError>> {
        Box::pin(async move {
            if request.path.ends_with("/closed") {
                return Err(ServerError::NotReachable("a security group is in the way".to_owned()));
            }
            self.crossed.lock().unwrap().push((over, request));
            Ok(Response { status: 200, body: "over the link".into(), ..Response::default() })
        })
    }
}

impl Policies for Behind {
    fn decide(&self, _: &Call, _: &Access) -> Result<Verdict, Fault> {
        let message = "denied".to_owned();
        Ok(if *self.denied.lock().unwrap() {
            Verdict::Denied { message, decision: None }
        } else {
            Verdict::Allowed
        })
    }
}

impl AccessLogs for Behind {
    fn append(&self, group: String, _: String, line: String) -> Pending<'_, Result<(), String>> {
        self.lines.lock().unwrap().push((group, line));
        Box::pin(async { Ok(()) })
    }
}

impl Fetch for Behind {
    fn get<'a>(&'a self, url: &'a str, _: &'a [String]) -> Fetched<'a> {
        let page = self.pages.lock().unwrap().get(url).map(Json::to_string);
        let missing = FetchError::Status { url: url.to_owned(), status: 404 };
        Box::pin(async move { page.map(String::into_bytes).ok_or(missing) })
    }
}

/// The certificate of `*.example.com`, and every API with its stages.
impl Surroundings for Behind {
    fn certificate(&self, _: &Snapshot, _: &Scope, arn: &str) -> Result<Option<Vec<String>>, Fault> {
        Ok(arn.ends_with(":certificate/1").then(|| vec!["*.example.com".to_owned()]))
    }

    fn stage(&self, _: &Snapshot, _: &Scope, api: &str, stage: &str) -> Result<StageFound, Fault> {
        Ok(match (api, stage) {
            ("none", _) => StageFound::NoApi,
            (_, "none") => StageFound::NoStage,
            _ => StageFound::Found,
        })
    }
}

pub struct World {
    pub gateway: Arc<ApiGatewayV2>,
    pub behind: Arc<Behind>,
    pub clock: Arc<ManualClock>,
    pipeline: Pipeline,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

/// An answer of the control plane or of an API.
#[derive(Debug, Clone, PartialEq)]
pub struct Got {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub reason: Option<String>,
}

impl Got {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or(Json::Null)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let (behind, clock) = (Arc::new(Behind::default()), Arc::new(ManualClock::at(NOW)));
        let needs = Needs {
            functions: behind.clone(),
            servers: behind.clone(),
            links: behind.clone(),
            policies: behind.clone(),
            logs: behind.clone(),
            issuers: behind.clone(),
            clock: clock.clone(),
            ids: Arc::new(RandomIds),
            throttles: Arc::default(),
            domains: Domains::new(store.clone(), behind.clone(), Arc::new(RandomIds)),
        };
        let gateway = ApiGatewayV2::new(store.clone(), needs);
        let pipeline = pipeline(svc_apigatewayv2::registry(gateway.clone()), &store);
        Self { gateway, behind, clock, pipeline, runtime, _dir: dir }
    }

    pub fn call(&self, method: &str, path: &str, input: Json) -> Got {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method: method.into(),
            path: format!("/v2{path}"),
            query: query.into(),
            body: if input.is_null() { Default::default() } else { input.to_string().into() },
            ..Request::default()
        };
        let response = self.runtime.block_on(self.pipeline.handle("apigateway", &root_call(NOW), &request));
        let body = String::from_utf8(response.body.to_vec()).unwrap();
        Got { status: response.status, headers: response.headers, body, reason: None }
    }

    pub fn ok(&self, method: &str, path: &str, input: Json) -> Json {
        let got = self.call(method, path, input);
        assert!(got.status < 300, "{method} {path}: {got:?}");
        got.json()
    }

    /// The error of a call that is refused.
    pub fn refused(&self, method: &str, path: &str, input: Json) -> String {
        let got = self.call(method, path, input);
        assert!(got.status >= 400, "{method} {path}: {got:?}");
        let kind = got.header("x-amzn-errortype").unwrap_or_default().to_owned();
        let body = got.json();
        let message = body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default();
        format!("{} {kind}: {message}", got.status)
    }

    /// An API with a target, which everybody may call.
    pub fn quick_api(&self) -> String {
        let made =
            self.ok("POST", "/apis", json!({ "name": "a", "protocolType": "HTTP", "target": FUNCTION }));
        text(&made["apiId"])
    }

    /// An API with these routes to one function, and a `$default` stage that follows changes.
    pub fn api(&self, routes: &[&str], payload_format: &str) -> String {
        let api = text(&self.ok("POST", "/apis", json!({ "name": "a", "protocolType": "HTTP" }))["apiId"]);
        self.ok(
            "POST",
            &format!("/apis/{api}/stages"),
            json!({ "stageName": "$default", "autoDeploy": true }),
        );
        let integration = json!({
            "integrationType": "AWS_PROXY", "integrationUri": FUNCTION, "payloadFormatVersion": payload_format,
        });
        let made = self.ok("POST", &format!("/apis/{api}/integrations"), integration);
        for key in routes {
            self.route(&api, json!({ "routeKey": key, "target": format!("integrations/{}", text(&made["integrationId"])) }));
        }
        api
    }

    pub fn route(&self, api: &str, route: Json) -> String {
        text(&self.ok("POST", &format!("/apis/{api}/routes"), route)["routeId"])
    }

    pub fn get(&self, api: &str, path: &str, headers: &[(&str, &str)]) -> Got {
        self.ask("GET", api, path, headers, "", Signer::Nobody)
    }

    pub fn ask(
        &self,
        method: &str,
        api: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
        signer: Signer,
    ) -> Got {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let http = Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: body.to_owned().into(),
        };
        let call = root_call(NOW);
        let request = ApiRequest {
            api,
            region: None,
            path,
            domain: "x.execute-api.us-east-1.amazonaws.com",
            mapped: None,
            http: &http,
            source: &call.source,
            request_id: "r-1",
            now: base::Clock::now(self.clock.as_ref()),
            signer,
        };
        let answered = self.runtime.block_on(self.gateway.answer(request));
        let body = String::from_utf8(answered.response.body.to_vec()).unwrap();
        let reason = answered.refused.map(|refusal| refusal.reason);
        Got { status: answered.response.status, headers: answered.response.headers, body, reason }
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

pub fn text(value: &Json) -> String {
    value.as_str().unwrap().to_owned()
}
