//! What the stored policies of a role come to for its sessions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use policy::{Context, Decision, Document, Policy, Principal};
use service::Access;
use std::sync::Arc;
use support::{ACCOUNT, World, element};
use svc_iam::Asked;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf";
const ARN: &str = "arn:aws:iam::000000000000:role/r";

fn document(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

fn role(world: &World) -> Principal {
    let made = world.ok("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)]);
    Principal::RoleSession {
        account: ACCOUNT.parse().unwrap(),
        role_arn: ARN.into(),
        role_id: element(&made, "RoleId").unwrap().into(),
        session_name: "s".into(),
    }
}

fn decide(w: &World, principal: &Principal, session: &[String], endpoint: Option<&Policy>) -> Decision {
    let access = Access::to("secretsmanager:GetSecretValue", SECRET);
    let context = Context::default();
    let asked = Asked {
        principal,
        session_policies: session,
        access: &access,
        context: &context,
        endpoint_policy: endpoint,
    };
    w.iam.decide(&asked).unwrap()
}

fn allow_secret(w: &World) {
    let text = document(
        r#"{"Sid":"Read","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}"#,
    );
    w.ok("PutRolePolicy", &[("RoleName", "r"), ("PolicyName", "secret"), ("PolicyDocument", &text)]);
}

#[test]
fn a_change_counts_from_the_next_decision_on() {
    let w = World::new();
    let session = role(&w);
    assert!(!decide(&w, &session, &[], None).is_allowed());
    allow_secret(&w);
    let decision = decide(&w, &session, &[], None);
    assert_eq!(decision.deciding[0].to_string(), "Allow in identity-based policy secret, statement 0 (Read)");
    w.ok("DeleteRolePolicy", &[("RoleName", "r"), ("PolicyName", "secret")]);
    assert!(!decide(&w, &session, &[], None).is_allowed());
    w.ok(
        "AttachRolePolicy",
        &[("RoleName", "r"), ("PolicyArn", "arn:aws:iam::aws:policy/SecretsManagerReadWrite")],
    );
    assert!(decide(&w, &session, &[], None).is_allowed());
}

#[test]
fn only_the_version_in_force_counts() {
    let w = World::new();
    let session = role(&w);
    let arn = "arn:aws:iam::000000000000:policy/p";
    let text = |effect: &str| document(&format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"*"}}"#));
    w.ok("CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", &text("Allow"))]);
    w.ok("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", arn)]);
    w.ok("CreatePolicyVersion", &[("PolicyArn", arn), ("PolicyDocument", &text("Deny"))]);
    assert!(decide(&w, &session, &[], None).is_allowed());
    w.ok("SetDefaultPolicyVersion", &[("PolicyArn", arn), ("VersionId", "v2")]);
    let decision = decide(&w, &session, &[], None);
    assert!(decision.message("u", "a", "r").ends_with("with an explicit deny in an identity-based policy"));
    assert_eq!(decision.deciding[0].policy_arn.as_deref(), Some(arn));
}

/// A role made again under the same name is another role: old sessions may do nothing.
#[test]
fn a_session_does_not_outlive_its_role() {
    let w = World::new();
    let old = role(&w);
    allow_secret(&w);
    w.ok("DeleteRolePolicy", &[("RoleName", "r"), ("PolicyName", "secret")]);
    w.ok("DeleteRole", &[("RoleName", "r")]);
    let new = role(&w);
    allow_secret(&w);
    assert!(decide(&w, &new, &[], None).is_allowed());
    assert!(!decide(&w, &old, &[], None).is_allowed());
}

#[test]
fn a_user_made_again_is_another_user() {
    let w = World::new();
    let text = document(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    let make = || {
        let made = w.ok("CreateUser", &[("UserName", "ann")]);
        w.ok("PutUserPolicy", &[("UserName", "ann"), ("PolicyName", "all"), ("PolicyDocument", &text)]);
        let id = element(&made, "UserId").unwrap().into();
        Principal::User { account: ACCOUNT.parse().unwrap(), path: "/".into(), name: "ann".into(), id }
    };
    let old = make();
    w.ok("DeleteUserPolicy", &[("UserName", "ann"), ("PolicyName", "all")]);
    w.ok("DeleteUser", &[("UserName", "ann")]);
    let new = make();
    assert!(decide(&w, &new, &[], None).is_allowed());
    assert!(!decide(&w, &old, &[], None).is_allowed());
}

#[test]
fn session_and_endpoint_policies_narrow() {
    let w = World::new();
    let session = role(&w);
    allow_secret(&w);
    let reason = |session_policy: &str, endpoint: Option<&Policy>| {
        let policies = [session_policy.to_owned()];
        decide(&w, &session, &policies, endpoint).message("u", "a", "r")
    };
    let all = "arn:aws:iam::aws:policy/AdministratorAccess";
    assert_eq!(reason(all, None), "");
    assert!(reason("arn:aws:iam::aws:policy/AmazonS3FullAccess", None).contains("no session policy allows"));
    assert!(reason("arn:aws:iam::aws:policy/Gone", None).contains("explicit deny in a session policy"));
    let s3_only = document(r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#);
    let endpoint = Policy::new("vpce-1", Arc::new(Document::parse(&s3_only).unwrap()));
    assert!(reason(all, Some(&endpoint)).contains("because no VPC endpoint policy allows"));
}

#[test]
fn tags_of_the_role_are_tags_of_the_principal() {
    let w = World::new();
    let session = role(&w);
    let text = document(
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"blue"}}}"#,
    );
    w.ok("PutRolePolicy", &[("RoleName", "r"), ("PolicyName", "p"), ("PolicyDocument", &text)]);
    assert!(!decide(&w, &session, &[], None).is_allowed());
    let access = Access::to("secretsmanager:GetSecretValue", SECRET);
    let context = Context::default();
    let asked = Asked {
        principal: &session,
        session_policies: &[],
        access: &access,
        context: &context,
        endpoint_policy: None,
    };
    let near = w.iam.near_misses(&asked).unwrap();
    assert_eq!(near[0].failed, ["StringEquals aws:PrincipalTag/Team blue"]);
    w.ok("TagRole", &[("RoleName", "r"), ("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "blue")]);
    assert!(decide(&w, &session, &[], None).is_allowed());
}
