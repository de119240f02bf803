//! A second evaluator, as slow and as literal as AWS's prose, compared with the real one over
//! generated policies and requests. It reads the JSON itself and shares no code with the crate.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use policy::{Context, Document, Policies, Policy, Principal, Request, ResourceRule, evaluate};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];

/// A request in plain words.
#[derive(Debug, Clone)]
struct Case {
    principal: usize,
    owner: usize,
    action: String,
    resource: String,
    keys: Vec<(String, Vec<String>)>,
    identity: Vec<Value>,
    resource_policy: Option<Value>,
    trust: bool,
    boundary: Option<Value>,
    session: Vec<Value>,
    endpoint: Option<Value>,
    control: Vec<Value>,
}

fn principals() -> Vec<Principal> {
    let account = || ACCOUNTS[0].parse().unwrap();
    vec![
        Principal::Root { account: account() },
        Principal::User { account: account(), path: "/".into(), name: "ann".into(), id: "AIDA1".into() },
        Principal::RoleSession {
            account: account(),
            role_arn: "arn:aws:iam::111111111111:role/p/r".into(),
            role_id: "AROA1".into(),
            session_name: "s".into(),
        },
        Principal::Service { name: "lambda.amazonaws.com".into() },
        Principal::Federated { provider: "arn:aws:iam::111111111111:oidc-provider/i".into() },
        Principal::Anonymous,
    ]
}

/// The names by which a principal can be addressed: account, role, itself.
fn names(principal: usize) -> (&'static [&'static str], &'static [&'static str], &'static [&'static str]) {
    let account: &[&str] = &["111111111111", "arn:aws:iam::111111111111:root"];
    match principal {
        0 => (&[], &[], account),
        1 => (account, &[], &["arn:aws:iam::111111111111:user/ann", "AIDA1"]),
        2 => (
            account,
            &["arn:aws:iam::111111111111:role/p/r", "AROA1"],
            &["arn:aws:sts::111111111111:assumed-role/r/s"],
        ),
        3 => (&[], &[], &["lambda.amazonaws.com"]),
        4 => (&[], &[], &["arn:aws:iam::111111111111:oidc-provider/i"]),
        _ => (&[], &[], &[]),
    }
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().map(|v| v.as_str().unwrap().to_owned()).collect(),
        Value::Null => vec![],
        other => vec![other.as_str().unwrap().to_owned()],
    }
}

fn like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => like(&pattern[1..], text) || (!text.is_empty() && like(pattern, &text[1..])),
        (Some(b'?'), Some(_)) => like(&pattern[1..], &text[1..]),
        (Some(p), Some(t)) if p == t => like(&pattern[1..], &text[1..]),
        _ => false,
    }
}

fn like_text(pattern: &str, text: &str) -> bool {
    like(pattern.as_bytes(), text.as_bytes())
}

fn like_arn(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let mut wanted: Vec<&str> = pattern.splitn(6, ':').collect();
    while wanted.len() < 6 {
        wanted.push("*");
    }
    let given: Vec<&str> = arn.splitn(6, ':').collect();
    wanted.len() == given.len() && wanted.iter().zip(&given).all(|(w, g)| like_text(w, g))
}

/// 0: not addressed, 1: by account, 2: by role, 3: directly.
fn addressed(statement: &Value, principal: usize) -> u8 {
    let element = |value: &Value| -> Vec<String> {
        if value == "*" {
            return vec!["*".into()];
        }
        value.as_object().map(|kinds| kinds.values().flat_map(list).collect()).unwrap_or_default()
    };
    let (account, role, direct) = names(principal);
    let has = |listed: &[String], wanted: &[&str]| listed.iter().any(|l| wanted.contains(&l.as_str()));
    if let Some(value) = statement.get("Principal") {
        let listed = element(value);
        return match () {
            () if has(&listed, &["*"]) || has(&listed, direct) => 3,
            () if has(&listed, role) => 2,
            () if has(&listed, account) => 1,
            () => 0,
        };
    }
    let Some(value) = statement.get("NotPrincipal") else { return 0 };
    let listed = element(value);
    let covered = |wanted: &[&str]| wanted.is_empty() || has(&listed, wanted);
    let itself = !direct.is_empty() && has(&listed, direct);
    if has(&listed, &["*"]) || (covered(account) && covered(role) && itself) { 0 } else { 3 }
}

fn condition(operator: &str, wanted: &[String], given: Option<&Vec<String>>) -> bool {
    if operator == "Null" {
        return wanted.iter().any(|w| w == if given.is_none() { "true" } else { "false" });
    }
    let (quantifier, rest) = operator.split_once(':').unwrap_or(("", operator));
    let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |n| (n, true));
    let negated = name.contains("Not");
    let equal = |w: &String, g: &String| match name {
        "StringEquals" | "StringNotEquals" => w == g,
        "StringLike" | "StringNotLike" => like_text(w, g),
        "NumericLessThan" => g.parse::<f64>().is_ok_and(|g| g < w.parse::<f64>().unwrap()),
        "Bool" => w == g,
        other => panic!("{other}"),
    };
    let Some(given) = given else {
        return if_exists || quantifier == "ForAllValues" || (quantifier.is_empty() && negated);
    };
    let one = |g: &String| wanted.iter().any(|w| equal(w, g)) != negated;
    let all = quantifier == "ForAllValues" || (quantifier.is_empty() && negated);
    if all { given.iter().all(one) } else { given.iter().any(one) }
}

