//! Tables of small worlds: policies, a request, the decision and AWS's text.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use expect_test::{Expect, expect};
use policy::{Context, Document, Policies, Policy, Principal, Request, ResourceRule, evaluate, near_misses};
use std::sync::Arc;

const OWN: &str = "111111111111";
const OTHER: &str = "222222222222";
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf";

fn user() -> Principal {
    Principal::User {
        account: OWN.parse().unwrap(),
        path: "/".into(),
        name: "ann".into(),
        id: "AIDAANN".into(),
    }
}

fn session() -> Principal {
    Principal::RoleSession {
        account: OWN.parse().unwrap(),
        role_arn: format!("arn:aws:iam::{OWN}:role/app/worker"),
        role_id: "AROAWORKER".into(),
        session_name: "s1".into(),
    }
}

fn root() -> Principal {
    Principal::Root { account: OWN.parse().unwrap() }
}

fn policy(name: &str, statement: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    Policy::new(name, Arc::new(Document::parse(&text).unwrap()))
}

fn allow(action: &str) -> Policy {
    policy("allow", &format!(r#"{{"Sid":"A","Effect":"Allow","Action":"{action}","Resource":"*"}}"#))
}

fn deny(action: &str) -> Policy {
    policy("deny", &format!(r#"{{"Sid":"D","Effect":"Deny","Action":"{action}","Resource":"*"}}"#))
}

fn to(effect: &str, principal: &str) -> Policy {
    policy(
        "resource",
        &format!(r#"{{"Effect":"{effect}","Principal":{principal},"Action":"*","Resource":"*"}}"#),
    )
}

fn get_secret(principal: Principal) -> Request<'static> {
    Request::new(principal, "secretsmanager:GetSecretValue", SECRET).owned_by(OWN.parse().unwrap())
}

fn check(request: &Request, policies: &Policies<'_>, expect: Expect) {
    let decision = evaluate(request, policies);
    let text = if decision.is_allowed() {
        "allowed".to_owned()
    } else {
        decision.message(&request.principal().arn(), request.action(), request.resource())
    };
    let statements: String = decision.deciding.iter().map(|d| format!("\n  {d}")).collect();
    expect.assert_eq(&format!("{text}{statements}"));
}

#[test]
fn identity_policies_grant_and_deny() {
    let request = get_secret(user());
    check(
        &request,
        &Policies::default(),
        expect![
            "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf because no identity-based policy allows the secretsmanager:GetSecretValue action"
        ],
    );
    let identity = [allow("SecretsManager:get*")];
    check(
        &request,
        &Policies { identity: &identity, ..Policies::default() },
        expect![[r#"
        allowed
          Allow in identity-based policy allow, statement 0 (A)"#]],
    );
    let identity = [allow("*"), deny("secretsmanager:*")];
    check(
        &request,
        &Policies { identity: &identity, ..Policies::default() },
        expect![[r#"
        User: arn:aws:iam::111111111111:user/ann is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf with an explicit deny in an identity-based policy
          Deny in identity-based policy deny, statement 0 (D)"#]],
    );
}

#[test]
fn the_root_user_needs_no_identity_policy_and_obeys_a_deny() {
    check(&get_secret(root()), &Policies::default(), expect!["allowed"]);
    let resource = to("Deny", r#"{"AWS":"111111111111"}"#);
    check(
        &get_secret(root()),
        &Policies { resource: Some(&resource), ..Policies::default() },
        expect![[r#"
        User: arn:aws:iam::111111111111:root is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf with an explicit deny in a resource-based policy
          Deny in resource-based policy resource, statement 0"#]],
    );
}

#[test]
fn each_limiting_kind_is_named_when_it_does_not_allow() {
    let (all, none) = ([allow("*")], allow("s3:*"));
    let levels = [vec![allow("*")], vec![allow("s3:*")]];
    let base = Policies { identity: &all, ..Policies::default() };
    let request = get_secret(session());
    for (policies, reason) in [
        (
            Policies { endpoint: Some(&to("Allow", r#"{"AWS":"222222222222"}"#)), ..base },
            "because no VPC endpoint policy allows",
        ),
        (
            Policies { endpoint: Some(&to("Deny", r#""*""#)), ..base },
            "with an explicit deny in a VPC endpoint policy",
        ),
        (Policies { boundary: Some(&none), ..base }, "because no permissions boundary allows"),
        (Policies { boundary: Some(&deny("*")), ..base }, "with an explicit deny in a permissions boundary"),
        (Policies { session: std::slice::from_ref(&none), ..base }, "because no session policy allows"),
        (Policies { session: &[deny("*")], ..base }, "with an explicit deny in a session policy"),
        (Policies { service_control: &levels, ..base }, "because no service control policy allows"),
        (
            Policies { service_control: &[vec![deny("*")]], ..base },
            "with an explicit deny in a service control policy",
        ),
    ] {
        let decision = evaluate(&request, &policies);
        let message = decision.message("U", "A", "R");
        assert!(
            message.starts_with(&format!("User: U is not authorized to perform: A on resource: R {reason}")),
            "{message}"
        );
    }
}

/// In the caller's own account: what naming the account, the role, the session or the user
/// in the resource's policy is worth, with and without an identity policy and a boundary.
#[test]
fn resource_policies_in_one_account() {
    let none = allow("s3:*");
    for (principal, named, alone, with_boundary) in [
        (user(), r#"{"AWS":"111111111111"}"#, false, false),
        (user(), r#"{"AWS":"arn:aws:iam::111111111111:root"}"#, false, false),
        (user(), r#"{"AWS":"arn:aws:iam::111111111111:user/ann"}"#, true, true),
        (user(), r#"{"AWS":"AIDAANN"}"#, true, true),
        (user(), r#"{"AWS":"arn:aws:iam::111111111111:user/bob"}"#, false, false),
        (user(), r#""*""#, true, true),
        (session(), r#"{"AWS":"arn:aws:iam::111111111111:role/app/worker"}"#, true, false),
        (session(), r#"{"AWS":"AROAWORKER"}"#, true, false),
        (session(), r#"{"AWS":"arn:aws:sts::111111111111:assumed-role/worker/s1"}"#, true, true),
        (session(), r#"{"AWS":"arn:aws:sts::111111111111:assumed-role/worker/s2"}"#, false, false),
        (session(), r#"{"AWS":"111111111111"}"#, false, false),
        (
            Principal::Service { name: "rds.amazonaws.com".into() },
            r#"{"Service":"rds.amazonaws.com"}"#,
            true,
            true,
        ),
        (
            Principal::Service { name: "rds.amazonaws.com".into() },
            r#"{"Service":"ec2.amazonaws.com"}"#,
            false,
            false,
        ),
        (Principal::Anonymous, r#"{"AWS":"*"}"#, true, true),
        (Principal::Anonymous, r#"{"AWS":"111111111111"}"#, false, false),
    ] {
        let resource = to("Allow", named);
        let request = get_secret(principal);
        let policies = Policies { resource: Some(&resource), ..Policies::default() };
        assert_eq!(evaluate(&request, &policies).is_allowed(), alone, "{named} {request:?}");
        let policies = Policies { boundary: Some(&none), ..policies };
        assert_eq!(
            evaluate(&request, &policies).is_allowed(),
            with_boundary,
            "{named} and boundary {request:?}"
        );
    }
}

/// The two outcome tables of AWS's API Gateway guide, with the shape of IAM authorization.
#[test]
fn both_sides_must_grant_across_accounts_and_either_in_one() {
    for (owner, identity, resource, allowed) in [
        (OWN, "Allow", "Allow", true),
        (OWN, "Allow", "", true),
        (OWN, "Allow", "Deny", false),
        (OWN, "", "Allow", true),
        (OWN, "", "", false),
        (OWN, "", "Deny", false),
        (OWN, "Deny", "Allow", false),
        (OWN, "Deny", "", false),
        (OWN, "Deny", "Deny", false),
        (OTHER, "Allow", "Allow", true),
        (OTHER, "Allow", "", false),
        (OTHER, "Allow", "Deny", false),
        (OTHER, "", "Allow", false),
        (OTHER, "", "", false),
        (OTHER, "", "Deny", false),
        (OTHER, "Deny", "Allow", false),
        (OTHER, "Deny", "", false),
        (OTHER, "Deny", "Deny", false),
    ] {
        let identity_policies: Vec<Policy> = match identity {
            "Allow" => vec![allow("*")],
            "Deny" => vec![deny("*")],
            _ => vec![],
        };
        let resource_policy =
            (!resource.is_empty()).then(|| to(resource, r#"{"AWS":"arn:aws:iam::111111111111:user/ann"}"#));
        let request = Request::new(user(), "execute-api:Invoke", "*").owned_by(owner.parse().unwrap());
        let policies = Policies {
            identity: &identity_policies,
            resource: resource_policy.as_ref(),
            ..Policies::default()
        };
        let decision = evaluate(&request, &policies);
        assert_eq!(decision.is_allowed(), allowed, "{owner} {identity} {resource}");
    }
}

#[test]
fn a_role_is_assumed_only_when_its_trust_policy_allows() {
    let role = "arn:aws:iam::111111111111:role/r";
    let assume = |p: Principal| Request::new(p, "sts:AssumeRole", role).owned_by(OWN.parse().unwrap());
    let all = [allow("*")];
    let service = to("Allow", r#"{"Service":"lambda.amazonaws.com"}"#);
    let policies = Policies {
        identity: &all,
        resource: Some(&service),
        resource_rule: ResourceRule::Trust,
        ..Policies::default()
    };
    check(
        &assume(user()),
        &policies,
        expect![
            "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/r because no role trust policy allows the sts:AssumeRole action"
        ],
    );
    check(
        &assume(Principal::Service { name: "lambda.amazonaws.com".into() }),
        &Policies { identity: &[], ..policies },
        expect![[r#"
        allowed
          Allow in role trust policy resource, statement 0"#]],
    );
    check(
        &assume(root()),
        &policies,
        expect![
            "User: arn:aws:iam::111111111111:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/r because no role trust policy allows the sts:AssumeRole action"
        ],
    );
    let account = to("Allow", r#"{"AWS":"111111111111"}"#);
    let policies = Policies { identity: &[], resource: Some(&account), ..policies };
    check(
        &assume(user()),
        &policies,
        expect![
            "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/r because no identity-based policy allows the sts:AssumeRole action"
        ],
    );
    check(
        &assume(user()),
        &Policies { identity: &all, ..policies },
        expect![[r#"
        allowed
          Allow in role trust policy resource, statement 0
          Allow in identity-based policy allow, statement 0 (A)"#]],
    );
}

#[test]
fn not_principal_denies_all_but_the_fully_named() {
    let named = |list: &str| {
        policy(
            "r",
            &format!(r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":[{list}]}},"Action":"*","Resource":"*"}}"#),
        )
    };
    let all = [allow("*")];
    for (principal, list, allowed) in [
        (user(), r#""arn:aws:iam::111111111111:user/ann","111111111111""#, true),
        (user(), r#""arn:aws:iam::111111111111:user/ann""#, false),
        (session(), r#""arn:aws:iam::111111111111:user/ann","111111111111""#, false),
        (
            session(),
            r#""arn:aws:sts::111111111111:assumed-role/worker/s1","arn:aws:iam::111111111111:role/app/worker","111111111111""#,
            true,
        ),
        (root(), r#""111111111111""#, true),
    ] {
        let resource = named(list);
        let policies = Policies { identity: &all, resource: Some(&resource), ..Policies::default() };
        assert_eq!(
            evaluate(&get_secret(principal.clone()), &policies).is_allowed(),
            allowed,
            "{principal:?} {list}"
        );
    }
}

fn holds(condition: &str, keys: &[(&str, &[&str])]) -> bool {
    let mut context = Context::default();
    for (key, values) in keys {
        context.set(key, values.iter().copied());
    }
    let statement =
        format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{{condition}}}}}"#);
    let identity = [policy("p", &statement)];
    let request = get_secret(user()).with_context(context);
    evaluate(&request, &Policies { identity: &identity, ..Policies::default() }).is_allowed()
}

#[test]
fn conditions_compare_as_documented() {
    let k = |value: &'static str| -> Vec<(&str, Vec<&str>)> { vec![("k", vec![value])] };
    for (condition, keys, expected) in [
        (r#""StringEquals":{"K":"a"}"#, k("a"), true),
        (r#""StringEquals":{"k":["b","a"]}"#, k("a"), true),
        (r#""StringEquals":{"k":"a*"}"#, k("ab"), false),
        (r#""StringEquals":{"k":"A"}"#, k("a"), false),
        (r#""StringEquals":{"k":"${aws:username}"}"#, k("ann"), true),
        (r#""StringEquals":{"k":"a"}"#, vec![], false),
        (r#""StringEqualsIfExists":{"k":"a"}"#, vec![], true),
        (r#""StringEqualsIfExists":{"k":"a"}"#, k("b"), false),
        (r#""StringNotEquals":{"k":"a"}"#, k("b"), true),
        (r#""StringNotEquals":{"k":["a","b"]}"#, k("b"), false),
        (r#""StringNotEquals":{"k":"a"}"#, vec![], true),
        (r#""StringEqualsIgnoreCase":{"k":"A"}"#, k("a"), true),
        (r#""StringNotEqualsIgnoreCase":{"k":"A"}"#, k("a"), false),
        (r#""StringLike":{"k":"a*c?"}"#, k("abcd"), true),
        (r#""StringLike":{"k":"a${*}c"}"#, k("abc"), false),
        (r#""StringNotLike":{"k":"a*"}"#, k("abc"), false),
        (r#""NumericEquals":{"k":"10.0"}"#, k("10"), true),
        (r#""NumericNotEquals":{"k":"10"}"#, k("11"), true),
        (r#""NumericLessThan":{"k":10}"#, k("9"), true),
        (r#""NumericLessThan":{"k":10}"#, k("10"), false),
        (r#""NumericLessThanEquals":{"k":"10"}"#, k("10"), true),
        (r#""NumericGreaterThan":{"k":"10"}"#, k("11"), true),
        (r#""NumericGreaterThanEquals":{"k":"10"}"#, k("9"), false),
        (r#""NumericEquals":{"k":"ten"}"#, k("ten"), false),
        (r#""DateGreaterThan":{"k":"2026-01-01T00:00:00Z"}"#, k("2026-01-01T00:00:01Z"), true),
        (r#""DateLessThan":{"k":"2026-01-01T00:00:00Z"}"#, k("1767225599"), true),
        (r#""DateEquals":{"k":"2026-01-01"}"#, k("2026-01-01T01:00:00+01:00"), true),
        (r#""DateNotEquals":{"k":"2026-01-01"}"#, k("2026-01-02"), true),
        (r#""Bool":{"k":true}"#, k("true"), true),
        (r#""Bool":{"k":"True"}"#, k("true"), true),
        (r#""Bool":{"k":"false"}"#, vec![], false),
        (r#""BoolIfExists":{"k":"false"}"#, vec![], true),
        (r#""BinaryEquals":{"k":"QmluYXJ5"}"#, k("QmluYXJ5"), true),
        (r#""IpAddress":{"k":"10.0.0.0/8"}"#, k("10.1.2.3"), true),
        (r#""IpAddress":{"k":["10.0.0.0/8","2001:db8::/32"]}"#, k("2001:db8::1"), true),
        (r#""IpAddress":{"k":"10.0.0.1"}"#, k("10.0.0.2"), false),
        (r#""NotIpAddress":{"k":"10.0.0.0/8"}"#, k("11.0.0.1"), true),
        (
            r#""ArnLike":{"k":"arn:aws:lambda:*:111111111111:function:*"}"#,
            k("arn:aws:lambda:us-east-1:111111111111:function:f"),
            true,
        ),
        (
            r#""ArnEquals":{"k":"arn:aws:lambda:*:111111111111:function:*"}"#,
            k("arn:aws:lambda:us-east-1:111111111111:function:f"),
            true,
        ),
        (
            r#""ArnLike":{"k":"arn:aws:lambda:*:function:f"}"#,
            k("arn:aws:lambda:us-east-1:111111111111:function:f"),
            false,
        ),
        (r#""ArnNotLike":{"k":"arn:aws:s3:::a*"}"#, k("arn:aws:s3:::b"), true),
        (r#""Null":{"k":"true"}"#, vec![], true),
        (r#""Null":{"k":"true"}"#, k("a"), false),
        (r#""Null":{"k":false}"#, k("a"), true),
        (r#""StringEquals":{"k":"a"},"Bool":{"k":"a"}"#, k("b"), false),
        (r#""StringEquals":{"aws:username":"ann"}"#, vec![("aws:username", vec!["bob"])], true),
        (r#""StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ann"}"#, vec![], true),
        (r#""ForAllValues:StringEquals":{"k":["a","b"]}"#, vec![("k", vec!["a", "b"])], true),
        (r#""ForAllValues:StringEquals":{"k":["a","b"]}"#, vec![("k", vec!["a", "c"])], false),
        (r#""ForAllValues:StringEquals":{"k":"a"}"#, vec![], true),
        (r#""ForAnyValue:StringEquals":{"k":["a","b"]}"#, vec![("k", vec!["c", "b"])], true),
        (r#""ForAnyValue:StringEquals":{"k":"a"}"#, vec![], false),
        (r#""ForAnyValue:StringLike":{"k":"o-*/r/ou/*"}"#, vec![("k", vec!["x", "o-1/r/ou/2"])], true),
        (r#""ForAnyValue:StringNotEquals":{"k":["a","b"]}"#, vec![("k", vec!["a", "c"])], true),
        (r#""ForAllValues:StringNotEquals":{"k":["a","b"]}"#, vec![("k", vec!["a", "c"])], false),
    ] {
        let keys: Vec<(&str, &[&str])> = keys.iter().map(|(k, v)| (*k, v.as_slice())).collect();
        assert_eq!(holds(condition, &keys), expected, "{condition} with {keys:?}");
    }
}

#[test]
fn variables_exist_in_the_newer_version_only() {
    let text = |version: &str| {
        format!(
            r#"{{"Version":"{version}","Statement":{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${{aws:username}}/*"}}}}"#
        )
    };
    let request = Request::new(user(), "s3:GetObject", "arn:aws:s3:::b/ann/x");
    for (version, allowed) in [("2012-10-17", true), ("2008-10-17", false)] {
        let identity = [Policy::new("p", Arc::new(Document::parse(&text(version)).unwrap()))];
        assert_eq!(
            evaluate(&request, &Policies { identity: &identity, ..Policies::default() }).is_allowed(),
            allowed
        );
    }
}

#[test]
fn a_near_miss_names_the_condition_that_failed() {
    let identity = [policy(
        "OnlyFromHome",
        r#"{"Sid":"Home","Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"},"Null":{"aws:SourceIp":"true"}}}"#,
    )];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let found = near_misses(&get_secret(user()), &policies);
    let shown: Vec<String> =
        found.iter().map(|m| format!("{}: {}", m.statement, m.failed.join(", "))).collect();
    expect![
        "Allow in identity-based policy OnlyFromHome, statement 0 (Home): StringEquals aws:SourceVpce vpce-1"
    ]
    .assert_eq(&shown.join("\n"));
}
