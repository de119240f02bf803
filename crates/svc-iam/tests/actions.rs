//! Every operation asks for the action, the resource and the keys that AWS's reference gives it.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use policy::Principal;
use service::testing::Asking;
use support::{ACCOUNT, World};

#[test]
fn operations_ask_as_the_reference_says() {
    let mut w = World::new();
    w.caller = Principal::User {
        account: ACCOUNT.parse().unwrap(),
        path: "/".to_owned(),
        name: "ann".to_owned(),
        id: "AIDA1".to_owned(),
    };
    let registry = svc_iam::ops::registry(w.iam.clone());
    let samples = [
        ("PolicyArn", "arn:aws:iam::000000000000:policy/p"),
        ("Arn", "arn:aws:iam::000000000000:role/r"),
        ("PolicySourceArn", "arn:aws:iam::000000000000:role/r"),
        ("OpenIDConnectProviderArn", "arn:aws:iam::000000000000:oidc-provider/issuer.example"),
        ("Url", "https://issuer.example"),
        ("AWSServiceName", "rds.amazonaws.com"),
        ("Path", "/"),
        ("PathPrefix", "/"),
    ];
    let asking = Asking { registry: &registry, call: &w.frame(), samples: &samples, free: &[] };
    assert_eq!(asking.differences(), Vec::<String>::new());
}

/// Who may only touch roles that are bounded cannot touch others, as delegated administration has it.
#[test]
fn a_condition_can_ask_for_the_boundary_that_a_role_has() {
    let mut w = World::new();
    let boundary = "arn:aws:iam::aws:policy/AmazonSQSFullAccess";
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    let role = |name| vec![("RoleName", name), ("AssumeRolePolicyDocument", trust)];
    w.ok("CreateRole", &role("free"));
    w.ok("CreateRole", &[role("bounded"), vec![("PermissionsBoundary", boundary)]].concat());
    let made = w.ok("CreateUser", &[("UserName", "dev")]);
    let may = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"*","Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{boundary}"}}}}}}}}"#
    );
    w.ok("PutUserPolicy", &[("UserName", "dev"), ("PolicyName", "p"), ("PolicyDocument", &may)]);
    w.caller = Principal::User {
        account: ACCOUNT.parse().unwrap(),
        path: "/".to_owned(),
        name: "dev".to_owned(),
        id: support::element(&made, "UserId").unwrap().to_owned(),
    };
    let attach = |name| w.call("AttachRolePolicy", &[("RoleName", name), ("PolicyArn", boundary)]);
    assert!(attach("bounded").starts_with("200 "), "{}", attach("bounded"));
    assert!(attach("free").starts_with("403 AccessDenied"), "{}", attach("free"));
}
