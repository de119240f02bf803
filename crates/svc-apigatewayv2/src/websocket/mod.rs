//! WebSocket APIs: clients that stay, the messages that they send, and those that are sent to them.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html>

mod connect;
mod connections;
mod event;
mod manage;
mod message;

pub use connect::Connected;
pub use connections::Connection;
pub(crate) use connections::Connections;

use crate::ApiGatewayV2;
use crate::call::{Refusal, execute_api_arn};
use crate::model::integration_uri::{function, with_stage_variables};
use crate::needs::{FunctionAnswer, Invoking};
use crate::state::{Api, Deployment, Route, Stage};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The way to one client.
pub trait Client: Send + Sync {
    /// Whether the message could be handed over.
    fn send(&self, message: Vec<u8>) -> bool;

    fn close(&self);
}

/// What a stage of a WebSocket API serves.
struct Served {
    api: Arc<Api>,
    stage: Arc<Stage>,
    deployment: Arc<Deployment>,
}

impl Served {
    fn route(&self, key: &str) -> Option<&Route> {
        self.deployment.content.routes.values().find(|route| route.key == key)
    }

    /// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/KEY`.
    fn arn(&self, key: &str) -> String {
        execute_api_arn(&self.api, &format!("{}/{key}", self.stage.name))
    }
}

impl ApiGatewayV2 {
    /// Invokes the function behind a route; `None` where the route has no integration.
    async fn invoke_route(
        &self,
        served: &Served,
        route: &Route,
        event: Value,
    ) -> Result<Option<Value>, Refusal> {
        let integrations = &served.deployment.content.integrations;
        let Some(integration) = route.target.as_ref().and_then(|id| integrations.get(id)) else {
            return Ok(None);
        };
        let named = function(&integration.uri).unwrap_or_default();
        let invoking = Invoking {
            scope: served.api.scope.clone(),
            function: with_stage_variables(named, &served.stage.variables),
            source_arn: served.arn(&route.key),
            payload: event.to_string().into_bytes(),
        };
        let patience = Duration::from_millis(u64::try_from(integration.timeout_ms).unwrap_or(0));
        let invoked = tokio::time::timeout(patience, self.needs.functions.invoke(invoking)).await;
        let late = |_| Refusal::timed_out(format!("the function took longer than {patience:?}"));
        let FunctionAnswer { payload, is_error } =
            invoked.map_err(late)?.map_err(|error| Refusal::bad_gateway(error.to_string()))?;
        if is_error {
            return Err(Refusal::bad_gateway("the function failed: its log says why"));
        }
        let answer = serde_json::from_slice(&payload);
        answer.map(Some).map_err(|_| Refusal::bad_gateway("malformed answer of the function: it is no JSON"))
    }
}
