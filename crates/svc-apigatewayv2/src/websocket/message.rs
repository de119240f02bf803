//! A message of a client, and its end.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html>

use super::event::{Happening, disconnect_event, message_event};
use super::{Connection, Served};
use crate::ApiGatewayV2;
use crate::call::{Refusal, deployment_of};
use crate::model::json_path;
use crate::model::route_key::{DEFAULT, DISCONNECT};
use crate::model::selection;
use crate::state::{Api, Route, Stage};
use serde_json::{Value, json};

impl ApiGatewayV2 {
    /// Hands a message to its route. What goes wrong the client is told on its connection, and why it did is
    /// returned for who may ask.
    pub async fn received(
        &self,
        connection: &Connection,
        message: &[u8],
        request_id: &str,
    ) -> Option<Refusal> {
        let now = self.needs.clock.now();
        connection.touch(now);
        match self.deliver(connection, message, request_id).await {
            Ok(Some(answer)) => {
                connection.send(answer);
                None
            }
            Ok(None) => None,
            Err(refusal) => {
                let told = json!({
                    "message": refusal.message, "connectionId": connection.id, "requestId": request_id,
                });
                connection.send(told.to_string().into_bytes());
                Some(refusal)
            }
        }
    }

    async fn deliver(
        &self,
        connection: &Connection,
        message: &[u8],
        request_id: &str,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let now = self.needs.clock.now();
        let served = self.still_served(connection)?;
        let expression = served.deployment.route_selection_expression.trim_matches('\'');
        let key = selection::key(expression, message);
        let route = key.as_deref().filter(|key| !key.starts_with('$')).and_then(|key| served.route(key));
        let none = || Refusal::forbidden("the API has no route for the message, and no $default route");
        let route = route.or_else(|| served.route(DEFAULT)).ok_or_else(none)?;
        self.throttle(&served.api, &served.stage, &route.key, now)?;
        let happening = Happening { kind: "MESSAGE", route_key: &route.key, request_id, now };
        let event = message_event(connection, message, &served.stage, &happening);
        let answer = self.invoke_route(&served, route, event).await?;
        Ok(answer.filter(|_| answers(route)).and_then(|answer| body(&answer)))
    }

    /// Tells the route `$disconnect` that the client has gone.
    pub async fn disconnected(&self, connection: &Connection, code: u16, reason: &str, request_id: &str) {
        self.connections.remove(&connection.id);
        let Ok(served) = self.still_served(connection) else { return };
        let Some(route) = served.route(DISCONNECT) else { return };
        let now = self.needs.clock.now();
        let happening = Happening { kind: "DISCONNECT", route_key: DISCONNECT, request_id, now };
        let event = disconnect_event(connection, code, reason, &served.stage, &happening);
        if let Err(refusal) = self.invoke_route(&served, route, event).await {
            tracing::info!(connection = connection.id, reason = refusal.reason, "a $disconnect route failed");
        }
    }

    /// What the connection's stage serves now: it may have been deployed anew.
    fn still_served(&self, connection: &Connection) -> Result<Served, Refusal> {
        let rows = self.store.read();
        let gone = || Refusal::forbidden("the API or its stage is no more");
        let scope = &connection.scope;
        let api = rows.get::<Api>(&scope.key(&connection.api))?.ok_or_else(gone)?;
        let stage = rows.get::<Stage>(&scope.key(&format!("{}/{}", connection.api, connection.stage)))?;
        let stage = stage.ok_or_else(gone)?;
        let deployment = deployment_of(&rows, &stage)?;
        Ok(Served { api, stage, deployment })
    }
}

/// Whether the function's answer goes back to the client.
fn answers(route: &Route) -> bool {
    route.response_selection_expression.is_some() && !route.responses.is_empty()
}

/// What goes back: the body of the answer, if it has one.
fn body(answer: &Value) -> Option<Vec<u8>> {
    let body = answer.get("body").filter(|body| !body.is_null())?;
    Some(json_path::text(body).into_bytes())
}
