//! One API Gateway with a store of its own, and what is behind its APIs: functions that answer as
//! they are told, servers and services that answer with what they were asked.

use base::{ManualClock, Scope, SequentialIds, Timestamp};
use domains::Domains;
use domains::needs::{StageFound, Surroundings};
use serde_json::{Value as Json, json};
use service::testing::{pipeline, root_call};
use service::{Access, Call, Pipeline, ServiceError, Signer, Verdict};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::{Durability, Fault, Snapshot, Store};
use svc_apigateway::needs::{
    AccessLogs, BalancerStatus, FunctionAnswer, Functions, Invoked, Invoking, LogPlace, Over, Pending,
    Policies, ServerError, Servers, ServiceCall, Services, VpcLinks,
};
use svc_apigateway::{ApiGateway, ApiRequest, Cipher, CipherError, Needs};
use wire::http::{Request, Response};

pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
pub const KEY: &str = "a-key-of-twenty-characters";
pub const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";
pub const AUTHORIZER: &str = "arn:aws:lambda:us-east-1:000000000000:function:who";
pub const ROLE: &str = "arn:aws:iam::000000000000:role/gateway";

/// What stands behind the APIs, and what it saw.
#[derive(Default)]
pub struct Behind {
    /// What a function answers, and whether that is its error; without one it hands its event back.
    pub answers: Mutex<BTreeMap<String, (Json, bool)>>,
    pub invoked: Mutex<Vec<Invoking>>,
    pub called: Mutex<Vec<ServiceCall>>,
    pub logged: Mutex<Vec<(String, Vec<String>)>>,
    /// Load balancers by ARN.
    pub balancers: Mutex<BTreeMap<String, BalancerStatus>>,
    pub crossed: Mutex<Vec<(Over, Request)>>,
    /// The policy of who calls; without one the policies say what the API's own says.
    pub identity: Mutex<Option<Vec<policy::Policy>>>,
}

impl Functions for Behind {
    fn invoke(&self, invoking: Invoking) -> Invoked<'_> {
        self.invoked.lock().unwrap().push(invoking.clone());
        let told = self.answers.lock().unwrap().get(&invoking.function).cloned();
        let body = String::from_utf8(invoking.payload).unwrap();
        let (answer, is_error) = told.unwrap_or_else(|| (json!({ "statusCode": 200, "body": body }), false));
        Box::pin(async move {
            if answer == json!("denied") {
                return Err(ServiceError::access_denied("the function does not permit it"));
            }
            Ok(FunctionAnswer { payload: answer.to_string().into_bytes(), is_error })
        })
    }
}

impl Services for Behind {
    fn call(&self, call: ServiceCall) -> Pending<'_, Result<Response, ServiceError>> {
        let body = json!({
            "service": call.service, "action": call.action, "path": call.request.path, "query": call.request.query,
            "body": String::from_utf8_lossy(&call.request.body),
        });
        self.called.lock().unwrap().push(call);
        Box::pin(
            async move { Ok(Response { status: 200, body: body.to_string().into(), ..Response::default() }) },
        )
    }
}

impl Servers for Behind {
    fn ask(&self, origin: String, request: Request) -> Pending<'_, Result<Response, ServerError>> {
        Box::pin(async move {
            if origin.contains("outside") {
                return Err(ServerError::NotReachable(format!("{origin} is outside")));
            }
            let shown = [
                "x-mapped",
                "x-own",
                "x-of-connection",
                "host",
                "connection",
                "user-agent",
                "x-forwarded-for",
            ];
            let mut headers: BTreeMap<&str, String> = BTreeMap::new();
            for (name, value) in request.headers.iter().filter(|(name, _)| shown.contains(&name.as_str())) {
                let all = headers.entry(name.as_str()).or_default();
                *all = if all.is_empty() { value.clone() } else { format!("{all} and {value}") };
            }
            let body = json!({
                "origin": origin, "method": request.method, "path": request.path, "query": request.query,
                "headers": headers, "body": String::from_utf8_lossy(&request.body),
            });
            let status = if request.path.ends_with("/teapot") { 418 } else { 200 };
            let headers = vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("x-server".to_owned(), "s1".to_owned()),
                ("connection".to_owned(), "close, x-of-connection".to_owned()),
                ("x-of-connection".to_owned(), "1".to_owned()),
            ];
            Ok(Response { status, headers, body: body.to_string().into(), ..Response::default() })
        })
    }
}

impl VpcLinks for Behind {
    fn balancer(&self, _: &base::Scope, arn: &str) -> Result<BalancerStatus, Fault> {
        let found = self.balancers.lock().unwrap().get(arn).cloned();
        Ok(found.unwrap_or(BalancerStatus::Missing))
    }

