//! Every operation of STS through the pipeline, and what its tokens are good for.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use expect_test::expect;
use policy::{Context, Principal};
use service::testing::{Asking, root_call};
use service::{Call, IdentifyError};
use support::{NAME, NOW, OWN, WORD, WORKER, World, ann, caller, element};
use svc_sts::{AssumeError, ServiceSession};

#[test]
fn everybody_may_ask_who_they_are() {
    let shown = World::new(ann()).call("GetCallerIdentity", &[]);
    let parts = ["Arn", "UserId", "Account"].map(|name| element(&shown, name).unwrap());
    assert_eq!(parts, ["arn:aws:iam::000000000000:user/ann", "AIDAANN", OWN]);
}

#[test]
fn a_trusted_caller_gets_a_session_that_ends() {
    let w = World::new(ann());
    let answer = w.call("AssumeRole", &[WORKER, NAME, WORD, ("DurationSeconds", "900")]);
    assert_eq!(element(&answer, "AssumedRoleId"), Some("AROAROLE:s1"));
    assert_eq!(element(&answer, "Arn"), Some("arn:aws:sts::000000000000:assumed-role/worker/s1"));
    assert_eq!(element(&answer, "Expiration"), Some("2026-01-01T00:15:00Z"));
    let identity = w.whose(&answer, NOW).unwrap();
    assert_eq!(Some(identity.secret.expose()), element(&answer, "SecretAccessKey"));
    assert_eq!(identity.caller.principal.arn(), "arn:aws:sts::000000000000:assumed-role/worker/s1");
    assert!(matches!(w.whose(&answer, NOW.plus_ms(900_000)), Err(IdentifyError::ExpiredToken)));
    assert_eq!(
        *w.roles.used.lock().unwrap(),
        ["arn:aws:iam::000000000000:role/p/worker us-east-1 2026-01-01T00:00:00Z"]
    );
}

#[test]
fn a_token_is_bound_to_its_key_and_cannot_be_changed() {
    let w = World::new(ann());
    let one = w.call("AssumeRole", &[WORKER, NAME, WORD]);
    let two = w.call("AssumeRole", &[WORKER, NAME, WORD]);
    let (key, token) = (element(&one, "AccessKeyId").unwrap(), element(&one, "SessionToken").unwrap());
    let refused = |token: Option<&str>| w.sts.identify(key, token, NOW).err().unwrap().to_string();
    assert_eq!(refused(None), "the access key is not valid");
    assert_eq!(refused(element(&two, "SessionToken")), "the session token does not belong to the access key");
    for at in [0, token.len() / 2, token.len() - 5] {
        let mut changed = token.to_owned().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(refused(Some(&changed)), "the session token does not belong to the access key");
    }
}

