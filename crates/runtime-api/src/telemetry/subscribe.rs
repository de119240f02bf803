//! `PUT /2022-07-01/telemetry` and `PUT /2020-08-15/logs`.
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html#telemetry-subscribe-api>

use super::Telemetry;
use super::subscription::{Api, Subscription};
use crate::answer::{self, Answer};
use crate::extension::identifier;
use crate::server::{Posted, read_body};
use crate::session::Shared;
use http::StatusCode;
use hyper::body::Incoming;

pub async fn subscribe(
    shared: &Shared,
    telemetry: &Telemetry,
    api: Api,
    request: hyper::Request<Incoming>,
) -> Answer {
    let name = match identifier(request.headers()) {
        Ok(id) => match shared.extension_name(&id) {
            Some(name) => name,
            None => {
                let message = format!("Unknown extension {id}");
                return answer::forbidden("Extension.UnknownExtensionIdentifier", &message);
            }
        },
        Err(refused) => return refused.into(),
    };
    let Posted::Whole { body, .. } = read_body(request).await else { return answer::unreadable() };
    match Subscription::read(api, &body) {
        Ok(subscription) => match telemetry.add(&name, api, subscription) {
            Ok(()) => answer::json(StatusCode::OK, &serde_json::Value::from("OK")),
            Err(_) => {
                let (error_type, message) = api.closed();
                answer::forbidden(error_type, message)
            }
        },
        Err(wrong) => answer::error(StatusCode::BAD_REQUEST, api.invalid(), &wrong),
    }
}
