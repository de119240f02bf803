//! Events as AWS writes them, and without secrets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use base::{AccountId, Timestamp};
use expect_test::{Expect, expect};
use policy::{Deciding, Decision, Effect, Outcome, PolicyKind, Principal};
use serde_json::Value as Json;
use service::{Call, Denial, Event, ServiceError, SourceEndpoint, Tls};
use std::collections::BTreeMap;
use std::sync::Arc;
use support::{NOW, World, caller, event, made, root, said, vault};
use wire::Value;

fn world() -> (World, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (World::open(dir.path()), dir)
}

fn recorded(event: Event<'_>) -> Json {
    let (w, _dir) = world();
    let id = event.call.request_id.clone();
    w.record(event);
    serde_json::from_str(&w.entry(&id).unwrap().event).unwrap()
}

fn user() -> Principal {
    let (account, path) = (AccountId::default(), "/".to_owned());
    Principal::User { account, path, name: "ann".to_owned(), id: "AIDAEXAMPLE".to_owned() }
}

fn session() -> Principal {
    Principal::RoleSession {
        account: AccountId::default(),
        role_arn: "arn:aws:iam::000000000000:role/team/reader".to_owned(),
        role_id: "AROAEXAMPLE".to_owned(),
        session_name: "s1".to_owned(),
    }
}

