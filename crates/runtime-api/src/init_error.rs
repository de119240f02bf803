//! `POST /2018-06-01/runtime/init/error`: the runtime could not initialise the function.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror>

use crate::FunctionError;
use crate::answer::{self, Answer};
use crate::server::{Posted, error_type, read_body};
use crate::session::Shared;
use hyper::body::Incoming;

pub async fn init_error(shared: &Shared, request: hyper::Request<Incoming>) -> Answer {
    let error_type = error_type(request.headers());
    let body = match read_body(request).await {
        Posted::Whole { body, .. } => body,
        Posted::TooLarge => return answer::too_large(),
        Posted::Broken => return answer::unreadable(),
    };
    match shared.init_error(FunctionError { error_type, body }) {
        Ok(()) => answer::accepted(),
        Err(transition) => answer::invalid_transition(&transition),
    }
}
