//! A client that wants in: the route `$connect` and its authorizer decide.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html>

use super::connections::Parts;
use super::event::{Happening, authorizer_event, connect_event};
use super::{Client, Connection, Served};
use crate::call::{ApiRequest, Asking, Caller, Refusal, authorizer, deployment_of, signed};
use crate::model::json_path;
use crate::model::route_key::CONNECT;
use crate::state::{AuthorizationType, Protocol, Route, Stage};
use crate::{ApiGatewayV2, ID_LETTERS, quota};
use authorizer::{IdentitySource, Spelling};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The header by which a function chooses a protocol of the client's.
const PROTOCOL: &str = "sec-websocket-protocol";

/// What AWS allows a client.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may be silent.
    pub idle: Duration,
    /// How long it may stay.
    pub lifetime: Duration,
    pub message_bytes: usize,
    pub frame_bytes: usize,
}

const LIMITS: Limits = Limits {
    idle: quota::IDLE,
    lifetime: quota::LIFETIME,
    message_bytes: quota::MESSAGE_BYTES,
    frame_bytes: quota::FRAME_BYTES,
};

/// A client that is in.
pub struct Connected {
    pub connection: Arc<Connection>,
    /// The protocol that the function chose.
    pub protocol: Option<String>,
    pub limits: Limits,
}

impl ApiGatewayV2 {
    /// Lets a client in, or says in AWS's words why not.
    pub async fn connect(
        &self,
        request: ApiRequest<'_>,
        client: Arc<dyn Client>,
    ) -> Result<Connected, Refusal> {
        let served = self.served_to(&request)?;
        self.throttle(&served.api, &served.stage, CONNECT, request.now)?;
        let mut connection = Connection::new(self.parts(&request, &served), client);
        let mut protocol = None;
        if let Some(route) = served.route(CONNECT) {
            connection.caller = self.authorize_connection(&connection, &request, &served, route).await?;
            let happening = happening(&request);
            let event = connect_event(&connection, &request, &served.stage, &happening);
            if let Some(answer) = self.invoke_route(&served, route, event).await? {
                protocol = accepted(&answer)?;
            }
        }
        let connection = Arc::new(connection);
        if !self.connections.add(connection.clone()) {
            return Err(Refusal::too_many("there are as many connections as there may be"));
        }
        Ok(Connected { connection, protocol, limits: LIMITS })
    }

    fn served_to(&self, request: &ApiRequest<'_>) -> Result<Served, Refusal> {
        let rows = self.store.read();
        let api = self.called(&rows, request)?;
        if api.protocol != Protocol::WebSocket {
            return Err(Refusal::not_found("an HTTP API does not speak WebSocket"));
        }
        let name = request.mapped.as_ref().map_or(request.path.trim_matches('/'), |mapped| mapped.stage);
        let stage = rows.get::<Stage>(&api.scope.key(&format!("{}/{name}", api.id)))?;
        let stage = stage.ok_or_else(|| Refusal::forbidden(format!("the API has no stage `{name}`")))?;
        let deployment = deployment_of(&rows, &stage)?;
        Ok(Served { api, stage, deployment })
    }

    fn parts(&self, request: &ApiRequest<'_>, served: &Served) -> Parts {
        Parts {
            id: format!("{}=", self.needs.ids.pick(15, ID_LETTERS)),
            scope: served.api.scope.clone(),
            api: served.api.id.clone(),
            stage: served.stage.name.clone(),
            domain: request.domain.to_owned(),
            connected: request.now,
            source_ip: request.source.ip.to_string(),
            user_agent: request.http.header("user-agent").map(str::to_owned),
            caller: Caller::Nobody,
        }
    }

    async fn authorize_connection(
        &self,
        connection: &Connection,
        request: &ApiRequest<'_>,
        served: &Served,
        route: &Route,
    ) -> Result<Caller, Refusal> {
        let arn = served.arn(CONNECT);
        match route.authorization {
            AuthorizationType::None => Ok(Caller::Nobody),
            AuthorizationType::Iam => {
                let call = signed(&request.signer)?;
                self.ask_policies(call, "execute-api:Invoke", arn)?;
                Ok(Caller::Iam(Box::new(call.caller.clone())))
            }
            AuthorizationType::Jwt => Err(Refusal::internal("WebSocket APIs have no token authorizers")),
            AuthorizationType::Custom => {
                let authorizer = authorizer(&served.deployment.content, route)?;
                let happening = happening(request);
                let event = authorizer_event(connection, request, &served.stage, &arn, &happening);
                let sources = authorizer.identity_sources.iter();
                let asking = Asking {
                    api: &served.api,
                    stage: &served.stage,
                    authorizer,
                    arn,
                    now: request.now,
                    keys: request.condition_keys(&served.api.scope),
                    identity: sources.map(|source| identity(source, request, &served.stage)).collect(),
                    event: Box::new(move |_| event.clone()),
                };
                self.authorize_by_function(&asking).await
            }
        }
    }
}

fn happening<'a>(request: &ApiRequest<'a>) -> Happening<'a> {
    Happening { kind: "CONNECT", route_key: CONNECT, request_id: request.request_id, now: request.now }
}

fn identity(source: &str, request: &ApiRequest<'_>, stage: &Stage) -> Option<String> {
    match IdentitySource::parse(source, Spelling::Http)? {
        IdentitySource::Header(name) => request.http.header(&name.to_ascii_lowercase()).map(str::to_owned),
        IdentitySource::Query(name) => {
            let mut pairs = form_urlencoded::parse(request.http.query.as_bytes());
            pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        }
        IdentitySource::Context("identity.sourceIp") => Some(request.source.ip.to_string()),
        IdentitySource::Context("routeKey") => Some(CONNECT.to_owned()),
        IdentitySource::Context("stage") => Some(stage.name.clone()),
        IdentitySource::Context(_) => None,
        IdentitySource::StageVariable(name) => stage.variables.get(name).cloned(),
    }
}

/// A function lets in with a status of success; any other is the client's answer.
fn accepted(answer: &Value) -> Result<Option<String>, Refusal> {
    let status = match answer.get("statusCode") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let Some(status) = status.and_then(|n| u16::try_from(n).ok()).filter(|n| (200..600).contains(n)) else {
        return Err(Refusal::bad_gateway("malformed answer of the function: it lacks statusCode"));
    };
    if status >= 300 {
        return Err(Refusal::by_function(status, answer.get("body").map(json_path::text)));
    }
    let headers = answer.get("headers").and_then(Value::as_object);
    let mut headers = headers.into_iter().flatten();
    let chosen = headers.find(|(name, _)| name.eq_ignore_ascii_case(PROTOCOL));
    Ok(chosen.map(|(_, value)| json_path::text(value)))
}
