//! A request to an API, in order:
//!
//! 1. the API and its stage are found, and whether they may be called this way;
//! 2. the method is found;
//! 3. the caller is authorized: signature, identity policies, the API's resource policy, or an
//!    authorizer's function;
//! 4. the API key is found, if the method wants one, and its usage plan;
//! 5. the throttles and the quota let it through;
//! 6. parameters and body are what the method's validator wants;
//! 7. what is behind the method answers.
//!
//! Whatever refuses says what AWS says, or what the API's owner says instead, and keeps its reason for
//! who may ask.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>

mod access_log;
mod admit;
mod authorize;
mod authorizer;
mod context;
mod deployed;
mod event;
mod http_backend;
mod integrate;
mod known;
mod map_request;
mod map_response;
mod payload;
mod plans;
mod refusal;
mod service_backend;
mod test_invoke;
mod trace;
mod usage;
mod validate;
mod words;

pub(crate) use access_log::AccessLogQueue;
pub(crate) use authorizer::Verdicts;
pub(crate) use deployed::{Compiled, Deployments, pattern};
pub(crate) use known::Known;
pub(crate) use plans::Plans;
pub use refusal::Refusal;
pub(crate) use test_invoke::{Tested, Trial};
pub(crate) use trace::Trace;
pub use usage::Usage;

use crate::ApiGateway;
use crate::model::resource_policy;
use crate::model::route::{self, Matched};
use crate::state::{Deployment, RestApi, RestApiOwner, Stage};
use base::{Region, Timestamp};
use service::{ServiceError, Signer, Source};
use std::sync::Arc;
use store::Snapshot;
use wire::http::{Request, Response};

/// One request to an API.
#[derive(Debug, Clone)]
pub struct ApiRequest<'a> {
    pub api: &'a str,
    /// The region that its host name says, if it says one.
    pub region: Option<Region>,
    pub stage: &'a str,
    /// After the stage, raw, with its first slash.
    pub path: &'a str,
    /// The host name that was called, without port.
    pub domain: &'a str,
    /// What stood before the path where a domain name's mapping led here.
    pub base_path: Option<&'a str>,
    pub http: &'a Request,
    pub source: &'a Source,
    pub request_id: &'a str,
    pub now: Timestamp,
    pub signer: Signer,
}

impl ApiRequest<'_> {
    /// The path within the API, as its functions see it: below a domain name with what stood before it.
    pub(crate) fn shown_path(&self) -> String {
        format!("{}{}", self.base_path.unwrap_or_default(), self.path)
    }

    /// As the client asked for it: the stage is its first part, but for a domain name.
    pub(crate) fn whole_path(&self, stage: &str) -> String {
        match self.base_path {
            Some(_) => self.shown_path(),
            None => format!("/{stage}{}", self.path),
        }
    }
}

/// What a client gets, and why it was refused if it was.
#[derive(Debug, Clone)]
pub struct Answered {
    pub response: Response,
    pub refused: Option<Refusal>,
}

/// What a request's host name and first part of the path lead to.
pub(crate) struct Deployed {
    pub(crate) api: Arc<RestApi>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) compiled: Arc<Compiled>,
    /// Whether it is the stage's canary that answers.
    pub(crate) is_canary: bool,
}

/// A request whose API and stage are known.
#[derive(Clone, Copy)]
pub(crate) struct Arrived<'a> {
    pub(crate) request: &'a ApiRequest<'a>,
    pub(crate) deployed: &'a Deployed,
}

/// A request whose method is known too.
pub(crate) struct Aimed<'a> {
    pub(crate) request: &'a ApiRequest<'a>,
    pub(crate) deployed: &'a Deployed,
    pub(crate) rows: Snapshot,
    pub(crate) api: &'a RestApi,
    pub(crate) stage: &'a Stage,
    pub(crate) matched: Matched<'a>,
}

impl Aimed<'_> {
    /// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/VERB/PATH`, which policies are asked about.
    pub(crate) fn arn(&self) -> String {
        let path = route::canonical(self.request.path);
        self.arn_of(&self.request.http.method, &path)
    }

    /// The ARN that a function sees as its source: the method's, not the request's.
    pub(crate) fn source_arn(&self) -> String {
        let verb = if self.matched.any { "*" } else { &self.request.http.method };
        // Variables are stars in it.
        let parts = self.matched.resource.path.split('/').skip(1);
        let parts: Vec<&str> = parts.map(|part| if part.starts_with('{') { "*" } else { part }).collect();
        self.arn_of(verb, &parts.join("/"))
    }

    fn arn_of(&self, verb: &str, path: &str) -> String {
        let rest = [&self.stage.name, verb, path].join("/");
        resource_policy::arn(&self.api.scope, &self.api.id, &rest)
    }

    pub(crate) fn arrived(&self) -> Arrived<'_> {
        Arrived { request: self.request, deployed: self.deployed }
    }
}

