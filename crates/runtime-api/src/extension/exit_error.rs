//! `POST /2020-01-01/extension/exit/error`: an extension met an error and ends.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-exit-error>

use super::{error_type, identifier};
use crate::answer::{self, Answer};
use crate::session::Shared;
use http::HeaderMap;

pub fn exit_error(shared: &Shared, headers: &HeaderMap) -> Answer {
    let reported = identifier(headers)
        .and_then(|id| error_type(headers).map(|error_type| (id, error_type)))
        .and_then(|(id, error_type)| shared.extension_exit_error(&id, error_type));
    match reported {
        Ok(()) => answer::accepted(),
        Err(refused) => refused.into(),
    }
}
