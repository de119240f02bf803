//! Why a statement that was meant to allow never does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use actions::Aws;
use expect_test::{Expect, expect};
use policy::{Context, Document, Policies, Policy, PolicyKind, Principal, Request, covered, lint, remarks};
use std::sync::Arc;

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

fn policy(statements: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Policy::new("p", Arc::new(Document::parse(&text).unwrap()))
}

fn user() -> Principal {
    Principal::User {
        account: "000000000000".parse().unwrap(),
        path: "/".to_owned(),
        name: "u".to_owned(),
        id: "AIDA".to_owned(),
    }
}

fn check(statement: &str, action: &str, resource: &str, expected: Expect) {
    let request = Request::new(user(), action, resource).with_context(Context::default());
    let identity = [policy(statement)];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let found = remarks(&request, &policies, &Aws);
    expected.assert_eq(&found.iter().map(|r| r.flaw.to_string()).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_slip_in_a_name_is_told() {
    let get = "secretsmanager:GetSecretValue";
    check(
        r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValues","Resource":"*"}"#,
        get,
        SECRET,
        expect![[
            "there is no action `secretsmanager:GetSecretValues`; `secretsmanager:GetSecretValue` is near"
        ]],
    );
    check(
        r#"{"Effect":"Allow","Action":"secretmanager:GetSecretValue","Resource":"*"}"#,
        get,
        SECRET,
        expect![["there is no service `secretmanager`; `secretsmanager` is near"]],
    );
    check(
        r#"{"Effect":"Allow","Action":"secretsmanager:GetSecrets*","Resource":"*"}"#,
        get,
        SECRET,
        expect![["`secretsmanager:GetSecrets*` covers no action"]],
    );
    check(
        r#"{"Effect":"Allow","Action":"secretsmanager:List*","Resource":"*"}"#,
        get,
        SECRET,
        expect![["`secretsmanager:List*` covers `ListSecrets`, `ListSecretVersionIds` only"]],
    );
    check(
        r#"{"Effect":"Allow","Action":"lambda:Invoke","Resource":"*"}"#,
        "lambda:InvokeFunction",
        FUNCTION,
        expect![["`lambda:Invoke` is an operation; its action is `lambda:InvokeFunction`"]],
    );
}

#[test]
fn what_the_action_never_has_is_told() {
    check(
        r#"{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*","Condition":{"StringEquals":{"lambda:VpcIds":"vpc-1"}}}"#,
        "lambda:InvokeFunction",
        FUNCTION,
        expect![["the key `lambda:VpcIds` is not used by `lambda:InvokeFunction`"]],
    );
    check(
        r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*:*:secret:db-*"}"#,
        "secretsmanager:ListSecrets",
        "*",
        expect![[
            "`secretsmanager:ListSecrets` has no resources and wants `*`, not `arn:aws:secretsmanager:*:*:secret:db-*`"
        ]],
    );
    check(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket"}"#,
        "s3:GetObject",
        "arn:aws:s3:::bucket/key",
        expect![[
            "`s3:GetObject` is never on `arn:aws:s3:::bucket`, but on `arn:${Partition}:s3:::${BucketName}/${ObjectName}` and 1 more"
        ]],
    );
}

/// Nothing is said of what is right in itself: another resource, a key that has another value.
#[test]
fn statements_without_a_flaw_have_no_remark() {
    let get = "secretsmanager:GetSecretValue";
    for statement in [
        r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:other-*"}"#,
        r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}"#,
        r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"secretsmanager:ResourceTag/team":"a"}}}"#,
        r#"{"Effect":"Allow","Action":"nosuchservice:Get*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"secretsmanager:DescribeSecret","Resource":"*"}"#,
        r#"{"Effect":"Deny","Action":"secretsmanager:GetSecretValues","Resource":"*"}"#,
    ] {
        check(statement, get, SECRET, expect![[""]]);
    }
}

#[test]
fn a_document_is_looked_through_whatever_is_asked() {
    let policy = policy(
        r#"{"Effect":"Allow","Action":["ec2:CreateVpcs","sqss:SendMessage","lambda:Invoke","logs:Nothing*"],"Resource":"*"},
           {"Sid":"Listed","Effect":"Allow","Action":["secretsmanager:ListSecrets"],"Resource":"arn:aws:secretsmanager:*:*:secret:*"},
           {"Effect":"Allow","Action":"lambda:Invoke*","Resource":"*","Condition":{"StringEquals":{"lambda:VpcIds":"v","aws:SourceVpc":"v"}}},
           {"Effect":"Allow","Action":"ec2:*","Resource":"*","Condition":{"StringEquals":{"ec2:Vpc":"v"}}},
           {"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"lambda:VpcIds":"v"}}}"#,
    );
    let found = lint(PolicyKind::IdentityBased, &policy, &Aws);
    expect![[r#"
        Allow in identity-based policy p, statement 0: there is no action `ec2:CreateVpcs`; `ec2:CreateVpc` is near
        Allow in identity-based policy p, statement 0: there is no service `sqss`; `sqs` is near
        Allow in identity-based policy p, statement 0: `lambda:Invoke` is an operation; its action is `lambda:InvokeFunction`
        Allow in identity-based policy p, statement 0: `logs:Nothing*` covers no action
        Allow in identity-based policy p, statement 1 (Listed): `secretsmanager:ListSecrets` has no resources and wants `*`, not `arn:aws:secretsmanager:*:*:secret:*`
        Allow in identity-based policy p, statement 2: the key `lambda:VpcIds` is not used by `lambda:InvokeAsync`"#]].assert_eq(&found.iter().map(|r| r.to_string()).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_wildcard_covers_known_actions() {
    assert_eq!(covered("ec2:createvpc", &Aws).unwrap(), ["CreateVpc"]);
    assert_eq!(covered("secretsmanager:List*", &Aws).unwrap(), ["ListSecrets", "ListSecretVersionIds"]);
    assert!(covered("ec2:Create*", &Aws).unwrap().len() > 50);
    assert_eq!(covered("nosuch:*", &Aws), None);
}

/// A policy of 10,000 statements is looked at for as long as is bounded.
#[test]
fn a_huge_policy_has_few_remarks() {
    let one = r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValues","Resource":"*"}"#;
    let huge = policy(&[one; 10_000].join(","));
    let request = Request::new(user(), "secretsmanager:GetSecretValue", SECRET);
    let identity = [huge];
    let policies = Policies { identity: &identity, ..Policies::default() };
    assert_eq!(remarks(&request, &policies, &Aws).len(), 8);
}
