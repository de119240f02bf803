//! What happens to one request at the door, in order:
//!
//! 1. it gets an id;
//! 2. its head becomes plain data;
//! 3. health questions are answered;
//! 4. a request to an API that somebody made goes to that API ([`crate::Apis`]);
//! 5. the service it claims to be for sets how large its body may be, and the body is read, unless
//!    it comes in chunks, each of which is checked with what the signature says;
//! 6. its signature is checked, and whether it fits the name and endpoint it came by;
//! 7. the service, or moat's own interface, answers; a client that hangs up does not stop an operation
//!    half way.

use crate::authenticate::{self, Authenticated, Refused, authenticate};
use crate::body::Arriving;
use crate::destination::Destination;
use crate::host::EndpointName;
use crate::lasting::Lasting;
use crate::listen::{Origin, Parts};
use crate::{apis, health, message, unserved};
use base::{AccountId, Region, Scope, Timestamp};
use bytes::Bytes;
use hyper::body::Incoming;
use policy::Principal;
use service::{Call, Caller, ServiceError, SessionFacts, Source, SourceEndpoint, Tls};
use sigv4::{Chunks, Error, Presented};
use std::net::IpAddr;
use std::sync::Arc;
use wire::http::{Request, Response};

/// moat's own interface, by signing name and path.
const INTERNAL_NAME: &str = "moat";
const INTERNAL_PREFIX: &str = "/_moat/";

/// Where one connection came from.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) origin: Arc<Origin>,
    pub(crate) peer: IpAddr,
    pub(crate) tls: Option<Arc<Tls>>,
}

impl Arrival {
    pub(crate) fn source(&self) -> Source {
        let endpoint = match &*self.origin {
            Origin::Endpoint { vpc, vpce, .. } => {
                Some(SourceEndpoint { vpc: vpc.clone(), vpce: vpce.clone() })
            }
            Origin::Host | Origin::Public => None,
        };
        let secure_transport = self.tls.is_some() || *self.origin == Origin::Host;
        Source { ip: self.peer, endpoint, secure_transport, tls: self.tls.clone() }
    }

    fn is_host(&self) -> bool {
        *self.origin == Origin::Host
    }
}

pub(crate) async fn answer(
    parts: Arc<Parts>,
    arrival: Arrival,
    incoming: hyper::Request<Incoming>,
) -> hyper::Response<message::Outgoing> {
    let request_id = parts.ids.uuid();
    let (head, body) = incoming.into_parts();
    let is_head = head.method == hyper::Method::HEAD;
    let mut response = respond(&parts, &arrival, &head, body, &request_id).await;
    if is_head {
        response.body = Bytes::new();
        response.rest = None;
    }
    message::outgoing(response, &request_id)
}

async fn respond(
    parts: &Arc<Parts>,
    arrival: &Arrival,
    head: &hyper::http::request::Parts,
    body: Incoming,
    request_id: &str,
) -> Response {
    let mut request = match message::head(head) {
        Ok(request) => request,
        Err(header) => return undecodable(parts, &header, request_id),
    };
    if arrival.is_host() && health::is_health(&request) {
        return health::answer(&request, &parts.services.models());
    }
    let waits = request.header("expect").is_some();
    let arriving = |limit| Arriving { body, limit, pause: parts.limits.body_timeout, waits };
    if let Some(address) = apis::address(parts, arrival, &request) {
        let arriving = arriving(parts.limits.body_bytes);
        return apis::answer(parts, arrival, address, request, arriving, request_id).await;
    }
    let models = parts.services.models();
    let presented = Presented::read(&authenticate::view(&request));
    let claimed = presented.as_ref().ok().map(|p| p.scope.service.clone());
    let arriving = arriving(parts.limits.body_for(claimed.as_deref()));
    let found = |request: &Request| Destination::find(&models, claimed.as_deref(), request);
    let admitted = if presented.as_ref().is_ok_and(|p| authenticate::is_stream(p, &request)) {
        // Such a body is checked chunk by chunk, by a signature that has to be right first.
        let admitted = admit(parts, arrival, presented, &found(&request), &request, request_id);
        streamed(arriving, admitted, &mut request).await
    } else {
        match arriving.whole().await {
            Ok(bytes) => request.body = bytes,
            Err(error) => return found(&request).dress.error(error.answer(), request_id),
        }
        admit(parts, arrival, presented, &found(&request), &request, request_id).map(|admitted| admitted.call)
    };
    let destination = found(&request);
    match admitted {
        Ok(call) => serve(parts, arrival, destination, call, request).await,
        Err(Refused::Signature(error)) => {
            note_refusal(parts, arrival, &destination, &request, request_id, &error);
            destination.dress.signature(&error, request_id)
        }
        Err(Refused::Error(error)) => destination.dress.error(error, request_id),
    }
}

/// Reads the body in chunks of a request whose signature was found right or not.
async fn streamed(
    arriving: Arriving,
    admitted: Result<Admitted, Refused>,
    request: &mut Request,
) -> Result<Call, Refused> {
    let Admitted { call, chunks } = match admitted {
        Ok(admitted) => admitted,
        Err(refused) => {
            arriving.refuse().await;
            return Err(refused);
        }
    };
    if let Some(chunks) = chunks {
        request.body = arriving.chunks(chunks).await.map_err(|error| Refused::Error(error.answer()))?;
        // The encoding was that of the way here.
        for (name, value) in &mut request.headers {
            if name == "content-encoding" {
                *value = without_chunked(value);
            }
        }
    }
    Ok(call)
}

