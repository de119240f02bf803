//! The outcome tables of AWS's guide, row by row: what an identity's policy or an authorizer says, what
//! the API's resource policy says, and what comes of both.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>

use crate::authorizers::allowing;
use crate::world::{AUTHORIZER, NOW, World, text, uri};
use policy::{Document, Policy, Principal};
use serde_json::{Value as Json, json};
use service::Signer;
use service::testing::root_call;
use std::path::PathBuf;
use std::sync::Arc;

const NEITHER: &str = "Neither Allow nor Deny";
const SAME_ACCOUNT: [(&str, &str, &str); 9] = [
    ("Allow", "Allow", "Allow"),
    ("Allow", NEITHER, "Allow"),
    ("Allow", "Deny", "Explicit Deny"),
    (NEITHER, "Allow", "Allow"),
    (NEITHER, NEITHER, "Implicit Deny"),
    (NEITHER, "Deny", "Explicit Deny"),
    ("Deny", "Allow", "Explicit Deny"),
    ("Deny", NEITHER, "Explicit Deny"),
    ("Deny", "Deny", "Explicit Deny"),
];
const CROSS_ACCOUNT: [(&str, &str, &str); 9] = [
    ("Allow", "Allow", "Allow"),
    ("Allow", NEITHER, "Implicit Deny"),
    ("Allow", "Deny", "Explicit Deny"),
    (NEITHER, "Allow", "Implicit Deny"),
    (NEITHER, NEITHER, "Implicit Deny"),
    (NEITHER, "Deny", "Explicit Deny"),
    ("Deny", "Allow", "Explicit Deny"),
    ("Deny", NEITHER, "Explicit Deny"),
    ("Deny", "Deny", "Explicit Deny"),
];

/// A resource policy that says this of everybody; one about another stage says neither.
fn resource_policy(effect: &str) -> String {
    let (effect, resource) =
        if effect == NEITHER { ("Allow", "execute-api:/other/*") } else { (effect, "execute-api:/*") };
    let principal =
        json!({ "AWS": ["arn:aws:iam::000000000000:user/ann", "arn:aws:iam::111111111111:user/ann"] });
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": effect, "Principal": principal, "Action": "execute-api:Invoke", "Resource": resource }] })
    .to_string()
}

fn world(authorization: Json, resource: &str) -> World {
    let world = World::of(json!({ "name": "a", "policy": resource_policy(resource) }));
    let mut method = authorization;
    if method["authorizationType"] == json!("CUSTOM") {
        let wanted = json!({ "name": "who", "type": "TOKEN", "authorizerUri": uri(AUTHORIZER), "identitySource": "method.request.header.A" });
        method["authorizerId"] = json!(text(&world.ok("POST", &world.at("/authorizers"), wanted)["id"]));
    }
    world.proxy("/", "GET", method);
    world.deploy();
    world
}

fn outcome(status: u16, body: &str) -> &'static str {
    match status {
        200 => "Allow",
        403 if body.contains("explicit deny") => "Explicit Deny",
        403 => "Implicit Deny",
        _ => panic!("{status} {body}"),
    }
}

fn signed(account: &str, identity: &str, resource: &str) -> &'static str {
    let world = world(json!({ "authorizationType": "AWS_IAM" }), resource);
    let statement = |effect: &str| {
        let text = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": effect, "Action": "execute-api:Invoke", "Resource": "*" }] });
        Policy::new("own", Arc::new(Document::parse(&text.to_string()).unwrap()))
    };
    let policies = if identity == NEITHER { Vec::new() } else { vec![statement(identity)] };
    *world.behind.identity.lock().unwrap() = Some(policies);
    let mut call = root_call(NOW);
    let account: base::AccountId = account.parse().unwrap();
    call.caller.account = account.clone();
    call.caller.principal =
        Principal::User { account, path: "/".into(), name: "ann".into(), id: "AIDA".into() };
    let answered = world.call_as(Signer::Caller(Box::new(call)), "GET", "/", &[], "");
    outcome(answered.status, &answered.body)
}

/// An authorizer's principal is `ann` of the API's account.
fn authorized(authorizer: &str, resource: &str) -> &'static str {
    let world = world(json!({ "authorizationType": "CUSTOM" }), resource);
    let answer = if authorizer == NEITHER {
        allowing("Allow", "arn:aws:execute-api:*:*:other/*")
    } else {
        allowing(authorizer, "*")
    };
    world.answers(AUTHORIZER, answer, false);
    let answered = world.call("GET", "/", &[("A", "t")], "");
    outcome(answered.status, &answered.body)
}

#[test]
fn the_tables_hold_row_by_row() {
    for (own, resource, expected) in SAME_ACCOUNT {
        assert_eq!(signed("000000000000", own, resource), expected, "same account: {own}, {resource}");
        assert_eq!(authorized(own, resource), expected, "authorizer: {own}, {resource}");
    }
    for (own, resource, expected) in CROSS_ACCOUNT {
        assert_eq!(signed("111111111111", own, resource), expected, "across accounts: {own}, {resource}");
    }
}

/// The rows above are those of the recorded page, where the record is at hand.
#[test]
fn the_rows_are_the_recorded_ones() {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora"));
    let corpora = std::env::var_os("MOAT_CORPORA").map_or_else(beside, PathBuf::from);
    let Ok(file) = std::fs::read_to_string(corpora.join("aws-docs/apigateway_policy_outcome_tables.json"))
    else {
        eprintln!("the recorded tables are not at {}", corpora.display());
        return;
    };
    let recorded: Json = serde_json::from_str(&file).unwrap();
    for (name, rows) in [("Table A same-account", SAME_ACCOUNT), ("Table B cross-account", CROSS_ACCOUNT)] {
        let row = |(own, resource, result): (&str, &str, &str)| json!({ "identity_or_authorizer": own, "resource_policy": resource, "result": result });
        assert_eq!(recorded["tables"][name], json!(rows.map(row)), "{name}");
    }
}
