//! Clients of WebSocket APIs, put between the edge and the APIs.

use crate::apis::UserApis;
use crate::refusals::{About, Refusals};
use base::{AccountId, Ids};
use edge::{Accepted, ApiCall, Apis, Conversation, ToClient, Told};
use std::sync::Arc;
use svc_apigatewayv2::{ApiGatewayV2, Client, Connected, Connection};
use wire::http::Response;

/// The way to a client, as the APIs know it.
struct Way(edge::Client);

impl Client for Way {
    fn send(&self, message: Vec<u8>) -> bool {
        self.0.try_send(ToClient::Message(message)).is_ok()
    }

    fn close(&self) {
        // A client whose messages are never read is not told: its time runs out.
        let _ = self.0.try_send(ToClient::Close);
    }
}

/// One client that was let in.
struct Talk {
    gateway: Arc<ApiGatewayV2>,
    connection: Arc<Connection>,
    ids: Arc<dyn Ids>,
    refusals: Arc<Refusals>,
    owner: AccountId,
    about: About,
}

impl Conversation for Talk {
    fn received(&self, message: Vec<u8>) -> Told<'_> {
        Box::pin(async move {
            let request_id = self.ids.uuid();
            if let Some(refusal) = self.gateway.received(&self.connection, &message, &request_id).await {
                tracing::info!(%request_id, reason = refusal.reason, "a WebSocket API refused a message");
                let about = self.about.with_request_id(request_id);
                self.refusals.note(&about, Some(self.owner.clone()), &refusal.into());
            }
        })
    }

    fn closed(&self, code: u16, reason: String) -> Told<'_> {
        Box::pin(async move {
            self.gateway.disconnected(&self.connection, code, &reason, &self.ids.uuid()).await;
        })
    }
}

impl UserApis {
    pub(crate) async fn let_in(&self, call: ApiCall, client: edge::Client) -> Result<Accepted, Response> {
        let call = self.mapped(call)?;
        // Other APIs take no notice of what a client would like to speak.
        if !self.gateway_v2.speaks_websocket(&call.address.api) {
            return Err(self.answer(call).await);
        }
        let about = About::from(&call);
        let owner = self.gateway_v2.owner(&call.address.api);
        let asked = crate::apis::http_request(&call);
        let way = Arc::new(Way(client));
        let Connected { connection, protocol, limits } =
            self.gateway_v2.connect(asked, way).await.map_err(|refusal| {
                let response = refusal.response();
                let (request_id, reason) = (&call.request_id, &refusal.reason);
                tracing::info!(%request_id, api = call.address.api, reason, "an API refused");
                self.refusals.note(&about, owner.clone(), &refusal.into());
                response
            })?;
        let talk = Talk {
            gateway: self.gateway_v2.clone(),
            connection,
            ids: self.ids.clone(),
            refusals: self.refusals.clone(),
            owner: owner.unwrap_or_default(),
            about,
        };
        Ok(Accepted {
            conversation: Arc::new(talk),
            protocol,
            idle: limits.idle,
            lifetime: limits.lifetime,
            message_bytes: limits.message_bytes,
            frame_bytes: limits.frame_bytes,
        })
    }
}
