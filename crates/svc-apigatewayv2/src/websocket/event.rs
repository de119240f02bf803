//! The events of connections: CONNECT, MESSAGE and DISCONNECT.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html>

use super::Connection;
use crate::call::{ApiRequest, Caller};
use crate::model::request_time;
use crate::state::Stage;
use base::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One event of a connection.
pub(super) struct Happening<'a> {
    pub(super) kind: &'static str,
    pub(super) route_key: &'a str,
    pub(super) request_id: &'a str,
    pub(super) now: Timestamp,
}

fn context(connection: &Connection, happening: &Happening<'_>) -> Value {
    let mut context = json!({
        "apiId": connection.api,
        "connectedAt": connection.connected.millis(),
        "connectionId": connection.id,
        "domainName": connection.domain,
        "eventType": happening.kind,
        "extendedRequestId": happening.request_id,
        "identity": { "sourceIp": connection.source_ip },
        "messageDirection": "IN",
        "requestId": happening.request_id,
        "requestTime": request_time::text(happening.now),
        "requestTimeEpoch": happening.now.millis(),
        "routeKey": happening.route_key,
        "stage": connection.stage,
    });
    if let Some(agent) = &connection.user_agent {
        context["identity"]["userAgent"] = json!(agent);
    }
    match &connection.caller {
        Caller::Nobody | Caller::Jwt { .. } => {}
        Caller::Iam(caller) => {
            let identity = &mut context["identity"];
            identity["accountId"] = json!(caller.account.as_str());
            identity["caller"] = json!(caller.principal.user_id());
            identity["user"] = json!(caller.principal.user_id());
            identity["userArn"] = json!(caller.principal.arn());
            identity["accessKey"] = json!(caller.access_key_id);
        }
        Caller::Function { principal, context: said } => {
            let mut said = said.clone();
            said.insert("principalId".to_owned(), json!(principal));
            context["authorizer"] = Value::Object(said);
        }
    }
    context
}

/// The event of a new client, with what its handshake said.
pub(super) fn connect_event(
    connection: &Connection,
    request: &ApiRequest<'_>,
    stage: &Stage,
    happening: &Happening<'_>,
) -> Value {
    let mut event = handshake(request, stage);
    event["requestContext"] = context(connection, happening);
    event["isBase64Encoded"] = json!(false);
    event
}

/// The event of an authorizer.
pub(super) fn authorizer_event(
    connection: &Connection,
    request: &ApiRequest<'_>,
    stage: &Stage,
    arn: &str,
    happening: &Happening<'_>,
) -> Value {
    let mut event = handshake(request, stage);
    event["type"] = json!("REQUEST");
    event["methodArn"] = json!(arn);
    event["requestContext"] = context(connection, happening);
    event
}

fn handshake(request: &ApiRequest<'_>, stage: &Stage) -> Value {
    let (headers, all_headers) = last_and_all(request.http.headers.iter().cloned());
    let query = form_urlencoded::parse(request.http.query.as_bytes()).into_owned();
    let (query, all_query) = last_and_all(query);
    let mut event = json!({ "headers": headers, "multiValueHeaders": all_headers });
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query);
        event["multiValueQueryStringParameters"] = json!(all_query);
    }
    if !stage.variables.is_empty() {
        event["stageVariables"] = json!(stage.variables);
    }
    event
}

type Last = BTreeMap<String, String>;
type All = BTreeMap<String, Vec<String>>;

fn last_and_all(pairs: impl Iterator<Item = (String, String)>) -> (Last, All) {
    let (mut last, mut all) = (Last::new(), All::new());
    for (name, value) in pairs {
        all.entry(name.clone()).or_default().push(value.clone());
        last.insert(name, value);
    }
    (last, all)
}

/// The event of a message. Bytes that are no text come in base64.
pub(super) fn message_event(
    connection: &Connection,
    message: &[u8],
    stage: &Stage,
    happening: &Happening<'_>,
) -> Value {
    let text = std::str::from_utf8(message).map(str::to_owned);
    let is_base64_encoded = text.is_err();
    let mut event = json!({
        "requestContext": context(connection, happening),
        "body": text.unwrap_or_else(|_| BASE64.encode(message)),
        "isBase64Encoded": is_base64_encoded,
    });
    event["requestContext"]["messageId"] = json!(happening.request_id);
    if !stage.variables.is_empty() {
        event["stageVariables"] = json!(stage.variables);
    }
    event
}

/// The event of a client that has gone.
pub(super) fn disconnect_event(
    connection: &Connection,
    code: u16,
    reason: &str,
    stage: &Stage,
    happening: &Happening<'_>,
) -> Value {
    let mut event = json!({
        "headers": { "Host": connection.domain, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" },
        "multiValueHeaders": {
            "Host": [connection.domain], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""],
        },
        "requestContext": context(connection, happening),
        "isBase64Encoded": false,
    });
    event["requestContext"]["disconnectStatusCode"] = json!(code);
    event["requestContext"]["disconnectReason"] = json!(reason);
    if !stage.variables.is_empty() {
        event["stageVariables"] = json!(stage.variables);
    }
    event
}
