use crate::{Suite, params, xml};
use serde_json::{Value as Json, json};
use wire::http::Response;
use wire::schema::{Model, Protocol};
use wire::{ErrorReply, Fields, Value};

/// Encodes a result or an error and compares it with what the client understands.
pub fn check(suite: &Suite<'_>, case: &Json) -> Result<(), String> {
    let model = suite.model(case);
    let want = &case["response"];
    let is_error = case.get("errorCode").is_some() || case.get("error").is_some();
    let got = if is_error { error(&model, case) } else { result(&model, case) };
    if u64::from(got.status) != want["status_code"].as_u64().unwrap_or(200) {
        return Err(format!("status {}", got.status));
    }
    headers(&model, is_error, &got, want)?;
    if want["any_body"] == true {
        return Ok(());
    }
    body(&model, is_error, &got, case)
}

fn result(model: &Model, case: &Json) -> Response {
    let operation = &model.operations[0];
    let value = match operation.output {
        Some(id) => params::from_json(model, id, &case["result"]),
        None => Value::Struct(Fields::new()),
    };
    wire::encode_output(model, operation, value, "request-id")
}

fn error(model: &Model, case: &Json) -> Response {
    let code = case["errorCode"].as_str().unwrap_or_default().to_owned();
    let status = case["response"]["status_code"].as_u64().unwrap() as u16;
    let mut reply = ErrorReply::client(code.clone(), case["errorMessage"].as_str().unwrap_or_default());
    reply = reply.with_status(status);
    // The vectors count as the sender's what says so, whatever the status.
    if case["response"]["body"].as_str().is_some_and(|b| b.contains("<Type>Sender")) {
        reply.fault = wire::Fault::Client;
    }
    if let Some(id) = model.error_id(&code) {
        let text = |name: &str| case["error"][name].as_str().map(str::to_owned);
        if let Some(message) = text("message").or(text("Message")).filter(|_| reply.message.is_empty()) {
            reply.message = message;
        }
        let Value::Struct(fields) = params::from_json(model, id, &case["error"]) else { unreachable!() };
        reply.fields = fields.into_iter().collect();
    }
    wire::encode_error(model, &reply, "request-id")
}

fn headers(model: &Model, is_error: bool, got: &Response, want: &Json) -> Result<(), String> {
    for (name, text) in want["headers"].as_object().into_iter().flatten() {
        let text = text.as_str().unwrap();
        let have = got.header(name);
        let lower = name.to_ascii_lowercase();
        let fine = match lower.as_str() {
            "content-length" => text == got.body.len().to_string(),
            "content-type" if model.service.protocol == Protocol::RestJson => {
                have == Some(text) || got.body.is_empty()
            }
            "content-type" if got.body.is_empty() => true,
            "content-type" => have.is_some_and(|have| have.contains("xml") == text.contains("xml")),
            "x-amzn-requestid" => have == Some("request-id"),
            "x-amzn-errortype" => have == Some(bare(text)),
            _ => have == Some(text),
        };
        if !fine {
            return Err(format!("header {name}: want {text}, got {have:?} (error: {is_error})"));
        }
    }
    let mut forbidden = want["forbidden"].as_array().into_iter().flatten().filter_map(Json::as_str);
    match forbidden.find(|name| got.header(name).is_some()) {
        Some(name) => Err(format!("header {name} must not be there")),
        None => Ok(()),
    }
}

fn cbor_body(model: &Model, is_error: bool, case: &Json, got: &Response) -> Result<(), String> {
    let code = case["errorCode"].as_str().unwrap_or_default();
    let shape = if is_error { model.error_id(code) } else { model.operations[0].output };
    let name = shape.filter(|_| is_error).map(|id| model.shape(id).name);
    let want = crate::cbor::bytes(&case["response"]["body"]);
    let same = crate::cbor::same(model, shape, name, &want, &got.body);
    if same { Ok(()) } else { Err(format!("\n  want {want:?}\n  got  {:?}", got.body)) }
}

fn body(model: &Model, is_error: bool, got: &Response, case: &Json) -> Result<(), String> {
    let want = &case["response"];
    let text = want["body"].as_str().unwrap_or_default();
    if model.service.protocol == Protocol::RpcV2Cbor {
        return cbor_body(model, is_error, case, got);
    }
    let have = std::str::from_utf8(&got.body).unwrap();
    let fine = match model.service.protocol {
        Protocol::AwsQuery | Protocol::Ec2Query | Protocol::RestXml => same_xml(text, have),
        _ if is_error => same_error(text, got, want),
        _ => same_body(text, have),
    };
    if fine { Ok(()) } else { Err(format!("\n  want {text}\n  got  {have}")) }
}

/// An absent body and an empty object are the same to a client.
fn same_body(want: &str, have: &str) -> bool {
    let parse = |text: &str| match text.trim() {
        "" => Some(json!({})),
        text => serde_json::from_str(text).ok(),
    };
    match (parse(want), parse(have)) {
        (Some(want), Some(have)) => params::same(&without_types(want), &without_types(have)),
        _ => want == have,
    }
}

/// Clients skip `__type` among the members of a union.
fn without_types(mut json: Json) -> Json {
    if let Json::Object(object) = &mut json {
        object.remove("__type");
        object.values_mut().for_each(|v| *v = without_types(v.take()));
    }
    json
}

/// The code may stand in three places and forms; the rest must be equal.
fn same_error(want: &str, got: &Response, response: &Json) -> bool {
    let have: Json = serde_json::from_slice(&got.body).unwrap();
    let want: Json = serde_json::from_str(want).unwrap_or(json!({}));
    let header = response["headers"].as_object().into_iter().flatten();
    let header =
        header.filter(|(n, _)| n.eq_ignore_ascii_case("x-amzn-errortype")).find_map(|(_, v)| v.as_str());
    let code = want["__type"].as_str().or(want["code"].as_str()).or(header).map(bare);
    code == got.header("x-amzn-errortype") && params::same(&rest(want), &rest(have))
}

/// The members besides the code; an empty message says as much as none.
fn rest(mut error: Json) -> Json {
    if let Json::Object(members) = &mut error {
        members.retain(|name, value| {
            let message = name.eq_ignore_ascii_case("message");
            !matches!(name.as_str(), "__type" | "code") && !(message && (value == "" || value.is_null()))
        });
    }
    error
}

/// `namespace#Code:uri` without what surrounds the code.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

fn same_xml(want: &str, have: &str) -> bool {
    if !want.trim_start().starts_with('<') {
        // An absent body, or a payload that is no document. Clients read an absent body and
        // an empty root alike.
        return want == have || (want.trim().is_empty() && (have.is_empty() || xml::parse(have).is_bare()));
    }
    if have.is_empty() {
        return xml::parse(want).is_bare();
    }
    xml::parse(want).normal().same(&xml::parse(have).normal())
}
