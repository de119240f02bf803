//! The small JSON documents that the runtime API answers with.

use crate::{MAX_RESPONSE_BYTES, session::Transition};
use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::Full;

pub type Answer = Response<Full<Bytes>>;

/// What every accepted post is answered with.
pub fn accepted() -> Answer {
    json(StatusCode::ACCEPTED, &serde_json::json!({ "status": "OK" }))
}

pub fn invalid_request_id() -> Answer {
    error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
}

pub fn too_large() -> Answer {
    let message = format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
    error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
}

pub fn invalid_transition(Transition { from, to }: &Transition) -> Answer {
    let message = format!(
        "State transition from {from} to {to} failed for runtime. Error: State transition is not allowed"
    );
    error(StatusCode::FORBIDDEN, "InvalidStateTransition", &message)
}

pub fn unreadable() -> Answer {
    error(StatusCode::BAD_REQUEST, "InvalidRequestFormat", "The request body could not be read.")
}

pub fn gone() -> Answer {
    error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "Internal Server Error")
}

pub fn not_found() -> Answer {
    text(StatusCode::NOT_FOUND, "404 page not found\n")
}

pub fn wrong_method() -> Answer {
    text(StatusCode::METHOD_NOT_ALLOWED, "")
}

/// What extensions are refused with.
pub fn forbidden(error_type: &str, message: &str) -> Answer {
    error(StatusCode::FORBIDDEN, error_type, message)
}

pub fn error(status: StatusCode, error_type: &str, message: &str) -> Answer {
    json(status, &serde_json::json!({ "errorMessage": message, "errorType": error_type }))
}

pub fn json(status: StatusCode, body: &serde_json::Value) -> Answer {
    let mut answer = text(status, &format!("{body}\n"));
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    answer
}

fn text(status: StatusCode, body: &str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *answer.status_mut() = status;
    answer
}
