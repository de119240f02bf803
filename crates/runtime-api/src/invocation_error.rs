//! `POST /2018-06-01/runtime/invocation/{id}/error`: the function raised an error.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror>

use crate::answer::{self, Answer};
use crate::response::refused;
use crate::server::{Posted, error_type, read_body};
use crate::session::Shared;
use crate::{FunctionError, Outcome};
use hyper::body::Incoming;

pub async fn invocation_error(shared: &Shared, id: &str, request: hyper::Request<Incoming>) -> Answer {
    if let Err(refusal) = shared.may_answer(id, true) {
        return refused(&refusal);
    }
    let error_type = error_type(request.headers());
    let body = match read_body(request).await {
        Posted::Whole { body, .. } => body,
        Posted::TooLarge => return answer::too_large(),
        Posted::Broken => return answer::unreadable(),
    };
    match shared.answer(id, true, Outcome::Error(FunctionError { error_type, body })) {
        Ok(()) => answer::accepted(),
        Err(refusal) => refused(&refusal),
    }
}
