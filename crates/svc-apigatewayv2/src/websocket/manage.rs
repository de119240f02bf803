//! `@connections`: what a back end does with a connection.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>

use super::Connection;
use crate::call::{Answered, ApiRequest, Refusal, execute_api_arn, signed};
use crate::model::path;
use crate::state::{Api, Stage};
use crate::{ApiGatewayV2, quota};
use serde_json::json;
use std::sync::Arc;
use wire::http::Response;

const ACTION: &str = "execute-api:ManageConnections";
const NAME: &str = "@connections";

impl ApiGatewayV2 {
    /// Answers a request to a WebSocket API that is no handshake.
    pub(crate) fn manage(&self, api: &Api, request: &ApiRequest<'_>) -> Answered {
        match self.managed(api, request) {
            Ok(response) => Answered { response, refused: None },
            Err(refusal) => Answered { response: refusal.aws_error(), refused: Some(refusal) },
        }
    }

    fn managed(&self, api: &Api, request: &ApiRequest<'_>) -> Result<Response, Refusal> {
        // A domain name's mapping has the stage that else stands in the path.
        let mapped = request.mapped.as_ref().map(|mapped| format!("/{}{}", mapped.stage, mapped.path));
        let parts = path::parts(mapped.as_deref().unwrap_or(request.path));
        let [stage, name, id] = parts.as_slice() else { return Err(no_handshake()) };
        if name != NAME || id.is_empty() {
            return Err(no_handshake());
        }
        let known = self.store.read().get::<Stage>(&api.scope.key(&format!("{}/{stage}", api.id)))?;
        known.ok_or_else(|| Refusal::forbidden(format!("the API has no stage `{stage}`")))?;
        let method = request.http.method.as_str();
        let call = signed(&request.signer)?;
        self.ask_policies(call, ACTION, execute_api_arn(api, &format!("{stage}/{method}/{NAME}/{id}")))?;
        let gone = || Refusal::gone(format!("no connection {id} is open at this stage"));
        let connection = self.connections.get(&api.id, stage, id).ok_or_else(gone)?;
        match method {
            "POST" => send(&connection, request),
            "GET" => Ok(described(&connection)),
            "DELETE" => {
                connection.close();
                Ok(Response { status: 204, ..Response::default() })
            }
            _ => Err(no_handshake()),
        }
    }
}

fn no_handshake() -> Refusal {
    Refusal::forbidden(
        "a WebSocket API answers to WebSocket clients, and to signed requests about its @connections",
    )
}

fn send(connection: &Arc<Connection>, request: &ApiRequest<'_>) -> Result<Response, Refusal> {
    let body = &request.http.body;
    if body.len() > quota::MESSAGE_BYTES {
        return Err(Refusal::payload_too_large("the message is larger than 128 KB"));
    }
    if !connection.send(body.to_vec()) {
        return Err(Refusal::gone("the client is going, or takes no more messages"));
    }
    connection.touch(request.now);
    Ok(Response { status: 200, ..Response::default() })
}

fn described(connection: &Connection) -> Response {
    let mut identity = json!({ "sourceIp": connection.source_ip });
    if let Some(agent) = &connection.user_agent {
        identity["userAgent"] = json!(agent);
    }
    let body = json!({
        "connectedAt": connection.connected.iso8601_ms(),
        "identity": identity,
        "lastActiveAt": connection.last_active().iso8601_ms(),
    });
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Response { status: 200, headers, body: body.to_string().into(), ..Response::default() }
}
