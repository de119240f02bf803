//! `GET /_moat/health`, and the same under the path that scripts made for LocalStack poll.

use crate::message::json;
use serde_json::{Map, Value, json};
use wire::http::{Request, Response};
use wire::schema::Model;

const PATHS: [&str; 2] = ["/_moat/health", "/_localstack/health"];

pub(crate) fn is_health(request: &Request) -> bool {
    PATHS.contains(&request.path.as_str())
}

pub(crate) fn answer(request: &Request, models: &[&'static Model]) -> Response {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return json(405, &json!({"message": "Method Not Allowed"}));
    }
    let services: Map<String, Value> =
        models.iter().map(|m| (m.service.signing_name.to_owned(), json!("available"))).collect();
    json(
        200,
        &json!({"status": "running", "version": env!("CARGO_PKG_VERSION"), "edition": "moat", "services": services}),
    )
}
