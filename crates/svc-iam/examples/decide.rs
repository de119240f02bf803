//! How long a decision takes, in accounts with few and with many policies:
//! `cargo run --release -p svc-iam --example decide`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it measures, and may fail")]

#[path = "../tests/support/mod.rs"]
mod support;

use policy::{Context, Principal};
use service::Access;
use std::hint::black_box;
use std::time::Instant;
use support::{ACCOUNT, World, element};
use svc_iam::Asked;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const POLICIES_PER_ROLE: usize = 10;
const SAMPLES: usize = 20_000;
/// Decisions timed together: one is shorter than the clock is fine.
const BATCH: u32 = 16;

/// Ten policies such as roles have: some of other services, one that decides, with a condition.
fn role(w: &World, number: usize) -> Principal {
    let name = format!("role-{number}");
    let made = w.ok("CreateRole", &[("RoleName", &name), ("AssumeRolePolicyDocument", TRUST)]);
    for n in 0..POLICIES_PER_ROLE {
        let document = match n {
            0 => statement(
                "secretsmanager:GetSecretValue",
                r#","Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"},"Bool":{"aws:SecureTransport":"true"}}"#,
            ),
            1 => statement("secretsmanager:Describe*", ""),
            _ => statement(&format!("service{n}:Get*"), ""),
        };
        let policy = format!("p{n}");
        w.ok("PutRolePolicy", &[("RoleName", &name), ("PolicyName", &policy), ("PolicyDocument", &document)]);
    }
    Principal::RoleSession {
        account: ACCOUNT.parse().unwrap(),
        role_arn: element(&made, "Arn").unwrap().into(),
        role_id: element(&made, "RoleId").unwrap().into(),
        session_name: "s".into(),
    }
}

fn statement(action: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"arn:aws:secretsmanager:*:000000000000:secret:db-*"{condition}}}]}}"#
    )
}

fn context() -> Context {
    let mut keys = Context::default();
    keys.set("aws:CurrentTime", ["2026-01-01T00:00:00Z"]);
    keys.set("aws:SecureTransport", ["true"]);
    keys.set("aws:RequestedRegion", ["us-east-1"]);
    keys.set("aws:SourceIp", ["127.0.0.1"]);
    keys
}

/// Nanoseconds of one decision, sorted.
fn measure(w: &World, principals: &[Principal]) -> Vec<u64> {
    let (context, mut times) = (context(), Vec::with_capacity(SAMPLES));
    let access = Access::to(
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf",
    );
    for sample in 0..SAMPLES {
        let principal = &principals[sample % principals.len()];
        let asked = Asked {
            principal,
            session_policies: &[],
            access: &access,
            context: &context,
            endpoint_policy: None,
        };
        let start = Instant::now();
        for _ in 0..BATCH {
            assert!(black_box(w.iam.decide(black_box(&asked)).unwrap()).is_allowed());
        }
        times.push(u64::try_from(start.elapsed().as_nanos()).unwrap() / u64::from(BATCH));
    }
    times.sort_unstable();
    times
}

fn main() {
    for roles in [1, 10, 100, 1000] {
        let w = World::new();
        let principals: Vec<Principal> = (0..roles).map(|number| role(&w, number)).collect();
        measure(&w, &principals);
        let times = measure(&w, &principals);
        let at = |share: usize| times[times.len() * share / 100] as f64 / 1000.0;
        println!(
            "{:>6} policies in the account, {roles:>4} roles asking: p50 {:.2} µs, p99 {:.2} µs",
            roles * POLICIES_PER_ROLE,
            at(50),
            at(99),
        );
    }
}
