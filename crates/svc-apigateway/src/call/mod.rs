//! A request to an API, in order:
//!
//! 1. the API and its stage are found, and whether they may be called this way;
//! 2. the method is found;
//! 3. the caller is authorized: signature, identity policies, the API's resource policy;
//! 4. the API key is found, if the method wants one, and its usage plan;
//! 5. the throttles and the quota let it through;
//! 6. the function answers.
//!
//! Whatever refuses says what AWS says, and keeps its reason for who may ask.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>

mod admit;
mod authorize;
mod event;
mod integrate;
mod plans;
mod refusal;
mod usage;

pub(crate) use plans::Plans;
pub use refusal::Refusal;
pub use usage::Usage;

use crate::ApiGateway;
use crate::model::resource_policy;
use crate::model::route::{self, Matched};
use crate::state::{Deployment, RestApi, RestApiOwner, Stage};
use base::{Region, Timestamp};
use service::{Call, ServiceError, Source};
use std::sync::Arc;
use store::Snapshot;
use wire::http::{Request, Response};

/// Who signed a request to an API, if anybody did.
#[derive(Debug, Clone)]
pub enum Signer {
    Nobody,
    /// The signature holds.
    Caller(Box<Call>),
    /// It does not, and this is AWS's answer to one who needs it.
    Invalid {
        code: String,
        message: String,
    },
}

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
    pub http: &'a Request,
    pub source: &'a Source,
    pub request_id: &'a str,
    pub now: Timestamp,
    pub signer: Signer,
}

/// What a client gets, and why it was refused if it was.
#[derive(Debug, Clone)]
pub struct Answered {
    pub response: Response,
    pub refused: Option<Refusal>,
}

/// What a request's host name and first part of the path lead to.
struct Deployed {
    api: Arc<RestApi>,
    stage: Arc<Stage>,
    deployment: Arc<Deployment>,
}

/// A request whose API, stage and method are known.
pub(crate) struct Aimed<'a> {
    pub(crate) request: &'a ApiRequest<'a>,
    pub(crate) rows: Snapshot,
    pub(crate) api: Arc<RestApi>,
    pub(crate) stage: Arc<Stage>,
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
        let rest = format!("{}/{verb}/{path}", self.stage.name);
        resource_policy::arn(&self.api.scope, &self.api.id, &rest)
    }
}

impl ApiGateway {
    /// Takes one request through all of it.
    pub async fn answer(&self, request: ApiRequest<'_>) -> Answered {
        let outcome = match self.deployed(&request) {
            Ok(deployed) => self.run(&request, &deployed).await,
            Err(refusal) => Err(refusal),
        };
        match outcome {
            Ok(response) => Answered { response, refused: None },
            Err(refusal) => {
                Answered { response: refusal.response(request.request_id), refused: Some(refusal) }
            }
        }
    }

    async fn run(&self, request: &ApiRequest<'_>, deployed: &Deployed) -> Result<Response, Refusal> {
        let verb = &request.http.method;
        let matched = route::find(&deployed.deployment.resources, verb, request.path);
        let matched = matched.ok_or_else(|| {
            Refusal::missing_token(format!("the API has no method {verb} for the path {}", request.path))
        })?;
        let (api, stage) = (deployed.api.clone(), deployed.stage.clone());
        let aimed = Aimed { request, rows: self.store.read(), api, stage, matched };
        let caller = self.authorize(&aimed)?;
        let key = self.admit(&aimed)?;
        self.integrate(&aimed, caller.as_ref(), key.as_deref()).await
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
        authorize::may_come_this_way(&api, request.source)?;
        let stage = rows.get::<Stage>(&scope.key(&format!("{}/{}", api.id, request.stage)))?;
        let stage = stage.ok_or_else(|| forbidden(format!("the API has no stage `{}`", request.stage)))?;
        let deployment = rows.get::<Deployment>(&scope.key(&format!("{}/{}", api.id, stage.deployment)))?;
        let deployment =
            deployment.ok_or_else(|| Refusal::from(ServiceError::internal("a stage without deployment")))?;
        Ok(Deployed { api, stage, deployment })
    }
}