    fn ask(&self, over: Over, request: Request) -> Pending<'_, Result<Response, ServerError>> {
        let path = request.path.clone();
        self.crossed.lock().unwrap().push((over, request));
        Box::pin(async move {
            if path.ends_with("/closed") {
                return Err(ServerError::NotReachable("a security group is in the way".to_owned()));
            }
            Ok(Response { status: 200, body: "over the link".into(), ..Response::default() })
        })
    }
}

impl Policies for Behind {
    fn decide(&self, call: &Call, access: &Access) -> Result<Verdict, Fault> {
        if let Some(identity) = &*self.identity.lock().unwrap() {
            let request = policy::Request::new(&call.caller.principal, &access.action, &access.resource)
                .owned_as_its_arn_says();
            let resource = access.resource_policy.clone().map(|d| policy::Policy::new("resource policy", d));
            let policies =
                policy::Policies { identity, resource: resource.as_ref(), ..policy::Policies::default() };
            let decision = policy::evaluate(&request, &policies);
            let message = decision.message("x", &access.action, &access.resource);
            return Ok(if decision.is_allowed() {
                Verdict::Allowed
            } else {
                Verdict::Denied { message, decision: Some(Box::new(decision)) }
            });
        }
        let text = access.resource_policy.as_ref().map(|document| document.text().to_owned());
        let denied = text.is_some_and(|text| text.contains("Deny"));
        let message = "denied".to_owned();
        Ok(if denied { Verdict::Denied { message, decision: None } } else { Verdict::Allowed })
    }
}

impl AccessLogs for Behind {
    fn append(&self, place: LogPlace, lines: Vec<(Timestamp, String)>) -> Pending<'_, Result<(), String>> {
        let LogPlace { role, group_arn, .. } = place;
        assert_eq!(role, ROLE);
        let lines = lines.into_iter().map(|(_, line)| line).collect();
        self.logged.lock().unwrap().push((group_arn, lines));
        Box::pin(async { Ok(()) })
    }

    fn may_use(&self, role: &str) -> bool {
        role == ROLE
    }
}

impl Cipher for Behind {
    fn seal(&self, _: &str, plain: &[u8]) -> Result<Vec<u8>, CipherError> {
        Ok(plain.to_vec())
    }

    fn open(&self, _: &str, sealed: &[u8]) -> Result<Vec<u8>, CipherError> {
        Ok(sealed.to_vec())
    }
}

/// What a client got.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub reason: Option<String>,
}

impl Answered {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Status and body in one line.
    pub fn line(&self) -> String {
        format!("{} {}", self.status, self.body)
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
    pub behind: Arc<Behind>,
    pub clock: Arc<ManualClock>,
    pub gateway: Arc<ApiGateway>,
    pub runtime: tokio::runtime::Runtime,
    pub throttles: Arc<throttle::Throttles>,
    pub api: String,
    pub root: String,
    pipeline: Pipeline,
    _dir: tempfile::TempDir,
}

impl World {
    /// With an API that has no methods yet.
    pub fn new() -> Self {
        Self::of(json!({ "name": "a" }))
    }

