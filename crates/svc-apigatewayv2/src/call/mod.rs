//! A request to an HTTP API, in order:
//!
//! 1. the API and its stage are found, and whether they may be called this way;
//! 2. a browser's question ahead is answered;
//! 3. the route is found;
//! 4. the throttles of the route, the stage and the account let it through;
//! 5. the caller is authorized: signature and policies, a token, or a function's word;
//! 6. the function or server behind the route answers.
//!
//! Whatever refuses says what AWS says, and keeps its reason for who may ask.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html>

mod access_log;
mod admit;
mod authorize;
mod authorizer_answers;
mod event;
mod facts;
mod function_answer;
mod integrate;
mod jwt;
mod refusal;
mod request_authorizer;

pub(crate) use authorize::{Caller, authorizer, signed};
pub(crate) use authorizer_answers::AuthorizerAnswers;
pub use refusal::Refusal;
pub(crate) use request_authorizer::Asking;

use crate::ApiGatewayV2;
use crate::model::route_key::{self, DEFAULT};
use crate::model::{cors, path};
use crate::state::{Api, ApiOwner, Deployment, Protocol, Route, Stage};
use base::{PARTITION, Region, Scope, Timestamp};
use service::{Signer, Source};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Snapshot;
use wire::http::{Request, Response};

/// One request to an API.
#[derive(Debug, Clone)]
pub struct ApiRequest<'a> {
    pub api: &'a str,
    /// The region that its host name says, if it says one.
    pub region: Option<Region>,
    /// After the API's name, raw, with its first slash; a stage that is not `$default` is its first part.
    pub path: &'a str,
    /// The host name that was called, without port.
    pub domain: &'a str,
    /// Where a domain name's mapping led.
    pub mapped: Option<Mapped<'a>>,
    pub http: &'a Request,
    pub source: &'a Source,
    pub request_id: &'a str,
    pub now: Timestamp,
    pub signer: Signer,
}

/// What the mapping of a domain name says, for a path that it has left its part of.
#[derive(Debug, Clone, Copy)]
pub struct Mapped<'a> {
    pub stage: &'a str,
    /// Within the stage.
    pub path: &'a str,
    /// What stood before it.
    pub base_path: &'a str,
}

/// What a client gets, and why it was refused if it was.
#[derive(Debug, Clone)]
pub struct Answered {
    pub response: Response,
    pub refused: Option<Refusal>,
}

/// What a request's host name and path lead to.
pub(crate) struct Deployed {
    pub(crate) api: Arc<Api>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) deployment: Arc<Deployment>,
    /// Within the stage, raw.
    pub(crate) path: String,
}

/// What a request is for.
enum Called {
    Http(Deployed),
    WebSocket(Arc<Api>),
}

/// A request whose API, stage and route are known.
pub(crate) struct Aimed<'a> {
    pub(crate) request: &'a ApiRequest<'a>,
    pub(crate) deployed: &'a Deployed,
    pub(crate) route: &'a Route,
    pub(crate) parameters: BTreeMap<String, String>,
    /// Within the stage, as policies see it, with its first slash.
    pub(crate) path: String,
    pub(crate) caller: Caller,
}

impl Aimed<'_> {
    /// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/VERB/PATH`, which policies are asked about.
    pub(crate) fn arn(&self) -> String {
        self.arn_of(&format!("{}{}", self.request.http.method, self.path))
    }

    /// The ARN that a function sees as its source: the route's, not the request's.
    pub(crate) fn source_arn(&self) -> String {
        match self.route.key.split_once(' ') {
            Some(("ANY", path)) => self.arn_of(&format!("{}{path}", self.request.http.method)),
            Some((method, path)) => self.arn_of(&format!("{method}{path}")),
            None => self.arn_of(&self.route.key),
        }
    }

    fn arn_of(&self, rest: &str) -> String {
        let Deployed { api, stage, .. } = self.deployed;
        execute_api_arn(api, &format!("{}/{rest}", stage.name))
    }

    /// The path with the stage before it, or what a domain name's mapping has there, as functions get it.
    pub(crate) fn staged_path(&self) -> String {
        if let Some(mapped) = &self.request.mapped {
            return format!("{}{}", mapped.base_path, self.path);
        }
        match self.deployed.stage.name.as_str() {
            DEFAULT => self.path.clone(),
            name => format!("/{name}{}", self.path),
        }
    }
}

/// `arn:aws:execute-api:REGION:ACCOUNT:API/…`.
pub(crate) fn execute_api_arn(api: &Api, rest: &str) -> String {
    let Scope { account, region } = &api.scope;
    let parts = ["arn", PARTITION, "execute-api", region.as_str(), account.as_str(), &api.id];
    [&parts.join(":"), "/", rest].concat()
}

impl ApiGatewayV2 {
    /// Takes one request through all of it.
    pub async fn answer(&self, request: ApiRequest<'_>) -> Answered {
        let mut answered = match self.deployed(&request) {
            Ok(Called::Http(deployed)) => self.serve(&request, &deployed).await,
            Ok(Called::WebSocket(api)) => self.manage(&api, &request),
            Err(refusal) => refused(refusal),
        };
        answered.response.headers.push(("apigw-requestid".to_owned(), request.request_id.to_owned()));
        answered
    }