impl ApiGateway {
    /// Takes one request through all of it.
    pub async fn answer(&self, request: ApiRequest<'_>) -> Answered {
        match self.deployed(&request) {
            Ok(deployed) => self.answer_deployed(Arrived { request: &request, deployed: &deployed }).await,
            // Nobody has worded anything for an API that is not there.
            Err(refusal) => {
                Answered { response: refusal.response(request.request_id), refused: Some(refusal) }
            }
        }
    }

    async fn answer_deployed(&self, arrived: Arrived<'_>) -> Answered {
        let mut known = Known::default();
        let aimed = self.aim(arrived);
        known.trace = aimed.as_ref().ok().and_then(Trace::of);
        let outcome = match &aimed {
            Ok(aimed) => self.run(aimed, &mut known).await,
            Err(refusal) => Err(refusal.clone()),
        };
        let matched = aimed.as_ref().ok().map(|aimed| &aimed.matched);
        let answered = match outcome {
            Ok(response) => Answered { response, refused: None },
            Err(refusal) => {
                let response = words::worded(arrived, matched, &known, &refusal);
                Answered { response, refused: Some(refusal) }
            }
        };
        self.log(arrived, matched, &known, &answered);
        self.log_execution(arrived, &mut known, &answered);
        answered
    }

    fn aim<'a>(&self, arrived: Arrived<'a>) -> Result<Aimed<'a>, Refusal> {
        let Arrived { request, deployed } = arrived;
        let verb = &request.http.method;
        let compiled = &deployed.compiled;
        let matched = compiled.routes.find(&compiled.deployment.resources, verb, request.path);
        let matched = matched.ok_or_else(|| {
            Refusal::missing_token(format!("the API has no method {verb} for the path {}", request.path))
        })?;
        let (api, stage) = (deployed.api.as_ref(), deployed.stage.as_ref());
        Ok(Aimed { request, deployed, rows: self.store.read(), api, stage, matched })
    }

    async fn run(&self, aimed: &Aimed<'_>, known: &mut Known) -> Result<Response, Refusal> {
        self.authorize(aimed, known).await?;
        known.key = self.admit(aimed, known)?;
        if let Some(trace) = &mut known.trace {
            let is_keyed = known.key.is_some();
            trace.admitted(aimed, aimed.request.http.header("x-api-key").filter(|_| is_keyed));
        }
        self.validate_and_integrate(aimed, known).await
    }

    /// The part of the way that a trial takes too.
    async fn validate_and_integrate(
        &self,
        aimed: &Aimed<'_>,
        known: &mut Known,
    ) -> Result<Response, Refusal> {
        validate::validated(aimed)?;
        self.integrate(aimed, known).await
    }

    /// The stage, or what its canary makes of it for its share of the requests.
    fn drawn(&self, stage: Arc<Stage>) -> (Arc<Stage>, bool) {
        match &stage.canary {
            Some(canary) if canary.takes(self.needs.ids.as_ref()) => {
                (Arc::new(stage.as_canary(canary)), true)
            }
            _ => (stage, false),
        }
    }

    /// The stage that is called and what is deployed there.
    fn deployed(&self, request: &ApiRequest<'_>) -> Result<Deployed, Refusal> {
        let rows = self.store.read();
        let forbidden = |reason: String| Refusal::forbidden(reason);
        let owner = rows.get::<RestApiOwner>(request.api)?;
        let owner = owner.ok_or_else(|| forbidden(format!("there is no API {}", request.api)))?;
        let scope = &owner.scope;
        if request.region.as_ref().is_some_and(|region| *region != scope.region) {
            return Err(forbidden(format!("the API {} is in {}", request.api, scope.region)));
        }
        let api = rows.get::<RestApi>(&scope.key(request.api))?;
        let api = api.ok_or_else(|| forbidden(format!("there is no API {}", request.api)))?;
        authorize::may_come_this_way(&api, request)?;
        let stage = rows.get::<Stage>(&scope.key(&format!("{}/{}", api.id, request.stage)))?;
        let stage = stage.ok_or_else(|| forbidden(format!("the API has no stage `{}`", request.stage)))?;
        let (stage, is_canary) = self.drawn(stage);
        let deployment = rows.get::<Deployment>(&scope.key(&format!("{}/{}", api.id, stage.deployment)))?;
        let deployment =
            deployment.ok_or_else(|| Refusal::from(ServiceError::internal("a stage without deployment")))?;
        let compiled = self.deployments.compiled(&deployment);
        Ok(Deployed { api, stage, compiled, is_canary })
    }
}
