//! `GET /2020-01-01/extension/event/next`: parked until there is an event for the extension.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-next>

use super::{EVENT_IDENTIFIER, Refused, Surroundings, identifier};
use crate::answer::{self, Answer};
use crate::session::Shared;
use http::{HeaderMap, HeaderValue, StatusCode};

pub async fn next(shared: &Shared, surroundings: &Surroundings, headers: &HeaderMap) -> Answer {
    let asked: Result<_, Refused> = identifier(headers).and_then(|id| shared.extension_next(&id));
    let event = match asked {
        Ok(asked) => asked.await,
        Err(refused) => return refused.into(),
    };
    let Ok(event) = event else { return answer::gone() };
    let mut answer = answer::json(StatusCode::OK, &event.document());
    if let Ok(id) = HeaderValue::from_str(&surroundings.ids.uuid()) {
        answer.headers_mut().insert(EVENT_IDENTIFIER, id);
    }
    answer
}
