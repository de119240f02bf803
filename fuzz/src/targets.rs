//! The targets: functions of any bytes that end, do not panic, and find true what they assert.

use super::{MODELS, request};
use base::Timestamp;
use policy::{Context, Document, Kind, Policies, Policy, Principal, evaluate};
use sigv4::{Credentials, Presented, Rules, Secret, Signer};
use std::sync::Arc;
use wire::http::Request;
use wire::schema::Protocol;

/// Any request, in every protocol: decoding and validation end and do not panic.
pub fn decode_input(data: &[u8]) {
    let request = request(data);
    for model in MODELS.iter() {
        let operation = &model.operations[0];
        match wire::decode_input(model, operation, &request) {
            Ok(value) => drop(wire::validate(model, operation.input.unwrap_or_default(), &value)),
            Err(error) => drop(error.reply(model.service.protocol)),
        }
    }
}

/// What a JSON or CBOR request decodes to is encoded and decoded to the same again.
pub fn round_trip(data: &[u8]) {
    let asked = request(data);
    let symmetric = |p| matches!(p, Protocol::AwsJson | Protocol::RpcV2Cbor);
    for model in MODELS.iter().filter(|m| symmetric(m.service.protocol)) {
        let operation = &model.operations[0];
        let Ok(value) = wire::decode_input(model, operation, &asked) else { continue };
        let encode = |value| wire::encode_output(model, operation, value, "id").body;
        let once = encode(value);
        let again = Request { body: once.clone(), ..asked.clone() };
        let read = wire::decode_input(model, operation, &again).expect("what was written can be read");
        assert_eq!(once, encode(read));
    }
}

/// Any path, query and target, a line each: routing ends and does not panic.
pub fn route(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(3, '\n').map(str::to_owned);
    let mut line = || lines.next().unwrap_or_default();
    let (path, query, target) = (line(), line(), line());
    let headers = vec![("x-amz-target".to_owned(), target)];
    let request = Request { method: "POST".to_owned(), path, query, headers, ..Request::default() };
    for model in MODELS.iter() {
        let _ = model.wanted(&request);
    }
}

const ACTION: &str = "s3:GetObject";
const RESOURCE: &str = "arn:aws:s3:::bucket/home/ann/key";

/// Any text as a policy: reading it ends and does not panic; what can be read is read the same again,
/// decides something, and says where its statements stand.
pub fn policy_document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(document) = Document::parse(text) else { return };
    for kind in [Kind::Identity, Kind::Trust, Kind::Resource] {
        drop(document.check(kind));
    }
    assert_eq!(document.spans().len(), document.statements().len(), "each statement stands somewhere");
    drop(document.condition_keys());
    assert_eq!(Document::parse(document.text()).as_ref(), Ok(&document));
    let mut context = Context::default();
    context.set("aws:username", ["told"]);
    let principal = Principal::User {
        account: Default::default(),
        path: "/".to_owned(),
        name: "ann".to_owned(),
        id: "AIDA".to_owned(),
    };
    let request =
        policy::Request::new(principal, ACTION, RESOURCE).with_context(context).owned_as_its_arn_says();
    let policy = [Policy::new("fuzzed", Arc::new(document))];
    let decide = |identity| evaluate(&request, &Policies { identity, ..Policies::default() });
    let with = decide(&policy);
    // Nothing is allowed without a policy, and a decision that names a denial has one.
    assert!(!decide(&[]).is_allowed());
    assert_eq!(
        with.is_allowed(),
        with.missing.is_empty() && with.deciding.iter().all(|d| d.effect == policy::Effect::Allow)
    );
}

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Any request with any claim to a signature: path, query, headers, a line each, an empty one and the
/// body. Reading and checking it ends, does not panic and does not believe it. The same request signed
/// by us is believed, and not with another body.
pub fn signature(data: &[u8]) {
    let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let body = data.get(end + 2..).unwrap_or_default().to_vec();
    let text = String::from_utf8_lossy(&data[..end]).into_owned();
    let mut lines = text.lines();
    let (path, query) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let header = |line: &str| line.split_once(':').map(|(n, v)| (n.to_owned(), v.to_owned()));
    let mut headers: Vec<(String, String)> = lines.filter_map(header).collect();
    let secret = Secret { secret_access_key: SECRET, session_token: None };
    let request = sigv4::Request { method: "POST", path, query, headers: &headers, body: &body };
    for rules in [Rules::STANDARD, Rules::S3] {
        if let Ok(presented) = Presented::read(&request) {
            assert!(presented.verify(&request, &secret, NOW, rules).is_err(), "nobody guesses a signature");
        }
    }
    // Ours: plain headers, whatever path, query and body.
    headers.clear();
    headers.push(("host".to_owned(), "localhost:4566".to_owned()));
    let credentials = Credentials::new("AKIAEXAMPLE", SECRET);
    let plain = sigv4::Request { method: "POST", path, query: "", headers: &headers, body: &body };
    let added = Signer::new(&credentials, "us-east-1", "iam").sign(&plain, NOW);
    let signed: Vec<(String, String)> = headers.iter().cloned().chain(added).collect();
    let signed = sigv4::Request { headers: &signed, ..plain };
    let presented = Presented::read(&signed).expect("what we sign can be read");
    let believed =
        |request: &sigv4::Request<'_>| presented.verify(request, &secret, NOW, Rules::STANDARD).is_ok();
    assert!(believed(&signed));
    let longer = [body.as_slice(), b"x"].concat();
    assert!(!believed(&sigv4::Request { body: &longer, ..signed }));
}

