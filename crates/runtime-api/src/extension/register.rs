//! `POST /2020-01-01/extension/register`: an extension says its name and what it wants to hear of.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api>

use super::{FEATURES, IDENTIFIER, NAME, Refused, Surroundings, header};
use crate::answer::{self, Answer};
use crate::server::{Posted, read_body};
use crate::session::Shared;
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};

pub async fn register(
    shared: &Shared,
    surroundings: &Surroundings,
    request: hyper::Request<Incoming>,
) -> Answer {
    let headers = request.headers().clone();
    let Posted::Whole { body, .. } = read_body(request).await else { return answer::unreadable() };
    match registered(shared, surroundings, &headers, &body) {
        Ok(answer) => answer,
        Err(refused) => refused.into(),
    }
}

fn registered(
    shared: &Shared,
    surroundings: &Surroundings,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Answer, Refused> {
    let name = header(headers, NAME)
        .ok_or_else(|| Refused::new("Extension.InvalidExtensionName", "Empty extension name"))?;
    let id = shared.register(name, events(body)?, surroundings)?;
    let function = &surroundings.function;
    let mut told = json!({
        "functionName": function.name,
        "functionVersion": function.version,
        "handler": function.handler,
    });
    let features = header(headers, FEATURES).unwrap_or_default();
    if features.split(',').any(|feature| feature.trim() == "accountId")
        && let Some(told) = told.as_object_mut()
    {
        told.insert("accountId".to_owned(), Value::from(function.account_id.clone()));
    }
    let mut answer = answer::json(StatusCode::OK, &told);
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(IDENTIFIER, id);
    }
    Ok(answer)
}

fn events(body: &[u8]) -> Result<Vec<String>, Refused> {
    let invalid = |message: String| Refused::new("InvalidRequestFormat", message);
    let document: Value = serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
    let document = document.as_object().ok_or_else(|| invalid("the body is not an object".to_owned()))?;
    if document.get("configurationKeys").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty()) {
        let message = "configurationKeys are deprecated; use environment variables instead";
        return Err(invalid(message.to_owned()));
    }
    match document.get("events") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(events)) => {
            let texts = events.iter().map(|event| event.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().ok_or_else(|| invalid("an event is not a string".to_owned()))
        }
        Some(_) => Err(invalid("the events are not a list".to_owned())),
    }
}
