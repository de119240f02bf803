//! CBOR answers, compared by what they decode to.

use crate::params;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use wire::http::Request;
use wire::schema::{Model, Operation, ShapeId};

/// The bytes of a vector's body, which is in base64.
pub fn bytes(body: &Json) -> Vec<u8> {
    STANDARD.decode(body.as_str().unwrap_or_default()).unwrap()
}

/// Whether both bodies mean the same as the shape; an error's type must be named in it.
pub fn same(model: &Model, shape: Option<ShapeId>, error: Option<&str>, want: &[u8], have: &[u8]) -> bool {
    if error.is_some_and(|name| !have.windows(name.len()).any(|w| w == name.as_bytes())) {
        return false;
    }
    let (want, have) = (read(model, shape, want), read(model, shape, have));
    want.is_some_and(|want| have.is_some_and(|have| params::same(&want, &have)))
}

fn read(model: &Model, shape: Option<ShapeId>, body: &[u8]) -> Option<Json> {
    let Some(id) = shape else { return Some(json!({})) };
    let operation = Operation { input: Some(id), ..model.operations[0] };
    let request = Request { method: "POST".into(), body: body.to_vec().into(), ..Request::default() };
    let value = wire::decode_input(model, &operation, &request).ok()?;
    Some(params::to_json(model, id, &value))
}