/// Any text as a mapping template, its last line the body: reading and rendering end, do not panic, and
/// write no more than a template may.
pub fn template(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (template, body) = text.rsplit_once('\n').unwrap_or((&text, "{}"));
    let Ok(template) = vtl::Template::parse(template) else { return };
    let named = |name: &str| [(name.to_owned(), "7".to_owned())].into();
    let params = vtl::Params { path: named("id"), querystring: named("q"), header: named("x-trace") };
    let context = vtl::Json::parse(r#"{"requestId":"r","identity":{"user":null}}"#).expect("it is JSON");
    let stage_variables = named("colour");
    let data = vtl::Data { body, params: &params, context: &context, stage_variables: &stage_variables };
    if let Ok(rendered) = template.render(&data) {
        assert!(rendered.text.len() <= vtl::OUTPUT_BYTES);
    }
}

/// Any text as an OpenAPI document: reading it ends, does not panic, and costs no more than a document may.
/// What can be read is written and read the same again, as JSON and as YAML.
pub fn openapi_document(data: &[u8]) {
    use openapi::{Document, Extensions, Flavour, Format, Malformed, Place, document};
    let Ok(mut read) = Document::parse(data) else { return };
    read.put_variables(&[("AWS::Region", "us-east-1")]);
    let place = Place { host: "x".to_owned(), base_path: "/v1".to_owned() };
    for flavour in [Flavour::Rest, Flavour::Http] {
        let Ok(first) = read.read(flavour) else { continue };
        let said = document(&first.definition, flavour, Format::OpenApi, Extensions::ALL, &place);
        let again = |text: String| match Document::parse(text.as_bytes()) {
            Ok(read) => Some(read.read(flavour).expect("it is a document").definition),
            // A schema may come to stand deeper than it stood.
            Err(Malformed::TooDeep) => None,
            Err(other) => panic!("what was written cannot be read: {other}"),
        };
        let Some(second) = again(openapi::json(&said)) else { continue };
        // Written once, it is in the order that it keeps.
        let said = document(&second, flavour, Format::OpenApi, Extensions::ALL, &place);
        let second = Some(second);
        assert_eq!(again(openapi::json(&said)), second);
        assert_eq!(again(openapi::yaml(&said)), second);
    }
}
