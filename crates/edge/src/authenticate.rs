//! From a signature to a caller.

use crate::body::BodyError;
use crate::host::EndpointName;
use crate::listen::Origin;
use base::{Region, Timestamp};
use service::{Authority, Caller, IdentifyError, ServiceError};
use sigv4::{Chunks, Error, Payload, Presented, Rules, Secret, Stream};
use wire::http::Request;
use wire::schema::Model;

/// The caller and the region the request was signed for.
pub(crate) struct Authenticated {
    pub(crate) caller: Caller,
    pub(crate) region: Region,
    /// The reader of a body in chunks.
    pub(crate) chunks: Option<Chunks>,
}

/// Why a request is turned away at the door.
pub(crate) enum Refused {
    Signature(Error),
    Error(ServiceError),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Signature(error)
    }
}

/// Whether the body comes in chunks, which its own signature says nothing about.
pub(crate) fn is_stream(presented: &Presented, request: &Request) -> bool {
    Rules::of(&presented.scope.service).unsigned_payload
        && request.header("x-amz-content-sha256").is_some_and(|hash| Stream::of(hash).is_some())
}

pub(crate) fn view(request: &Request) -> sigv4::Request<'_> {
    sigv4::Request {
        method: &request.method,
        path: &request.path,
        query: &request.query,
        headers: &request.headers,
        body: &request.body,
    }
}

/// Checks the signature against the key's secret; the access key must exist first, as on AWS.
pub(crate) fn authenticate(
    authority: &dyn Authority,
    presented: &Presented,
    request: &Request,
    now: Timestamp,
) -> Result<Authenticated, Refused> {
    let region =
        presented.scope.region.parse().map_err(|_| Error::ScopeRegion(presented.scope.region.clone()))?;
    let token = presented.session_token.as_deref();
    let identity = authority.identify(&presented.access_key_id, token, now).map_err(unidentified)?;
    // The authority has compared the token with the key's; here it is only part of the text.
    let secret = Secret { secret_access_key: identity.secret.expose(), session_token: token };
    let rules = Rules::of(&presented.scope.service);
    let chunks = match presented.verify(&view(request), &secret, now, rules)? {
        Payload::Signed | Payload::Unsigned => None,
        Payload::Streaming(stream) => {
            Some(presented.chunks(stream, &view(request), identity.secret.expose()))
        }
    };
    let chunks = chunks.transpose().map_err(|error| Refused::Error(BodyError::Stream(error).answer()))?;
    Ok(Authenticated { caller: identity.caller, region, chunks })
}

fn unidentified(error: IdentifyError) -> Refused {
    match error {
        IdentifyError::UnknownKey | IdentifyError::InvalidToken => Error::InvalidClientToken.into(),
        IdentifyError::ExpiredToken => Error::ExpiredToken.into(),
        IdentifyError::Fault(fault) => Refused::Error(fault.into()),
    }
}

/// The name that was called and the endpoint it came through must be those of the service and
/// region it was signed for: a signature for one service is worth nothing at another. `signing_name` is
/// that of the service which is to answer.
pub(crate) fn check_scope(
    presented: &Presented,
    signing_name: Option<&str>,
    models: &[&'static Model],
    origin: &Origin,
    request: &Request,
) -> Result<(), Error> {
    let scope = &presented.scope;
    if let Origin::Endpoint { service: Some(service), .. } = origin
        && *service != scope.service
    {
        return Err(Error::ScopeService(service.clone()));
    }
    let Some(endpoint) = EndpointName::parse(request.header("host").unwrap_or_default()) else {
        return Ok(());
    };
    let named = models.iter().find(|m| m.service.endpoint_prefix == endpoint.prefix);
    if let Some(named) = named
        && signing_name != Some(named.service.signing_name)
    {
        return Err(Error::ScopeService(named.service.signing_name.to_owned()));
    }
    match endpoint.region {
        Some(region) if region != scope.region => Err(Error::ScopeRegion(scope.region.clone())),
        _ => Ok(()),
    }
}
