//! `POST /2018-06-01/runtime/invocation/{id}/response`: the function's answer.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-response>

use crate::answer::{self, Answer};
use crate::server::{Posted, read_body};
use crate::session::{Refusal, Shared};
use crate::stream::{is_streamed, relay};
use crate::{FunctionError, MAX_RESPONSE_BYTES, Outcome};
use bytes::Bytes;
use hyper::body::Incoming;

pub async fn response(shared: &Shared, id: &str, request: hyper::Request<Incoming>) -> Answer {
    if let Err(refusal) = shared.may_answer(id, false) {
        return refused(&refusal);
    }
    if is_streamed(request.headers())
        && let Some(parts) = shared.parts(id)
    {
        return relay(shared, id, request, parts).await;
    }
    let (outcome, answer) = match read_body(request).await {
        Posted::Whole { body, trailing_error_type: None } => (Outcome::Response(body), answer::accepted()),
        Posted::Whole { body, trailing_error_type } => {
            (Outcome::Error(FunctionError { error_type: trailing_error_type, body }), answer::accepted())
        }
        Posted::TooLarge => (Outcome::Error(too_large()), answer::too_large()),
        Posted::Broken => return answer::unreadable(),
    };
    match shared.answer(id, false, outcome) {
        Ok(()) => answer,
        Err(refusal) => refused(&refusal),
    }
}

pub fn refused(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::RequestId => answer::invalid_request_id(),
        Refusal::Transition(transition) => answer::invalid_transition(transition),
    }
}

/// What the caller of the function gets when its answer is too long.
fn too_large() -> FunctionError {
    let error_type = crate::RESPONSE_SIZE_TOO_LARGE;
    let message =
        format!("Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
    let body = serde_json::json!({ "errorMessage": message, "errorType": error_type }).to_string();
    FunctionError { error_type: Some(error_type.to_owned()), body: Bytes::from(body) }
}