    pub fn of(api: Json) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir.path(), Durability::Ephemeral).unwrap();
        let (behind, clock) = (Arc::new(Behind::default()), Arc::new(ManualClock::at(NOW)));
        let throttles = Arc::new(throttle::Throttles::default());
        let needs = Needs {
            functions: behind.clone(),
            services: behind.clone(),
            servers: behind.clone(),
            links: behind.clone(),
            policies: behind.clone(),
            logs: behind.clone(),
            cipher: behind.clone(),
            clock: clock.clone(),
            // A seed, so that a canary's share is the same each time.
            ids: Arc::new(SequentialIds::seeded(7)),
            throttles: throttles.clone(),
            domains: Domains::new(store.clone(), behind.clone(), Arc::new(SequentialIds::seeded(8))),
        };
        let gateway = ApiGateway::new(store.clone(), needs);
        let pipeline = pipeline(svc_apigateway::registry(gateway.clone()), &store);
        let (api_id, root) = (String::new(), String::new());
        let mut world =
            Self { behind, clock, gateway, runtime, throttles, api: api_id, root, pipeline, _dir: dir };
        let made = world.ok("POST", "/restapis", api);
        (world.api, world.root) = (text(&made["id"]), text(&made["rootResourceId"]));
        world
    }

    /// A call of the control plane: its status and its answer.
    pub fn ask(&self, method: &str, path: &str, input: Json) -> (u16, Json) {
        let (status, body) = self.send(method, path, &input.to_string());
        (status, serde_json::from_str(&body).unwrap_or(Json::Null))
    }

    /// The same with texts.
    pub fn send(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            body: body.to_owned().into(),
            ..Request::default()
        };
        let response = self.runtime.block_on(self.pipeline.handle("apigateway", &root_call(NOW), &request));
        (response.status, String::from_utf8(response.body.to_vec()).unwrap())
    }

    /// The text of an answer.
    pub fn text(&self, method: &str, path: &str, body: &str) -> String {
        let (status, text) = self.send(method, path, body);
        assert!(status < 300, "{method} {path}: {status} {text}");
        text
    }

    pub fn ok(&self, method: &str, path: &str, input: Json) -> Json {
        let (status, answer) = self.ask(method, path, input);
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// Status and message of a call that is refused.
    pub fn refused(&self, method: &str, path: &str, input: Json) -> String {
        let (status, answer) = self.ask(method, path, input);
        format!("{status} {}", answer["message"].as_str().unwrap_or_default())
    }

    pub fn patch(&self, path: &str, op: &str, what: &str, value: &str) -> Json {
        let change = json!({ "op": op, "path": what, "value": value });
        self.ok("PATCH", path, json!({ "patchOperations": [change] }))
    }

    /// The path of something of the API.
    pub fn at(&self, rest: &str) -> String {
        format!("/restapis/{}{rest}", self.api)
    }

    /// The resource of a path, made if it is not there.
    pub fn resource(&self, path: &str) -> String {
        let mut parent = self.root.clone();
        let mut at = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            at = format!("{at}/{part}");
            let all = self.ok("GET", &self.at("/resources?limit=500"), Json::Null);
            let known = all["item"].as_array().into_iter().flatten().find(|r| r["path"] == json!(at));
            parent = match known {
                Some(known) => text(&known["id"]),
                None => {
                    let made = json!({ "pathPart": part });
                    text(&self.ok("POST", &self.at(&format!("/resources/{parent}")), made)["id"])
                }
            };
        }
        parent
    }

    /// A method, and where it is.
    pub fn method(&self, path: &str, verb: &str, settings: Json) -> String {
        let place = self.at(&format!("/resources/{}/methods/{verb}", self.resource(path)));
        self.ok("PUT", &place, settings);
        place
    }

    pub fn proxy(&self, path: &str, verb: &str, settings: Json) -> String {
        let place = self.method(path, verb, settings);
        let integration = json!({ "type": "AWS_PROXY", "httpMethod": "POST", "uri": uri(FUNCTION) });
        self.ok("PUT", &format!("{place}/integration"), integration);
        place
    }

    /// A method with an integration and a default response of status 200.
    pub fn integrated(
        &self,
        path: &str,
        verb: &str,
        method: Json,
        integration: Json,
        response: Json,
    ) -> String {
        let place = self.method(path, verb, method);
        self.ok("PUT", &format!("{place}/integration"), integration);
        let headers: BTreeMap<String, bool> = response["responseParameters"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| (name.clone(), true))
            .collect();
        self.ok("PUT", &format!("{place}/responses/200"), json!({ "responseParameters": headers }));
        self.ok("PUT", &format!("{place}/integration/responses/200"), response);
        place
    }

    pub fn deploy(&self) {
        self.ok("POST", &self.at("/deployments"), json!({ "stageName": "v1" }));
    }

    /// What a function answers from now on.
    pub fn answers(&self, function: &str, answer: Json, is_error: bool) {
        self.behind.answers.lock().unwrap().insert(function.to_owned(), (answer, is_error));
    }

    /// A request to the stage `v1` of the API.
    pub fn call(&self, verb: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answered {
        self.call_as(Signer::Nobody, verb, path, headers, body)
    }

    pub fn call_as(
        &self,
        signer: Signer,
        verb: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answered {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let http = Request {
            method: verb.into(),
            path: format!("/v1{path}"),
            query: query.into(),
            headers,
            body: body.to_owned().into(),
        };
        let call = root_call(NOW);
        let request = ApiRequest {
            api: &self.api,
            region: None,
            stage: "v1",
            path,
            domain: "x.execute-api.us-east-1.amazonaws.com",
            base_path: None,
            http: &http,
            source: &call.source,
            request_id: "r-1",
            now: base::Clock::now(self.clock.as_ref()),
            signer,
        };
        let answered = self.runtime.block_on(self.gateway.answer(request));
        Answered {
            status: answered.response.status,
            headers: answered.response.headers,
            body: String::from_utf8(answered.response.body.to_vec()).unwrap(),
            reason: answered.refused.map(|refusal| refusal.reason),
        }
    }
}

pub fn uri(function: &str) -> String {
    format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations")
}

pub fn text(value: &Json) -> String {
    value.as_str().unwrap().to_owned()
}

/// A method that anybody may call.
pub fn open() -> Json {
    json!({ "authorizationType": "NONE" })
}
