//! API Gateway's second API: HTTP APIs and WebSocket APIs in front of functions, and who may call them.
//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html>
//!
//! `ops` is the control plane: it writes what an API is. [`ApiGatewayV2::answer`] is the data plane of
//! HTTP APIs: it takes a request through the ordered list of questions in `call`;
//! `websocket` is that of WebSocket APIs.

pub mod api;
mod call;
mod deploy;
mod domain_names;
mod error;
mod model;
pub mod needs;
mod ops;
mod page;
mod quota;
mod read;
mod render;
mod shape;
mod state;
mod tags;
mod vpc_links;
mod websocket;

pub use call::{Answered, ApiRequest, Mapped, Refusal};
pub use needs::Needs;
pub use ops::registry;
pub use websocket::{Client, Connected, Connection};

use openid::IssuerKeys;
use std::sync::Arc;
use store::Store;

/// Letters of the ids of APIs, routes and all their parts.
const ID_LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Whether an API has a stage; `None` where there is no such API.
///
/// # Errors
/// When the store cannot be read.
pub fn has_stage(
    rows: &store::Snapshot,
    scope: &base::Scope,
    api: &str,
    stage: &str,
) -> Result<Option<bool>, store::Fault> {
    if rows.get::<state::Api>(&scope.key(api))?.is_none() {
        return Ok(None);
    }
    Ok(Some(rows.get::<state::Stage>(&scope.key(&format!("{api}/{stage}")))?.is_some()))
}

pub struct ApiGatewayV2 {
    store: Store,
    needs: Needs,
    issuers: IssuerKeys,
    answers: call::AuthorizerAnswers,
    /// Wakes who gives VPC links their interfaces.
    links_changed: tokio::sync::Notify,
    connections: websocket::Connections,
}

impl ApiGatewayV2 {
    pub fn new(store: Store, needs: Needs) -> Arc<Self> {
        Arc::new(Self {
            store,
            issuers: IssuerKeys::new(needs.issuers.clone()),
            needs,
            answers: call::AuthorizerAnswers::default(),
            links_changed: tokio::sync::Notify::new(),
            connections: websocket::Connections::default(),
        })
    }

    /// The account that an API is in, if there is an HTTP or WebSocket API of this id.
    pub fn owner(&self, api: &str) -> Option<base::AccountId> {
        let found = self.store.read().get::<state::ApiOwner>(api).ok()??;
        Some(found.scope.account.clone())
    }

    /// Whether an API of this id takes WebSocket clients.
    pub fn speaks_websocket(&self, api: &str) -> bool {
        let rows = self.store.read();
        let owner = rows.get::<state::ApiOwner>(api).ok().flatten();
        let found = owner.and_then(|owner| rows.get::<state::Api>(&owner.scope.key(api)).ok().flatten());
        found.is_some_and(|api| api.protocol == state::Protocol::WebSocket)
    }

    fn id(&self, length: usize) -> String {
        self.needs.ids.pick(length, ID_LETTERS)
    }
}
