//! Requests to APIs: whether they have to be signed is the API's business, so the edge says who
//! signed and leaves the rest to it.

use crate::answer::{Arrival, frame};
use crate::authenticate::{self, Refused, authenticate};
use crate::body::Arriving;
use crate::dress::Dress;
use crate::lasting::Lasting;
use crate::listen::{Origin, Parts};
use crate::services::Reply;
use crate::sockets::{Client, Connecting};
use crate::{ApiAddress, ApiKind, message};
use base::Timestamp;
use service::{Call, ServiceError, Signer, Source};
use sigv4::{Error, Presented};
use std::sync::Arc;
use wire::http::{Request, Response};

/// One request to an API, as it arrived.
pub struct ApiCall {
    pub address: ApiAddress,
    pub request: Request,
    pub source: Source,
    pub request_id: String,
    pub now: Timestamp,
    pub signer: Signer,
}

/// The certificate of a domain name.
pub enum DomainCertificate {
    AsKnown,
    /// PEM: the certificate with its chain, and its key.
    Anew {
        version: String,
        chain: String,
        key: String,
    },
}

/// The APIs that users have made.
pub trait Apis: Send + Sync {
    fn answer(&self, call: ApiCall) -> Reply<'_>;

    /// Whether a host name is the domain name of an API.
    fn has_domain(&self, host: &str) -> bool {
        let _ = host;
        false
    }

    /// What a TLS server of a domain name shows; `known` is the version that the asker has.
    fn certificate(&self, host: &str, known: Option<&str>) -> Option<DomainCertificate> {
        let _ = (host, known);
        None
    }

    /// Whether a WebSocket client is let in; what it is sent goes the way that is given.
    fn connect(&self, call: ApiCall, client: Client) -> Connecting<'_>;
}

/// Reads the body, finds out who signed, and lets the API answer. A client that hangs up does not stop it
/// half way.
pub(crate) async fn answer(
    parts: &Arc<Parts>,
    arrival: &Arrival,
    address: ApiAddress,
    mut request: Request,
    arriving: Arriving,
    request_id: &str,
) -> Response {
    match arriving.whole().await {
        Ok(bytes) => request.body = bytes,
        Err(error) => return unread(&error.answer()),
    }
    let signing_name = address.kind.signing_name();
    let signer = match signer(parts, arrival, &request, request_id, signing_name) {
        Ok(signer) => signer,
        Err(fault) => return unread(&fault),
    };
    let now = parts.clock.now();
    let (source, request_id) = (arrival.source(), request_id.to_owned());
    let call = ApiCall { address, request, source, request_id, now, signer };
    let parts = parts.clone();
    let answered = Lasting::new(async move { parts.apis.answer(call).await }).await;
    answered.unwrap_or_else(|fault| unread(&ServiceError::internal(fault)))
}

/// Where a request goes that is for an API, if its listener leads there.
pub(crate) fn address(parts: &Parts, arrival: &Arrival, request: &Request) -> Option<ApiAddress> {
    let on_host = *arrival.origin == Origin::Host;
    let of_domain = || ApiAddress::of_domain(request).filter(|found| parts.apis.has_domain(&found.domain));
    let found = ApiAddress::find(request, on_host).or_else(of_domain)?;
    leads_to(&arrival.origin, found.kind).then_some(found)
}

/// Whether a listener leads to the API: an endpoint for another service does not, and none leads
/// to functions' own addresses and to domain names, which are on the internet alone.
fn leads_to(origin: &Origin, kind: ApiKind) -> bool {
    match origin {
        Origin::Host | Origin::Public => true,
        Origin::Endpoint { service, .. } => {
            kind == ApiKind::Gateway && service.as_deref().is_none_or(|name| name == kind.signing_name())
        }
    }
}

pub(crate) fn signer(
    parts: &Parts,
    arrival: &Arrival,
    request: &Request,
    request_id: &str,
    signing_name: &str,
) -> Result<Signer, ServiceError> {
    let presented = match Presented::read(&authenticate::view(request)) {
        Ok(presented) => presented,
        Err(Error::MissingAuthenticationToken) => return Ok(Signer::Nobody),
        Err(error) => return Ok(invalid(&error, request, signing_name)),
    };
    match verified(parts, arrival, &presented, request, request_id, signing_name) {
        Ok(call) => Ok(Signer::Caller(Box::new(call))),
        Err(Refused::Signature(error)) => Ok(invalid(&error, request, signing_name)),
        Err(Refused::Error(fault)) => Err(fault),
    }
}

fn verified(
    parts: &Parts,
    arrival: &Arrival,
    presented: &Presented,
    request: &Request,
    request_id: &str,
    signing_name: &str,
) -> Result<Call, Refused> {
    if presented.scope.service != signing_name {
        return Err(Error::ScopeService(signing_name.to_owned()).into());
    }
    let now = parts.clock.now();
    let authenticated = authenticate(parts.services.authority(), presented, request, now)?;
    let models = parts.services.models();
    authenticate::check_scope(presented, Some(signing_name), &models, &arrival.origin, request)?;
    if authenticated.chunks.is_some() {
        return Err(Refused::Error(ServiceError::not_implemented("a body in signed chunks to an API")));
    }
    Ok(frame(arrival, request, request_id, authenticated.caller, authenticated.region, now))
}

fn invalid(error: &Error, request: &Request, signing_name: &str) -> Signer {
    let refusal = Dress::of_unserved(Some(signing_name), request).refusal(error);
    Signer::Invalid { code: refusal.code.to_owned(), message: refusal.message }
}

pub(crate) fn unread(error: &ServiceError) -> Response {
    message::json(error.status, &serde_json::json!({ "message": error.message }))
}