fn applies(statement: &Value, case: &Case, by_principal: bool) -> u8 {
    let action = case.action.to_lowercase();
    let hit = |values: &Value| {
        list(values).iter().any(|a| {
            let a = a.to_lowercase();
            match (a.split_once(':'), action.split_once(':')) {
                (Some((s, n)), Some((service, name))) => like_text(s, service) && like_text(n, name),
                _ => a == "*",
            }
        })
    };
    let action_ok = statement.get("Action").map_or_else(|| !hit(&statement["NotAction"]), hit);
    let on = |values: &Value| list(values).iter().any(|r| like_arn(r, &case.resource));
    let resource_ok = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(values), _) => on(values),
        (_, Some(values)) => !on(values),
        _ => true,
    };
    let conditions_ok = statement.get("Condition").and_then(Value::as_object).is_none_or(|operators| {
        operators.iter().all(|(operator, keys)| {
            keys.as_object().unwrap().iter().all(|(key, wanted)| {
                let given = case.keys.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v);
                condition(operator, &list(wanted), given)
            })
        })
    });
    let by = if by_principal { addressed(statement, case.principal) } else { 3 };
    if action_ok && resource_ok && conditions_ok { by } else { 0 }
}

/// The widest allow and whether something denies.
fn look(documents: &[Value], case: &Case, by_principal: bool) -> (u8, bool) {
    let mut allow = 0;
    let mut deny = false;
    for statement in documents.iter().flat_map(|d| d["Statement"].as_array().unwrap()) {
        let by = applies(statement, case, by_principal);
        if statement["Effect"] == "Allow" {
            allow = allow.max(by);
        } else {
            deny |= by > 0;
        }
    }
    (allow, deny)
}

fn naive(case: &Case) -> bool {
    let one = |d: &Option<Value>| d.clone().into_iter().collect::<Vec<_>>();
    let (identity, d1) = look(&case.identity, case, false);
    let (resource, d2) = look(&one(&case.resource_policy), case, true);
    let (boundary, d3) = look(&one(&case.boundary), case, false);
    let (session, d4) = look(&case.session, case, false);
    let (endpoint, d5) = look(&one(&case.endpoint), case, true);
    let (control, d6) = look(&case.control, case, false);
    let limited = (case.endpoint.is_some() && endpoint == 0) || (!case.control.is_empty() && control == 0);
    if d1 || d2 || d3 || d4 || d5 || d6 || limited {
        return false;
    }
    if case.principal >= 3 {
        return resource > 0;
    }
    let root = case.principal == 0;
    let inner = (root || case.boundary.is_none() || boundary > 0) && (case.session.is_empty() || session > 0);
    let same = case.owner == 0;
    let identity = root || identity > 0;
    match (same, case.trust) {
        (false, _) => identity && inner && resource > 0,
        (true, _) if resource == 3 => true,
        (true, _) if resource == 2 => inner,
        (true, true) => identity && inner && resource > 0,
        (true, false) => identity && inner,
    }
}

fn real(case: &Case) -> bool {
    let policy = |d: &Value| Policy::new("p", Arc::new(Document::parse(&d.to_string()).unwrap()));
    let all = |list: &[Value]| list.iter().map(policy).collect::<Vec<_>>();
    let (identity, session) = (all(&case.identity), all(&case.session));
    let resource = case.resource_policy.as_ref().map(policy);
    let boundary = case.boundary.as_ref().map(policy);
    let endpoint = case.endpoint.as_ref().map(policy);
    let control: Vec<Vec<Policy>> = if case.control.is_empty() { vec![] } else { vec![all(&case.control)] };
    let mut context = Context::default();
    for (key, values) in &case.keys {
        context.set(key, values.clone());
    }
    let principal = principals().swap_remove(case.principal);
    let request = Request::new(principal, &case.action, &case.resource)
        .with_context(context)
        .owned_by(ACCOUNTS[case.owner].parse().unwrap());
    let policies = Policies {
        identity: &identity,
        resource: resource.as_ref(),
        resource_rule: if case.trust { ResourceRule::Trust } else { ResourceRule::Either },
        boundary: boundary.as_ref(),
        session: &session,
        service_control: &control,
        endpoint: endpoint.as_ref(),
    };
    evaluate(&request, &policies).is_allowed()
}

fn actions() -> impl Strategy<Value = Value> {
    let one = prop::sample::select(vec![
        "*",
        "s3:*",
        "S3:get*",
        "s3:GetObject",
        "s3:Put?bject",
        "s?:*Object",
        "sts:AssumeRole",
    ]);
    prop::collection::vec(one, 1..3).prop_map(|v| json!(v))
}

fn resources() -> impl Strategy<Value = Value> {
    let one = prop::sample::select(vec![
        "*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/?",
        "arn:aws:s3",
        "arn:aws:s3:::c",
        "arn:*:*:::b/k",
    ]);
    prop::collection::vec(one, 1..3).prop_map(|v| json!(v))
}