    async fn serve(&self, request: &ApiRequest<'_>, deployed: &Deployed) -> Answered {
        let cors = deployed.deployment.content.cors.as_ref();
        if let Some(cors) = cors.filter(|_| cors::is_preflight(request.http)) {
            return Answered { response: cors::preflight(cors, request.http), refused: None };
        }
        let (outcome, route, caller) = self.run(request, deployed).await;
        let mut answered = match outcome {
            Ok(response) => Answered { response, refused: None },
            Err(refusal) => refused(refusal),
        };
        if let Some(cors) = cors {
            cors::dress(cors, request.http, &mut answered.response);
        }
        self.log_access(request, deployed, route, &caller, &answered).await;
        answered
    }

    /// The outcome, and what was found out before it for the access log.
    async fn run<'d>(
        &self,
        request: &ApiRequest<'_>,
        deployed: &'d Deployed,
    ) -> (Result<Response, Refusal>, Option<&'d Route>, Caller) {
        let (verb, content) = (&request.http.method, &deployed.deployment.content);
        let routes = content.routes.values().map(|route| (route.key.as_str(), route));
        let Some(selected) = route_key::select(routes, verb, &deployed.path) else {
            let reason = format!("the API has no route for {verb} {}", deployed.path);
            return (Err(Refusal::not_found(reason)), None, Caller::Nobody);
        };
        let mut aimed = Aimed {
            request,
            deployed,
            route: selected.route,
            parameters: selected.parameters,
            path: path::canonical(&deployed.path),
            caller: Caller::Nobody,
        };
        let admitted = match self.admit(&aimed) {
            Ok(()) => self.authorize(&aimed).await,
            Err(refusal) => Err(refusal),
        };
        let outcome = match admitted {
            Ok(caller) => {
                aimed.caller = caller;
                self.integrate(&aimed).await
            }
            Err(refusal) => Err(refusal),
        };
        (outcome, Some(selected.route), aimed.caller)
    }

    /// The stage that is called and what is deployed there.
    fn deployed(&self, request: &ApiRequest<'_>) -> Result<Called, Refusal> {
        let rows = self.store.read();
        let api = self.called(&rows, request)?;
        if api.protocol != Protocol::Http {
            return Ok(Called::WebSocket(api));
        }
        let (stage, path) = match &request.mapped {
            Some(mapped) => (stage_of(&rows, &api, mapped.stage)?, mapped.path.to_owned()),
            None => find_stage(&rows, &api, request.path)?,
        };
        let deployment = deployment_of(&rows, &stage)?;
        Ok(Called::Http(Deployed { api, stage, deployment, path }))
    }

    /// The API of an id, if it may be called this way.
    pub(crate) fn called(&self, rows: &Snapshot, request: &ApiRequest<'_>) -> Result<Arc<Api>, Refusal> {
        let (id, region) = (request.api, request.region.as_ref());
        let none = || Refusal::not_found(format!("there is no API {id}"));
        let owner = rows.get::<ApiOwner>(id)?.ok_or_else(none)?;
        if region.is_some_and(|region| *region != owner.scope.region) {
            return Err(Refusal::not_found(format!("the API {id} is in {}", owner.scope.region)));
        }
        let api = rows.get::<Api>(&owner.scope.key(id))?.ok_or_else(none)?;
        if request.source.endpoint.is_some() {
            return Err(Refusal::forbidden(
                "the request came through a VPC endpoint for execute-api, which leads to private REST APIs only; \
                 without private DNS on the endpoint the name leads to the public address",
            ));
        }
        if api.disable_execute_api_endpoint && request.mapped.is_none() {
            return Err(Refusal::not_found("the API's execute-api endpoint is disabled"));
        }
        Ok(api)
    }
}

fn refused(refusal: Refusal) -> Answered {
    Answered { response: refusal.response(), refused: Some(refusal) }
}

/// The stage that the first part of the path names, with the rest; else `$default` with all of it.
fn find_stage(rows: &Snapshot, api: &Api, path: &str) -> Result<(Arc<Stage>, String), Refusal> {
    let named = |name: &str| rows.get::<Stage>(&api.scope.key(&format!("{}/{name}", api.id)));
    let inner = path.strip_prefix('/').unwrap_or(path);
    let (first, rest) = inner.split_once('/').unwrap_or((inner, ""));
    if !first.is_empty()
        && first != DEFAULT
        && let Some(stage) = named(first)?
    {
        return Ok((stage, format!("/{rest}")));
    }
    match named(DEFAULT)? {
        Some(stage) => Ok((stage, path.to_owned())),
        None => Err(Refusal::not_found(format!("the API has no stage `{first}`, and no $default stage"))),
    }
}

/// The stage that a mapping names.
pub(crate) fn stage_of(rows: &Snapshot, api: &Api, name: &str) -> Result<Arc<Stage>, Refusal> {
    let stage = rows.get::<Stage>(&api.scope.key(&format!("{}/{name}", api.id)))?;
    stage.ok_or_else(|| Refusal::not_found(format!("the API has no stage `{name}`")))
}

pub(crate) fn deployment_of(rows: &Snapshot, stage: &Stage) -> Result<Arc<Deployment>, Refusal> {
    let none = || Refusal::not_found(format!("nothing is deployed to the stage {}", stage.name));
    let id = stage.deployment.as_ref().ok_or_else(none)?;
    rows.get::<Deployment>(&stage.scope.key(&format!("{}/{id}", stage.api)))?.ok_or_else(none)
}
