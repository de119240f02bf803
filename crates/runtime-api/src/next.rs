//! `GET /2018-06-01/runtime/invocation/next`: parked until there is an event.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next>

use crate::answer::{self, Answer};
use crate::{Event, session::Shared};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue};
use http::{HeaderMap, Response};
use http_body_util::Full;

pub async fn next(shared: &Shared) -> Answer {
    let parked = match shared.next() {
        Ok(parked) => parked,
        Err(transition) => return answer::invalid_transition(&transition),
    };
    let Ok((event, headers)) = parked.await else { return answer::gone() };
    let mut response = Response::new(Full::new(event.payload));
    *response.headers_mut() = headers;
    response
}

/// The headers that carry everything of an event but its payload.
pub fn headers(event: &Event) -> Result<HeaderMap, InvalidHeaderValue> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let deadline = event.deadline.millis().to_string();
    let fields = [
        ("lambda-runtime-aws-request-id", Some(event.request_id.as_str())),
        ("lambda-runtime-deadline-ms", Some(deadline.as_str())),
        ("lambda-runtime-invoked-function-arn", Some(event.function_arn.as_str())),
        ("lambda-runtime-trace-id", event.trace_id.as_deref()),
        ("lambda-runtime-client-context", event.client_context.as_deref()),
        ("lambda-runtime-cognito-identity", event.cognito_identity.as_deref()),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes())?);
        }
    }
    Ok(headers)
}