fn condition_block() -> impl Strategy<Value = Value> {
    let operator = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotLikeIfExists",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringNotEquals",
        "ForAnyValue:StringNotLike",
        "ForAnyValue:StringLikeIfExists",
        "Null",
        "Bool",
    ]);
    let numeric = (prop::sample::select(vec!["k", "N"]), prop::sample::select(vec!["1", "2.5"]))
        .prop_map(|(key, value)| json!({"NumericLessThan": {key: value}}));
    let text = (
        operator,
        prop::sample::select(vec!["k", "K", "n"]),
        prop::collection::vec(prop::sample::select(vec!["a", "b*", "true", "1"]), 1..3),
    )
        .prop_map(|(operator, key, values)| json!({operator: {key: values}}));
    prop_oneof![3 => text, 1 => numeric]
}

fn principal_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!("*"),
        json!({"AWS": "111111111111"}),
        json!({"AWS": "222222222222"}),
        json!({"AWS": ["arn:aws:iam::111111111111:user/ann", "111111111111"]}),
        json!({"AWS": "arn:aws:iam::111111111111:user/ann"}),
        json!({"AWS": "arn:aws:iam::111111111111:role/p/r"}),
        json!({"AWS": ["arn:aws:sts::111111111111:assumed-role/r/s"]}),
        json!({"AWS": ["arn:aws:sts::111111111111:assumed-role/r/s", "AROA1", "arn:aws:iam::111111111111:root"]}),
        json!({"Service": "lambda.amazonaws.com"}),
        json!({"Federated": "arn:aws:iam::111111111111:oidc-provider/i"}),
        json!({"AWS": "AIDA1", "Service": "ec2.amazonaws.com"}),
    ])
}

fn statement(with_principal: bool) -> impl Strategy<Value = Value> {
    (
        prop::sample::select(vec![
            "Allow", "Allow", "Allow", "Allow", "Allow", "Allow", "Allow", "Allow", "Allow", "Deny",
        ]),
        prop::bool::weighted(0.15),
        actions(),
        prop::option::weighted(0.9, (prop::bool::weighted(0.15), resources())),
        prop::option::weighted(0.25, condition_block()),
        (prop::bool::weighted(0.15), principal_value()),
    )
        .prop_map(
            move |(effect, not_action, actions, resources, condition, (not_principal, principal))| {
                let mut statement = json!({"Effect": effect});
                statement[if not_action { "NotAction" } else { "Action" }] = actions;
                if let Some((negated, resources)) = resources {
                    statement[if negated { "NotResource" } else { "Resource" }] = resources;
                }
                if let Some(condition) = condition {
                    statement["Condition"] = condition;
                }
                if with_principal {
                    statement[if not_principal { "NotPrincipal" } else { "Principal" }] = principal;
                }
                statement
            },
        )
}

fn document(with_principal: bool) -> impl Strategy<Value = Value> {
    prop::collection::vec(statement(with_principal), 1..4)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

fn case() -> impl Strategy<Value = Case> {
    let request = (
        0..6usize,
        prop::sample::select(vec![0, 0, 0, 1usize]),
        prop::sample::select(vec!["s3:GetObject", "s3:PutObject", "sts:AssumeRole", "S3:getObject"]),
        prop::sample::select(vec!["arn:aws:s3:::b/k", "arn:aws:s3:::c", "*", "arn:aws:s3:::b/kk:x"]),
        prop::collection::btree_map(
            "[kn]",
            prop::collection::vec(prop::sample::select(vec!["a", "bb", "true", "1", "2"]), 1..3),
            0..3,
        ),
    );
    let policies = (
        prop::collection::vec(document(false), 0..3),
        prop::option::weighted(0.6, document(true)),
        prop::bool::weighted(0.2),
        prop::option::weighted(0.2, document(false)),
        prop::collection::vec(document(false), 0..2),
        prop::option::weighted(0.2, document(true)),
        prop::collection::vec(document(false), 0..2),
    );
    (request, policies).prop_map(|(request, policies)| {
        let (principal, owner, action, resource, keys) = request;
        let (identity, resource_policy, trust, boundary, session, endpoint, control) = policies;
        let keys = keys.into_iter().map(|(k, v)| (k, v.into_iter().map(str::to_owned).collect())).collect();
        let (action, resource) = (action.to_owned(), resource.to_owned());
        Case {
            principal,
            owner,
            action,
            resource,
            keys,
            identity,
            resource_policy,
            trust,
            boundary,
            session,
            endpoint,
            control,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn both_evaluators_agree(case in case()) {
        prop_assert_eq!(real(&case), naive(&case), "{:#?}", case);
    }
}

/// The generator must reach both answers often, or the comparison shows nothing.
#[test]
fn the_generated_cases_are_of_both_kinds() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = case();
    let allowed = (0..500).filter(|_| real(&strategy.new_tree(&mut runner).unwrap().current())).count();
    assert!((50..450).contains(&allowed), "{allowed} of 500 allowed");
}
