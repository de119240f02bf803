//! Trials of methods and authorizers, as they are now and not as they are deployed. A trial meets no
//! authorization, no key and no throttle.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html>

use super::authorizer::Authorized;
use super::{Aimed, ApiRequest, Arrived, Compiled, Deployed, Known, Refusal, words};
use crate::ApiGateway;
use crate::model::route::Matched;
use crate::state::{AuthorizationType, DeployedResource, Deployment, Method, RestApi, Stage};
use service::{Call, ServiceError, Signer};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::http::{Request, Response};

/// The stage that a trial is said to be in.
const STAGE: &str = "test-invoke-stage";

/// What is tried.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trial {
    pub(crate) verb: String,
    pub(crate) path_with_query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) stage_variables: BTreeMap<String, String>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) struct Tested {
    pub(crate) response: Response,
    pub(crate) refused: Option<Refusal>,
    pub(crate) latency_ms: i64,
}

impl ApiGateway {
    pub(crate) async fn try_method(
        &self,
        call: &Call,
        api: Arc<RestApi>,
        deployment: Deployment,
        resource: &str,
        trial: &Trial,
    ) -> Result<Tested, ServiceError> {
        let deployed = deployed(api, deployment, trial);
        let (http, path) = http(trial);
        let request = request(call, &deployed, &http, &path);
        let compiled = &deployed.compiled;
        let resources = &compiled.deployment.resources;
        let found = resources.iter().find(|r| r.id == resource);
        let found = found.ok_or_else(crate::error::no_resource)?;
        let method = found.methods.get(&trial.verb).ok_or_else(crate::error::no_method)?;
        let of_path =
            compiled.routes.find(resources, &trial.verb, &path).filter(|m| m.resource.id == found.id);
        let parameters = of_path.map(|matched| matched.parameters).unwrap_or_default();
        let matched = Matched { resource: found, method, any: trial.verb == "ANY", parameters };
        let arrived = Arrived { request: &request, deployed: &deployed };
        let aimed = self.trying(arrived, matched);
        let (mut known, before) = (Known::default(), self.needs.clock.now());
        let outcome = self.validate_and_integrate(&aimed, &mut known).await;
        let latency_ms = self.needs.clock.now().millis().saturating_sub(before.millis());
        Ok(match outcome {
            Ok(response) => Tested { response, refused: None, latency_ms },
            Err(refusal) => {
                let response = words::worded(arrived, Some(&aimed.matched), &known, &refusal);
                Tested { response, refused: Some(refusal), latency_ms }
            }
        })
    }

    pub(crate) async fn try_authorizer(
        &self,
        call: &Call,
        api: Arc<RestApi>,
        deployment: Deployment,
        authorizer: &str,
        trial: &Trial,
    ) -> Result<Authorized, Refusal> {
        let deployed = deployed(api, deployment, trial);
        let (http, path) = http(trial);
        let request = request(call, &deployed, &http, &path);
        let method = Method {
            authorization: AuthorizationType::Custom,
            authorizer: Some(authorizer.to_owned()),
            api_key_required: false,
            operation_name: None,
            request_parameters: BTreeMap::new(),
            request_models: BTreeMap::new(),
            request_validator: None,
            responses: BTreeMap::new(),
            integration: None,
        };
        let resource = DeployedResource { id: String::new(), path: path.clone(), methods: BTreeMap::new() };
        let matched =
            Matched { resource: &resource, method: &method, any: false, parameters: BTreeMap::new() };
        let aimed = self.trying(Arrived { request: &request, deployed: &deployed }, matched);
        self.ask_authorizer(&aimed).await
    }

    fn trying<'a>(&self, arrived: Arrived<'a>, matched: Matched<'a>) -> Aimed<'a> {
        let Arrived { request, deployed } = arrived;
        let (api, stage) = (deployed.api.as_ref(), deployed.stage.as_ref());
        Aimed { request, deployed, rows: self.store.read(), api, stage, matched }
    }
}

fn deployed(api: Arc<RestApi>, deployment: Deployment, trial: &Trial) -> Deployed {
    let stage = Stage {
        scope: api.scope.clone(),
        api: api.id.clone(),
        name: STAGE.to_owned(),
        deployment: deployment.id.clone(),
        description: None,
        variables: trial.stage_variables.clone(),
        throttles: BTreeMap::new(),
        access_log: None,
        canary: None,
        logging: BTreeMap::new(),
        created: deployment.created,
        updated: deployment.created,
        tags: BTreeMap::new(),
    };
    Deployed {
        api,
        stage: Arc::new(stage),
        compiled: Arc::new(Compiled::of(Arc::new(deployment))),
        is_canary: false,
    }
}

fn http(trial: &Trial) -> (Request, String) {
    let (path, query) = trial.path_with_query.split_once('?').unwrap_or((&trial.path_with_query, ""));
    let path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
    let request = Request {
        method: trial.verb.clone(),
        path: path.clone(),
        query: query.to_owned(),
        headers: trial.headers.clone(),
        body: trial.body.clone().into(),
    };
    (request, path)
}

fn request<'a>(call: &'a Call, deployed: &'a Deployed, http: &'a Request, path: &'a str) -> ApiRequest<'a> {
    ApiRequest {
        api: &deployed.api.id,
        region: None,
        stage: STAGE,
        path,
        domain: "testPrefix.testDomainName",
        base_path: None,
        http,
        source: &call.source,
        request_id: &call.request_id,
        now: call.now,
        signer: Signer::Nobody,
    }
}
