use crate::{Suite, params};
use serde_json::{Value as Json, json};
use wire::http::Request;
use wire::schema::{Protocol, Wanted};

/// Finds the operation, decodes what the client sent, and compares it with its parameters.
pub fn check(suite: &Suite<'_>, case: &Json) -> Result<(), String> {
    let model = suite.model(case);
    let mut request = request(&case["serialized"]);
    if model.service.protocol == Protocol::RpcV2Cbor {
        request.body = crate::cbor::bytes(&case["serialized"]["body"]).into();
    }
    let operation = match model.wanted(&request) {
        Wanted::Operation(operation) => operation,
        // Some vectors leave out the header that names the operation.
        Wanted::Unknown(None) if !model.operations[0].uri.contains('{') => &model.operations[0],
        wanted => return Err(format!("{} {}: {wanted:?}", request.method, request.path)),
    };
    let value = wire::decode_input(&model, operation, &request).map_err(|e| e.to_string())?;
    let got = operation.input.map_or(json!({}), |id| params::to_json(&model, id, &value));
    let want = case.get("params").unwrap_or(&Json::Null);
    if params::same(&got, want) { Ok(()) } else { Err(format!("\n  want {want}\n  got  {got}")) }
}

pub fn request(json: &Json) -> Request {
    let (path, query) = json["uri"]
        .as_str()
        .unwrap_or("/")
        .split_once('?')
        .map_or_else(|| (json["uri"].as_str().unwrap_or("/"), ""), |(path, query)| (path, query));
    let headers = json["headers"].as_object().into_iter().flatten();
    Request {
        method: json["method"].as_str().unwrap_or("POST").to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.map(|(n, v)| (n.clone(), v.as_str().unwrap().to_owned())).collect(),
        body: json["body"].as_str().unwrap_or_default().to_owned().into(),
    }
}