#[test]
fn who_is_not_trusted_gets_nothing() {
    let w = World::new(ann());
    w.check("AssumeRole", &[WORKER, NAME], expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/p/worker because no role trust policy allows the sts:AssumeRole action"]);
    w.check("AssumeRole", &[("RoleArn", "arn:aws:iam::000000000000:role/function"), NAME], expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/function because no role trust policy allows the sts:AssumeRole action"]);
    w.check(
        "AssumeRole",
        &[("RoleArn", "arn:aws:iam::000000000000:role/there-is-none"), NAME],
        expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/there-is-none because no role trust policy allows the sts:AssumeRole action"],
    );
    let root = World::new(Principal::Root { account: OWN.parse().unwrap() });
    root.check(
        "AssumeRole",
        &[WORKER, NAME, WORD],
        expect!["403 AccessDenied: Roles may not be assumed by root accounts."],
    );
    assert!(w.roles.used.lock().unwrap().is_empty());
}

#[test]
fn bad_input_to_assume_role() {
    let w = World::new(ann());
    w.check(
        "AssumeRole",
        &[("RoleArn", "twenty-characters-here"), NAME],
        expect!["400 ValidationError: twenty-characters-here is invalid"],
    );
    w.check(
        "AssumeRole",
        &[("RoleArn", "arn:aws:iam::000000000000:user/ann"), NAME],
        expect!["400 ValidationError: Request ARN is invalid"],
    );
    w.check("AssumeRole", &[WORKER, WORD], expect!["400 ValidationError: 1 validation error detected: Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null"]);
    w.check("AssumeRole", &[WORKER, WORD, ("RoleSessionName", "a b")], expect![[r#"400 ValidationError: 1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"#]]);
    w.check("AssumeRole", &[WORKER, WORD, NAME, ("DurationSeconds", "899")], expect!["400 ValidationError: 1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"]);
    w.check("AssumeRole", &[WORKER, WORD, NAME, ("DurationSeconds", "7201")], expect!["400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."]);
    w.check(
        "AssumeRole",
        &[WORKER, WORD, NAME, ("Policy", "{")],
        expect!["400 MalformedPolicyDocument: This policy contains invalid Json"],
    );
    w.check(
        "AssumeRole",
        &[WORKER, WORD, NAME, ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/Unknown")],
        expect!["400 ValidationError: arn:aws:iam::aws:policy/Unknown is invalid"],
    );
    let long = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:{}","Resource":"*"}}}}"#,
        "a".repeat(2040)
    );
    let answer = w.call("AssumeRole", &[WORKER, WORD, NAME, ("Policy", &long)]);
    expect!["400 PackedPolicyTooLarge: Serialized token too large for session"].assert_eq(&answer);
}

#[test]
fn session_policies_travel_with_the_session() {
    let w = World::new(ann());
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    let known = ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/Known");
    let answer = w.call("AssumeRole", &[WORKER, WORD, NAME, ("Policy", policy), known]);
    let identity = w.whose(&answer, NOW).unwrap();
    assert_eq!(identity.caller.session_policies, [policy, known.1]);
    assert_eq!(element(&answer, "PackedPolicySize"), Some("6"));
}

#[test]
fn chained_sessions_last_an_hour_at_most() {
    let role_arn = WORKER.1.to_owned();
    let session = Principal::RoleSession {
        account: OWN.parse().unwrap(),
        role_arn,
        role_id: "AROAROLE".into(),
        session_name: "s0".into(),
    };
    let w = World::new(session);
    w.check("AssumeRole", &[WORKER, NAME, ("DurationSeconds", "3601")], expect!["400 ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"]);
    assert!(w.call("AssumeRole", &[WORKER, NAME]).starts_with("200 "));
}

#[test]
fn session_tokens_of_users_and_of_root() {
    let mut w = World::new(ann());
    let answer = w.call("GetSessionToken", &[]);
    assert_eq!(element(&answer, "Expiration"), Some("2026-01-01T12:00:00Z"));
    let identity = w.whose(&answer, NOW).unwrap();
    assert_eq!(identity.caller.principal, ann());
    w.caller = identity.caller;
    w.check(
        "GetSessionToken",
        &[],
        expect!["403 AccessDenied: Cannot call GetSessionToken with session credentials"],
    );
    w.caller = caller(ann());
    w.check(
        "GetSessionToken",
        &[("SerialNumber", "arn:aws:iam::000000000000:mfa/m"), ("TokenCode", "123456")],
        expect!["501 NotImplemented: multi-factor authentication is not implemented by moat"],
    );
    w.caller = caller(Principal::Root { account: OWN.parse().unwrap() });
    assert_eq!(element(&w.call("GetSessionToken", &[]), "Expiration"), Some("2026-01-01T01:00:00Z"));
}

#[test]
fn the_account_of_a_key() {
    let w = World::new(ann());
    let asked = [("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA")];
    w.check("GetAccessKeyInfo", &asked, expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:GetAccessKeyInfo on resource: * because no identity-based policy allows the sts:GetAccessKeyInfo action"]);
    let root = World::new(Principal::Root { account: OWN.parse().unwrap() });
    assert_eq!(element(&root.call("GetAccessKeyInfo", &asked), "Account"), Some(OWN));
    root.check("GetAccessKeyInfo", &[("AccessKeyId", "a key")], expect![[r#"400 ValidationError: 2 validation errors detected: Value 'a key' at 'accessKeyId' failed to satisfy constraint: Member must have length greater than or equal to 16; Value 'a key' at 'accessKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]*"#]]);
    root.check(
        "GetAccessKeyInfo",
        &[("AccessKeyId", "elsewhere1234567")],
        expect!["400 ValidationError: Invalid Access Key ID"],
    );
}

#[test]
fn a_service_assumes_the_role_that_trusts_it() {
    let w = World::new(ann());
    let assume = |service: &str, role: &str| {
        let role = format!("arn:aws:iam::000000000000:role/{role}");
        let asked = w.sts.assume_for_service(service, &role, "f", 3600, Context::default(), "us-east-1", NOW);
        w.runtime.block_on(asked)
    };
    let credentials = assume("lambda.amazonaws.com", "function").unwrap();
    let identity = w.sts.identify(&credentials.access_key_id, Some(&credentials.session_token), NOW).unwrap();
    assert_eq!(identity.caller.principal.arn(), "arn:aws:sts::000000000000:assumed-role/function/f");
    assert!(!format!("{credentials:?}").contains(credentials.secret_access_key.expose()));
    let error = assume("ec2.amazonaws.com", "function").unwrap_err();
    assert_eq!(
        error.to_string(),
        "role `arn:aws:iam::000000000000:role/function` does not trust `ec2.amazonaws.com`"
    );
    assert!(matches!(assume("lambda.amazonaws.com", "none").unwrap_err(), AssumeError::NoRole(_)));
}

#[test]
fn a_service_s_session_carries_its_condition_keys() {
    let w = World::new(ann());
    let key = (
        "lambda:SourceFunctionArn".to_owned(),
        "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned(),
    );
    let session = ServiceSession {
        service: "lambda.amazonaws.com",
        role_arn: "arn:aws:iam::000000000000:role/function",
        session_name: "f",
        duration_s: 3600,
        context: Context::default(),
        keys: [key.clone()].into(),
        region: "us-east-1",
    };
    let credentials = w.runtime.block_on(w.sts.assume_as(session, NOW)).unwrap();
    let identity = w.sts.identify(&credentials.access_key_id, Some(&credentials.session_token), NOW).unwrap();
    let call = Call { caller: identity.caller, ..root_call(NOW) };
    let said = service::global_keys(&call);
    assert_eq!(said.get(&key.0), Some(&[key.1][..]));
}

const TAGGED: (&str, &str) = ("RoleArn", "arn:aws:iam::000000000000:role/tagged");

/// A tag of the team with its value, and whether it goes on.
fn team(value: &str, goes_on: bool) -> Vec<(&str, &str)> {
    let mut parameters = vec![TAGGED, NAME, ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", value)];
    if goes_on {
        parameters.push(("TransitiveTagKeys.member.1", "Team"));
    }
    parameters
}

#[test]
fn tags_and_source_identity_must_be_trusted() {
    let w = World::new(ann());
    let one = [WORKER, WORD, NAME, ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
    w.check("AssumeRole", &one, expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:TagSession on resource: arn:aws:iam::000000000000:role/p/worker because no role trust policy allows the sts:TagSession action"]);
    w.check("AssumeRole", &[WORKER, WORD, NAME, ("SourceIdentity", "someone")], expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:SetSourceIdentity on resource: arn:aws:iam::000000000000:role/p/worker because no role trust policy allows the sts:SetSourceIdentity action"]);
    w.check("AssumeRole", &team("green", false), expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/tagged because no role trust policy allows the sts:AssumeRole action"]);
    let answer = w.call("AssumeRole", &[&team("blue", false)[..], &[("SourceIdentity", "someone")]].concat());
    assert_eq!(element(&answer, "SourceIdentity"), Some("someone"));
    let facts = w.whose(&answer, NOW).unwrap().caller.session_facts;
    assert_eq!(facts.tags["team"], "blue");
    assert_eq!(facts.source_identity.as_deref(), Some("someone"));
}

#[test]
fn transitive_tags_and_source_identity_go_on_along_the_chain() {
    let mut w = World::new(ann());
    let identity = [("SourceIdentity", "someone")];
    let first = w.call("AssumeRole", &[&team("blue", true)[..], &identity].concat());
    w.caller = w.whose(&first, NOW).unwrap().caller;
    let second = w.call("AssumeRole", &[TAGGED, NAME]);
    w.caller = w.whose(&second, NOW).unwrap().caller;
    let facts = &w.caller.session_facts;
    assert_eq!((facts.tags["team"].as_str(), facts.source_identity.as_deref()), ("blue", Some("someone")));
    w.check("AssumeRole", &team("red", false), expect!["400 InvalidParameterValue: One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."]);
    w.check("AssumeRole", &[TAGGED, NAME, ("SourceIdentity", "other")], expect!["400 ValidationError: The source identity of a session that was assumed with one cannot be changed"]);
    // Worker trusts its callers to assume it, and to say nothing.
    w.caller.principal = ann();
    w.check("AssumeRole", &[WORKER, WORD, NAME], expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:TagSession on resource: arn:aws:iam::000000000000:role/p/worker because no role trust policy allows the sts:TagSession action"]);
}

#[test]
fn a_tag_that_is_not_transitive_ends_with_its_session() {
    let mut w = World::new(ann());
    let first = w.call("AssumeRole", &team("blue", false));
    w.caller = w.whose(&first, NOW).unwrap().caller;
    let second = w.call("AssumeRole", &[TAGGED, NAME]);
    assert!(w.whose(&second, NOW).unwrap().caller.session_facts.tags.is_empty());
}

#[test]
fn bad_tags() {
    let w = World::new(ann());
    let twice = [("Tags.member.2.Key", "TEAM"), ("Tags.member.2.Value", "blue")];
    w.check("AssumeRole", &[&team("blue", false)[..], &twice].concat(), expect!["400 InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive."]);
    w.check("AssumeRole", &[TAGGED, NAME, ("TransitiveTagKeys.member.1", "team")], expect!["400 InvalidParameterValue: The specified transitive tag key must be included in the requested tags."]);
}

#[test]
fn a_denial_is_read_by_who_may_and_by_nobody_else() {
    let w = World::new(ann());
    let decision = policy::Decision {
        outcome: policy::Outcome::ExplicitDeny(policy::PolicyKind::IdentityBased),
        deciding: Vec::new(),
        missing: Vec::new(),
    };
    let mut context = Context::default();
    context.set("aws:SourceIp", ["127.0.0.1"]);
    let encoded =
        w.sts.encode_denial(&w.caller, "ec2:RunInstances", "arn:aws:ec2:x", &context, &decision).unwrap();
    let ask = |w: &World, message: &str| w.call("DecodeAuthorizationMessage", &[("EncodedMessage", message)]);
    expect!["403 AccessDenied: User: arn:aws:iam::000000000000:user/ann is not authorized to perform: sts:DecodeAuthorizationMessage on resource: * because no identity-based policy allows the sts:DecodeAuthorizationMessage action"].assert_eq(&ask(&w, &encoded));
    let root = World::new(Principal::Root { account: OWN.parse().unwrap() });
    let answer = ask(&root, &encoded);
    expect![[r#"{"allowed":false,"context":{"action":"ec2:RunInstances","conditions":{"items":[{"key":"aws:sourceip","values":{"items":[{"value":"127.0.0.1"}]}}]},"principal":{"arn":"arn:aws:iam::000000000000:user/ann","id":"AIDAANN"},"resource":"arn:aws:ec2:x"},"explicitDeny":true,"failures":{"items":[]},"matchedStatements":{"items":[]}}"#]].assert_eq(element(&answer, "DecodedMessage").unwrap());
    let changed = encoded.replacen(char::is_alphanumeric, "_", 1);
    expect!["400 InvalidAuthorizationMessageException: The specified Authorization Message is invalid."]
        .assert_eq(&ask(&root, &changed));
    let token = w.call("AssumeRole", &[WORKER, WORD, NAME]);
    let token = element(&token, "SessionToken").unwrap().replace('+', "-").replace('/', "_").replace('=', "");
    expect!["400 InvalidAuthorizationMessageException: The specified Authorization Message is invalid."]
        .assert_eq(&ask(&root, &token));
}

#[test]
fn operations_ask_as_the_reference_says() {
    let w = World::new(ann());
    let registry = svc_sts::ops::registry(w.sts.clone());
    let call = Call { caller: w.caller.clone(), ..root_call(NOW) };
    let samples = [("RoleArn", "arn:aws:iam::000000000000:role/function")];
    // Whoever has signed may know who he is, and have a session of himself.
    // And a token's bearer signs nothing: the trust policy is asked once its issuer's keys are known.
    let free = ["GetCallerIdentity", "GetSessionToken", "AssumeRoleWithWebIdentity"];
    let asking = Asking { registry: &registry, call: &call, samples: &samples, free: &free };
    assert_eq!(asking.differences(), Vec::<String>::new());
}
