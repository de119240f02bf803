//! Every policy that AWS's documentation shows is read, and each is decided without fault.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use policy::{Document, Malformed, Policies, Policy, Principal, Request, evaluate};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

fn corpora() -> PathBuf {
    std::env::var_os("MOAT_CORPORA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"),
        PathBuf::from,
    )
}

/// Each `policy` with the page it comes from.
fn collect(value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(object) => {
            if let (Some(policy), Some(file)) = (object.get("policy"), object.get("file")) {
                found.push((file.to_string(), policy.clone()));
            }
            object.values().for_each(|v| collect(v, found));
        }
        Value::Array(list) => list.iter().for_each(|v| collect(v, found)),
        _ => {}
    }
}

#[test]
fn documented_policies_are_read_and_decided() {
    let path = corpora().join("aws-docs/documented_policies.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("0 documented policies ran: {} is not there", path.display());
        return;
    };
    let mut cases = Vec::new();
    collect(&serde_json::from_str(&text).unwrap(), &mut cases);
    let mut refused = Vec::new();
    for (file, policy) in &cases {
        match Document::parse(&as_document(policy).to_string()) {
            Ok(document) => decide(document),
            Err(error) if is_placeholder(policy) => assert_eq!(error, Malformed::Syntax),
            Err(error) => refused.push(format!("{file}: {error}: {policy}")),
        }
    }
    eprintln!("{} documented policies ran", cases.len());
    assert!(refused.is_empty(), "{} refused: {refused:#?}", refused.len());
    assert!(cases.len() >= 400, "only {} found", cases.len());
}

/// Lambda's AddPermission shows its new statement as a text inside the answer.
fn as_document(policy: &Value) -> Value {
    let mut policy = policy.clone();
    if let Some(text) = policy["Statement"].as_str() {
        policy["Statement"] = serde_json::from_str(text).unwrap();
    }
    policy
}

/// One page shows a template that says `"Effect": "Permission"`, which AWS refuses as we do.
fn is_placeholder(policy: &Value) -> bool {
    policy["Statement"][0]["Effect"] == "Permission"
}

fn decide(document: Document) {
    let copy: Document = serde_json::from_str(&serde_json::to_string(&document).unwrap()).unwrap();
    assert_eq!(copy, document);
    let policy = [Policy::new("documented", Arc::new(document))];
    let request = Request::new(Principal::Anonymous, "s3:GetObject", "arn:aws:s3:::b/k");
    evaluate(&request, &Policies { identity: &policy, resource: policy.first(), ..Policies::default() });
}

#[test]
fn a_document_that_is_none_is_refused_with_aws_text() {
    for (text, error) in [
        ("", Malformed::Json),
        ("{", Malformed::Json),
        ("[]", Malformed::Syntax),
        ("{}", Malformed::Syntax),
        (r#"{"Statement":[]}"#, Malformed::Syntax),
        (r#"{"Version":"2020-01-01","Statement":{"Effect":"Allow"}}"#, Malformed::Syntax),
        (r#"{"Statement":{"Effect":"allow"}}"#, Malformed::LegacyParsing),
        (r#"{"Statement":{"Effect":"Allow","Actions":"*"}}"#, Malformed::Syntax),
        (r#"{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*"}}"#, Malformed::Syntax),
        (r#"{"Statement":{"Effect":"Allow","Condition":{"StringSimilar":{"a":"b"}}}}"#, Malformed::Syntax),
        (
            r#"{"Statement":{"Effect":"Allow","Condition":{"DateEquals":{"a":"b"}}}}"#,
            Malformed::LegacyParsing,
        ),
    ] {
        assert_eq!(Document::parse(text).unwrap_err(), error, "{text}");
    }
}