#[test]
fn each_kind_of_caller_is_named_as_aws_names_it() {
    let check = |call: &Call, proven: bool, want: Expect| {
        let event = recorded(Event { proven, ..event(call, vault(), "ListVaults", None) });
        want.assert_eq(&format!("{} from {}", event["userIdentity"], event["sourceIPAddress"]));
    };
    check(
        &root(),
        true,
        expect![[
            r#"{"accessKeyId":"test","accountId":"000000000000","arn":"arn:aws:iam::000000000000:root","principalId":"000000000000","type":"Root"} from "127.0.0.1""#
        ]],
    );
    check(
        &caller(user(), "AKIAEXAMPLE"),
        true,
        expect![[
            r#"{"accessKeyId":"AKIAEXAMPLE","accountId":"000000000000","arn":"arn:aws:iam::000000000000:user/ann","principalId":"AIDAEXAMPLE","type":"IAMUser","userName":"ann"} from "127.0.0.1""#
        ]],
    );
    let started = |mut call: Call| {
        call.caller.session_started = Some(NOW);
        call
    };
    check(
        &started(caller(user(), "ASIAEXAMPLE")),
        true,
        expect![[
            r#"{"accessKeyId":"ASIAEXAMPLE","accountId":"000000000000","arn":"arn:aws:iam::000000000000:user/ann","principalId":"AIDAEXAMPLE","sessionContext":{"attributes":{"creationDate":"2026-01-01T00:00:00Z","mfaAuthenticated":"false"}},"type":"IAMUser","userName":"ann"} from "127.0.0.1""#
        ]],
    );
    check(
        &started(caller(session(), "ASIAEXAMPLE")),
        true,
        expect![[
            r#"{"accessKeyId":"ASIAEXAMPLE","accountId":"000000000000","arn":"arn:aws:sts::000000000000:assumed-role/reader/s1","principalId":"AROAEXAMPLE:s1","sessionContext":{"attributes":{"creationDate":"2026-01-01T00:00:00Z","mfaAuthenticated":"false"},"sessionIssuer":{"accountId":"000000000000","arn":"arn:aws:iam::000000000000:role/team/reader","principalId":"AROAEXAMPLE","type":"Role","userName":"reader"}},"type":"AssumedRole"} from "127.0.0.1""#
        ]],
    );
    check(
        &caller(Principal::Service { name: "lambda.amazonaws.com".into() }, ""),
        true,
        expect![[r#"{"invokedBy":"lambda.amazonaws.com","type":"AWSService"} from "lambda.amazonaws.com""#]],
    );
    check(
        &caller(user(), "AKIAEXAMPLE"),
        false,
        expect![[
            r#"{"accessKeyId":"AKIAEXAMPLE","accountId":"000000000000","type":"Unknown"} from "127.0.0.1""#
        ]],
    );
}

#[test]
fn a_denied_call_through_an_endpoint_is_a_whole_event() {
    let (w, _dir) = world();
    let mut call = caller(user(), "AKIAEXAMPLE");
    call.source.ip = [10, 0, 1, 5].into();
    call.source.endpoint =
        Some(SourceEndpoint { vpc: "vpc-0123456789abcdef0".into(), vpce: "vpce-0123456789abcdef0".into() });
    call.source.tls = Some(Arc::new(Tls {
        version: "TLSv1.3".into(),
        cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
        server_name: Some("vault.us-east-1.amazonaws.com".into()),
    }));
    let deciding = Deciding {
        kind: PolicyKind::VpcEndpoint,
        policy: "vpce-0123456789abcdef0".into(),
        policy_arn: None,
        index: 1,
        sid: Some("NotYou".into()),
        effect: Effect::Deny,
    };
    let decision = Decision {
        outcome: Outcome::ExplicitDeny(PolicyKind::VpcEndpoint),
        deciding: vec![deciding],
        missing: vec![PolicyKind::IdentityBased],
    };
    let (action, resource) = ("vault:PutVault".to_owned(), "arn:aws:vault:::x".to_owned());
    let error = ServiceError::client("AccessDeniedException", "User: … is not authorized").denied(Denial {
        action,
        resource,
        decision: Some(Box::new(decision)),
        remarks: vec![
            "Allow in identity-based policy p, statement 0: there is no action `vault:Put`".to_owned(),
        ],
    });
    let input = Value::Struct([("VaultName", Value::from("x"))].into_iter().collect());
    w.record(Event {
        input: said(vault(), "PutVault", false, &input),
        ..event(&call, vault(), "PutVault", Some(&error))
    });
    let entry = w.entry("r").unwrap();
    expect![[r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::000000000000:user/ann","accountId":"000000000000","accessKeyId":"AKIAEXAMPLE","userName":"ann"},"eventTime":"2026-01-01T00:00:00Z","eventSource":"vault.amazonaws.com","eventName":"PutVault","awsRegion":"us-east-1","sourceIPAddress":"10.0.1.5","userAgent":"tester/1","errorCode":"AccessDenied","errorMessage":"User: … is not authorized","requestParameters":{"vaultName":"x"},"responseElements":null,"requestID":"r","eventID":"EVENT-ID","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"000000000000","vpcEndpointId":"vpce-0123456789abcdef0","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"vault.us-east-1.amazonaws.com"}}"#]].assert_eq(&entry.event.replace(&entry.id, "EVENT-ID"));
    expect![[r#"
        PutVault of vault.amazonaws.com by arn:aws:iam::000000000000:user/ann
          at      2026-01-01T00:00:00Z
          from    10.0.1.5 through vpce-0123456789abcdef0
          ended   AccessDenied: User: … is not authorized
          denied  vault:PutVault on arn:aws:vault:::x
          by      Deny in VPC endpoint policy vpce-0123456789abcdef0, statement 1 (NotYou)
          because no identity-based policy allows it
          note    Allow in identity-based policy p, statement 0: there is no action `vault:Put`
    "#]]
    .assert_eq(&entry.explanation());
    let shown = w.look_up(&serde_json::json!({}))["Events"][0].to_string();
    assert!(!shown.contains("NotYou"), "the reasons are moat's own: {shown}");
}

/// Each is somewhere in the call; none may be anywhere in the record.
const SECRETS: [&str; 7] = [
    "hunter-string",
    "hunter-master",
    "hunter-bytes",
    "hunter-zip",
    "hunter-hidden",
    "hunter-env",
    "hunter-deep",
];

fn with_secrets() -> Value {
    let text = Value::from;
    let variables = BTreeMap::from([("URL".to_owned(), text(SECRETS[5]))]);
    let deep = [("Password", text(SECRETS[6])), ("Plain", text("seen"))];
    let fields = [
        ("VaultName", text("v")),
        ("DBName", text("d")),
        ("SecretString", text(SECRETS[0])),
        ("masterUserPassword", text(SECRETS[1])),
        ("SecretBinary", Value::Blob(SECRETS[2].into())),
        ("ZipFile", Value::Blob(SECRETS[3].into())),
        ("Hidden", text(SECRETS[4])),
        ("Variables", Value::Map(variables)),
        ("Deep", Value::Struct(deep.into_iter().collect())),
        ("Names", Value::List(vec![text("a"), text("b")])),
        ("Size", Value::Int(3)),
        ("On", Value::Bool(true)),
        ("Since", Value::Timestamp(Timestamp::from_secs(1_767_272_645))),
    ];
    Value::Struct(fields.into_iter().collect())
}

#[test]
fn no_secret_is_in_any_stored_byte() {
    let dir = tempfile::tempdir().unwrap();
    let w = World::open(dir.path());
    let call = root();
    let text = format!("Value '{}' at 'secretString' is wrong, so is {}", SECRETS[0], SECRETS[5]);
    let error = ServiceError::client("InvalidParameterException", text);
    let (input, output) = (with_secrets(), with_secrets());
    w.record(Event {
        input: said(vault(), "PutVault", false, &input),
        output: said(vault(), "PutVault", true, &output),
        ..event(&call, vault(), "PutVault", Some(&error))
    });
    let entry = w.entry("r").unwrap();
    let event: Json = serde_json::from_str(&entry.event).unwrap();
    expect![[r#"{"dBName":"d","deep":{"password":"HIDDEN_DUE_TO_SECURITY_REASONS","plain":"seen"},"hidden":"HIDDEN_DUE_TO_SECURITY_REASONS","masterUserPassword":"HIDDEN_DUE_TO_SECURITY_REASONS","names":["a","b"],"on":true,"secretBinary":{"size":12},"secretString":"HIDDEN_DUE_TO_SECURITY_REASONS","since":"Jan 1, 2026, 1:04:05 PM","size":3,"variables":{"URL":"HIDDEN_DUE_TO_SECURITY_REASONS"},"vaultName":"v","zipFile":{"size":10}}"#]].assert_eq(&event["requestParameters"].to_string());
    expect![[r#"{"dBName":"d","deep":{"password":"HIDDEN_DUE_TO_SECURITY_REASONS","plain":"seen"},"hidden":"HIDDEN_DUE_TO_SECURITY_REASONS","masterUserPassword":"HIDDEN_DUE_TO_SECURITY_REASONS","names":["a","b"],"on":true,"secretBinary":{"size":12},"secretString":"HIDDEN_DUE_TO_SECURITY_REASONS","since":"Jan 1, 2026, 1:04:05 PM","size":3,"variables":{"URL":"HIDDEN_DUE_TO_SECURITY_REASONS"},"vaultName":"v","zipFile":{"size":10}}"#]].assert_eq(&event["responseElements"].to_string());
    expect!["Value 'HIDDEN_DUE_TO_SECURITY_REASONS' at 'secretString' is wrong, so is HIDDEN_DUE_TO_SECURITY_REASONS"].assert_eq(event["errorMessage"].as_str().unwrap());
    // What a row holds before it is packed, and what is on the disk.
    let stored = serde_json::to_string(&entry).unwrap();
    drop(w);
    let mut bytes = stored.into_bytes();
    for file in std::fs::read_dir(dir.path()).unwrap().filter_map(|f| std::fs::read(f.unwrap().path()).ok()) {
        bytes.extend(file);
    }
    assert!(bytes.len() > 4096, "the database was read");
    for secret in SECRETS {
        assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret} is stored");
    }
}

#[test]
fn reads_have_no_answer_and_data_events_no_question() {
    let value = with_secrets();
    assert!(said(vault(), "ListVaults", true, &value).is_none());
    assert!(said(vault(), "ListVaults", false, &value).is_some());
    assert!(said(vault(), "AssumeRole", true, &value).is_some());
    assert!(said(made("lambda", "json"), "Invoke", false, &value).is_none());
    let call = root();
    assert!(svc_cloudtrail::Observed::of(event(&call, made("lambda", "json"), "Invoke", None)).is_none());
}

#[test]
fn large_parameters_are_left_out() {
    let call = root();
    let long = Value::Struct([("VaultName", Value::from("x".repeat(200_000)))].into_iter().collect());
    let event = recorded(Event {
        input: said(vault(), "PutVault", false, &long),
        ..event(&call, vault(), "PutVault", None)
    });
    assert_eq!(event["requestParameters"].to_string(), r#"{"omitted":true,"originalSize":200000}"#);
}

#[test]
fn services_have_their_own_names_and_codes() {
    let call = root();
    let check = |service: &str, protocol: &str, operation: &str, error: &ServiceError, want: Expect| {
        let e = recorded(event(&call, made(service, protocol), operation, Some(error)));
        want.assert_eq(&format!("{} {} {}", e["eventSource"], e["eventName"], e["errorCode"]));
    };
    let denial = Denial { action: "a:B".into(), resource: "*".into(), decision: None, remarks: vec![] };
    let denied = |code: &'static str| ServiceError::client(code, "no").denied(denial.clone());
    let missing = ServiceError::client("NoSuchVault", "no").status(404);
    check(
        "vault",
        "json",
        "ListVaults",
        &missing,
        expect![[r#""vault.amazonaws.com" "ListVaults" "NoSuchVaultException""#]],
    );
    check(
        "vault",
        "json",
        "ListVaults",
        &denied("AccessDeniedException"),
        expect![[r#""vault.amazonaws.com" "ListVaults" "AccessDenied""#]],
    );
    check(
        "ec2",
        "ec2",
        "ListVaults",
        &denied("UnauthorizedOperation"),
        expect![[r#""ec2.amazonaws.com" "ListVaults" "Client.UnauthorizedOperation""#]],
    );
    check(
        "ec2",
        "ec2",
        "ListVaults",
        &ServiceError::internal("x"),
        expect![[r#""ec2.amazonaws.com" "ListVaults" "Server.InternalFailure""#]],
    );
    check(
        "lambda",
        "json",
        "GetFunction",
        &missing,
        expect![[r#""lambda.amazonaws.com" "GetFunction20150331v2" "NoSuchVaultException""#]],
    );
}