fn without_chunked(encodings: &str) -> String {
    let rest = encodings.split(',').map(str::trim).filter(|e| !e.eq_ignore_ascii_case("aws-chunked"));
    rest.collect::<Vec<_>>().join(",")
}

/// A request that may go on.
struct Admitted {
    call: Call,
    /// The reader of a body in chunks.
    chunks: Option<Chunks>,
}

fn admit(
    parts: &Parts,
    arrival: &Arrival,
    presented: Result<Presented, Error>,
    destination: &Destination,
    request: &Request,
    request_id: &str,
) -> Result<Admitted, Refused> {
    let now = parts.clock.now();
    let presented = match presented {
        Err(Error::MissingAuthenticationToken) if is_unsigned(arrival, destination, request) => {
            let (caller, region) = nobody(request);
            let call = frame(arrival, request, request_id, caller, region, now);
            return Ok(Admitted { call, chunks: None });
        }
        presented => presented?,
    };
    let Authenticated { caller, region, chunks } =
        authenticate(parts.services.authority(), &presented, request, now)?;
    let models = parts.services.models();
    let signing_name = destination.signing_name.as_deref();
    authenticate::check_scope(&presented, signing_name, &models, &arrival.origin, request)?;
    if is_internal(arrival, request) && presented.scope.service != INTERNAL_NAME {
        return Err(Error::ScopeService(INTERNAL_NAME.to_owned()).into());
    }
    Ok(Admitted { call: frame(arrival, request, request_id, caller, region, now), chunks })
}

/// Whether the request is for one of the few operations that nobody signs, and came where its
/// service is served.
fn is_unsigned(arrival: &Arrival, destination: &Destination, request: &Request) -> bool {
    let Some(model) = destination.model else { return false };
    let is_served = match &*arrival.origin {
        Origin::Endpoint { service: Some(service), .. } => service == model.service.signing_name,
        Origin::Endpoint { service: None, .. } | Origin::Host | Origin::Public => true,
    };
    is_served && !is_internal(arrival, request) && model.is_unsigned(request)
}

/// Who has not signed, and the region that the name in the request tells.
fn nobody(request: &Request) -> (Caller, Region) {
    let endpoint = EndpointName::parse(request.header("host").unwrap_or_default());
    let region = endpoint.and_then(|endpoint| endpoint.region?.parse().ok()).unwrap_or_default();
    let caller = Caller {
        principal: Principal::Anonymous,
        account: AccountId::default(),
        access_key_id: String::new(),
        session_policies: Vec::new(),
        session_started: None,
        session_facts: SessionFacts::default(),
    };
    (caller, region)
}

pub(crate) fn frame(
    arrival: &Arrival,
    request: &Request,
    request_id: &str,
    caller: Caller,
    region: Region,
    now: Timestamp,
) -> Call {
    Call {
        scope: Scope { account: caller.account.clone(), region },
        caller,
        request_id: request_id.to_owned(),
        now,
        source: arrival.source(),
        user_agent: request.header("user-agent").map(str::to_owned),
    }
}

/// Tells the record of calls about a refused signature, when the request names a key that exists:
/// that says whose record it belongs to.
fn note_refusal(
    parts: &Parts,
    arrival: &Arrival,
    destination: &Destination,
    request: &Request,
    request_id: &str,
    error: &Error,
) {
    let (Ok(presented), Some(model)) = (Presented::read(&authenticate::view(request)), destination.model)
    else {
        return;
    };
    let now = parts.clock.now();
    let token = presented.session_token.as_deref();
    let (Ok(identity), Ok(region)) = (
        parts.services.authority().identify(&presented.access_key_id, token, now),
        presented.scope.region.parse(),
    ) else {
        return;
    };
    let call = frame(arrival, request, request_id, identity.caller, region, now);
    let refusal = destination.dress.refusal(error);
    // The further lines repeat the request's headers, among them its session token.
    let first_line = refusal.message.lines().next().unwrap_or_default();
    let error = ServiceError::client(refusal.code, first_line).status(refusal.status);
    parts.services.refused(model.service.signing_name, &call, request, &error);
}

fn is_internal(arrival: &Arrival, request: &Request) -> bool {
    arrival.is_host() && request.path.starts_with(INTERNAL_PREFIX)
}

async fn serve(
    parts: &Arc<Parts>,
    arrival: &Arrival,
    destination: Destination,
    call: Call,
    request: Request,
) -> Response {
    let (dress, request_id) = (destination.dress, call.request_id.clone());
    let internal = is_internal(arrival, &request);
    let parts = parts.clone();
    let answered = Lasting::new(async move {
        match destination.model {
            _ if internal => parts.internal.handle(&call, &request).await,
            Some(model) => parts.services.handle(model.service.signing_name, &call, &request).await,
            None => unserved::answer(&parts, &destination, &call, &request),
        }
    });
    answered.await.unwrap_or_else(|fault| dress.error(ServiceError::internal(fault), &request_id))
}

/// Without readable headers nothing is known of the client, so the plainest form is used.
fn undecodable(parts: &Parts, header: &str, request_id: &str) -> Response {
    let destination = Destination::find(&parts.services.models(), None, &Request::default());
    let text = format!("the value of the header `{header}` is not UTF-8");
    destination.dress.error(ServiceError::client("SerializationException", text), request_id)
}
