//! Credentials for the bearer of a token, and every token that is not good for any.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use expect_test::{Expect, expect};
use policy::Principal;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use support::{NOW, World, caller, element};
use svc_sts::FetchError;

const ISSUER: &str = "http://127.0.0.1:1/realm";
const CONFIGURATION: &str = "http://127.0.0.1:1/realm/.well-known/openid-configuration";
const KEYS: &str = "http://127.0.0.1:1/keys";

/// An issuer's key.
struct Key {
    id: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Self { id, pair }
    }

    fn public(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let encode = |bytes| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig", "x": encode(x), "y": encode(y) })
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn token(&self, claims: &Value) -> String {
        self.sign(&json!({ "alg": "ES256", "kid": self.id }), claims)
    }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "app", "sub": "repo:a/b", "amr": ["authenticated", "pwd"],
        "exp": NOW.secs() + 60, "iat": NOW.secs(),
    })
}

/// The usual claims with some changed, or, where they are null, left out.
fn with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn world(keys: &[&Key]) -> World {
    let w = World::new(Principal::Anonymous);
    w.documents.publish(CONFIGURATION, Ok(json!({ "issuer": ISSUER, "jwks_uri": KEYS }).to_string()));
    publish(&w, keys);
    w
}

fn publish(w: &World, keys: &[&Key]) {
    let keys: Vec<Value> = keys.iter().map(|key| key.public()).collect();
    w.documents.publish(KEYS, Ok(json!({ "keys": keys }).to_string()));
}

const ROLE: (&str, &str) = ("RoleArn", "arn:aws:iam::000000000000:role/web");

fn assume(w: &World, token: &str, further: &[(&str, &str)]) -> String {
    let mut parameters = vec![ROLE, ("RoleSessionName", "s1"), ("WebIdentityToken", token)];
    parameters.retain(|(name, _)| !further.iter().any(|(own, _)| own == name));
    parameters.extend(further);
    w.call("AssumeRoleWithWebIdentity", &parameters)
}

fn check(w: &World, token: &str, expect: Expect) {
    expect.assert_eq(&assume(w, token, &[]));
}

#[test]
fn the_bearer_of_a_token_gets_a_session_that_tells_of_it() {
    let key = Key::new("1");
    let w = world(&[&key]);
    let answer = assume(&w, &key.token(&claims()), &[("DurationSeconds", "900")]);
    for (name, value) in [
        ("SubjectFromWebIdentityToken", "repo:a/b"),
        ("Audience", "app"),
        ("Provider", "arn:aws:iam::000000000000:oidc-provider/127.0.0.1:1/realm"),
        ("Arn", "arn:aws:sts::000000000000:assumed-role/web/s1"),
        ("AssumedRoleId", "AROAROLE:s1"),
        ("Expiration", "2026-01-01T00:15:00Z"),
    ] {
        assert_eq!(element(&answer, name), Some(value), "{answer}");
    }
    let federation = w.whose(&answer, NOW).unwrap().caller.session_facts.federation.unwrap();
    assert_eq!(federation.provider, "arn:aws:iam::000000000000:oidc-provider/127.0.0.1:1/realm");
    assert_eq!(federation.keys["127.0.0.1:1/realm:sub"], ["repo:a/b"]);
    assert_eq!(federation.keys["127.0.0.1:1/realm:amr"], ["authenticated", "pwd"]);
    assert_eq!(
        *w.roles.used.lock().unwrap(),
        ["arn:aws:iam::000000000000:role/web us-east-1 2026-01-01T00:00:00Z"]
    );
}

#[test]
fn tokens_that_are_none() {
    let key = Key::new("1");
    let w = world(&[&key]);
    for text in
        ["four", "a.b.c", "e30.e30.e30", &key.sign(&json!({"alg": "ES256", "crit": ["x"]}), &claims())]
    {
        check(
            &w,
            text,
            expect![
                "400 InvalidIdentityToken: The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
            ],
        );
    }
    let without = |name: &str| assume(&w, &key.token(&with(json!({ name: null }))), &[]);
    for name in ["iss", "sub", "aud", "exp"] {
        assert_eq!(without(name), format!("400 InvalidIdentityToken: Missing a required claim: {name}"));
    }
    let claim = |changes: Value| key.token(&with(changes));
    check(
        &w,
        &claim(json!({ "exp": NOW.secs() - 5 })),
        expect![
            "400 ExpiredTokenException: Token expired: current date/time 1767225600 must be before the expiration date/time 1767225595"
        ],
    );
    check(
        &w,
        &claim(json!({ "exp": 1_767_225_600.0 })),
        expect![
            "400 ExpiredTokenException: Token expired: current date/time 1767225600 must be before the expiration date/time 1767225600"
        ],
    );
    check(
        &w,
        &claim(json!({ "nbf": NOW.secs() + 5 })),
        expect!["400 InvalidIdentityToken: The token is not valid yet"],
    );
    check(
        &w,
        &claim(json!({ "aud": "another" })),
        expect!["400 InvalidIdentityToken: Incorrect token audience"],
    );
    // The authorized party counts before the audience.
    check(
        &w,
        &claim(json!({ "azp": "stranger" })),
        expect!["400 InvalidIdentityToken: Incorrect token audience"],
    );
    for issuer in ["http://127.0.0.1:2", "http://issuer.example", "https://127.0.0.1:1/", "nonsense"] {
        assert_eq!(
            assume(&w, &claim(json!({ "iss": issuer })), &[]),
            format!("400 InvalidIdentityToken: No OpenIDConnect provider found in your account for {issuer}")
        );
    }
    assert_eq!(w.documents.read.load(Ordering::Relaxed), 0, "nobody was asked about them");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    /// Whatever stands in a token's parts, or in a key set, it is an answer and no session.
    #[test]
    fn arbitrary_tokens_get_nowhere(header: Vec<u8>, claims: Vec<u8>, signature: Vec<u8>, keys in ".{0,60}") {
        let key = Key::new("1");
        let w = world(&[&key]);
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let text = format!("x{}.{}.{}", encode(&header), encode(&claims), encode(&signature));
        proptest::prop_assert!(assume(&w, &text, &[]).starts_with("400 InvalidIdentityToken"));
        w.documents.publish(KEYS, Ok(keys));
        proptest::prop_assert!(assume(&w, &key.token(&crate::claims()), &[]).starts_with("400 InvalidIdentityToken"));
    }
}

#[test]
fn a_signature_counts_only_with_the_issuers_key() {
    let (key, other) = (Key::new("1"), Key::new("1"));
    let w = world(&[&key]);
    check(&w, &other.token(&claims()), expect!["400 InvalidIdentityToken: The token signature is invalid"]);
    let token = key.token(&claims());
    let (head, signature) = token.rsplit_once('.').unwrap();
    let forged = key.token(&with(json!({ "sub": "repo:c/d" })));
    let claims_of_another = forged.rsplit_once('.').unwrap().0;
    check(
        &w,
        &format!("{claims_of_another}.{signature}"),
        expect!["400 InvalidIdentityToken: The token signature is invalid"],
    );
    check(&w, &format!("{head}."), expect!["400 InvalidIdentityToken: The token signature is invalid"]);
    // A token does not choose how it is checked.
    for algorithm in ["none", "HS256", "RS256", "ES384"] {
        let token = key.sign(&json!({ "alg": algorithm, "kid": "1" }), &claims());
        check(
            &w,
            &token,
            expect![
                "400 InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
            ],
        );
    }
    assert!(assume(&w, &key.sign(&json!({ "alg": "ES256" }), &claims()), &[]).starts_with("200 "));
}

#[test]
fn keys_are_kept_and_asked_for_again() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let mut w = world(&[&old]);
    let read = |w: &World| w.documents.read.load(Ordering::Relaxed);
    for _ in 0..3 {
        assert!(assume(&w, &old.token(&claims()), &[]).starts_with("200 "));
    }
    assert_eq!(read(&w), 2, "the configuration and the keys, once");
    publish(&w, &[&new]);
    assert!(assume(&w, &new.token(&claims()), &[]).starts_with("400 "));
    assert_eq!(read(&w), 2, "an unknown key is not asked for over and over");
    w.now = NOW.plus_ms(6_000);
    assert!(assume(&w, &new.token(&claims()), &[]).starts_with("200 "));
    assert_eq!(read(&w), 4);
    assert!(assume(&w, &old.token(&claims()), &[]).starts_with("400 "), "a key that was withdrawn");
    w.now = NOW.plus_ms(11 * 60 * 1000);
    let late = with(json!({ "exp": NOW.secs() + 3600 }));
    assert!(assume(&w, &new.token(&late), &[]).starts_with("200 "));
    assert_eq!(read(&w), 6, "and after ten minutes they are not believed unasked");
}

#[test]
fn issuers_that_do_not_answer_as_they_should() {
    let key = Key::new("1");
    let w = world(&[&key]);
    let no_key = "400 InvalidIdentityToken: Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";
    let answer = |url: &str, document: Result<String, FetchError>| {
        let w = world(&[&key]);
        w.documents.publish(url, document);
        assume(&w, &key.token(&claims()), &[])
    };
    let gone = FetchError::Unreachable { url: KEYS.to_owned(), reason: "refused".to_owned() };
    expect!["400 IDPCommunicationError: The request could not be fulfilled because the identity provider (IDP) that was asked to verify the incoming identity token could not be reached."]
        .assert_eq(&answer(KEYS, Err(gone)));
    for (url, document) in [
        (CONFIGURATION, Err(FetchError::Status { url: String::new(), status: 500 })),
        (CONFIGURATION, Ok("<html>".to_owned())),
        (CONFIGURATION, Ok(json!({ "issuer": ISSUER, "jwks_uri": "http://elsewhere.example/" }).to_string())),
        (KEYS, Ok("[]".to_owned())),
        (KEYS, Ok(json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] }).to_string())),
        (KEYS, Ok(json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": "!", "y": "" }] }).to_string())),
    ] {
        assert_eq!(answer(url, document), no_key);
    }
    let secure = ISSUER.replace("http:", "https:");
    for (keys, is_read) in [(KEYS, false), ("https://127.0.0.1:1/keys", true)] {
        let w = world(&[&key]);
        let configuration = json!({ "issuer": secure, "jwks_uri": keys }).to_string();
        w.documents.publish(&CONFIGURATION.replace("http:", "https:"), Ok(configuration));
        w.documents.publish(keys, Ok(json!({ "keys": [key.public()] }).to_string()));
        let answer = assume(&w, &key.token(&with(json!({ "iss": secure }))), &[]);
        assert_eq!(answer.starts_with("200 "), is_read, "{answer}");
    }
    let another = json!({ "issuer": "http://127.0.0.1:1/other", "jwks_uri": KEYS }).to_string();
    expect!["403 IDPRejectedClaim: The identity provider (IdP) reported that authentication failed. This might be because the claim is invalid."]
        .assert_eq(&answer(CONFIGURATION, Ok(another)));
    assert!(assume(&w, &key.token(&claims()), &[]).starts_with("200 "));
}

#[test]
fn the_trust_policy_has_its_say() {
    let key = Key::new("1");
    let w = world(&[&key]);
    let denied = "403 AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";
    assert_eq!(assume(&w, &key.token(&with(json!({ "sub": "user:x" }))), &[]), denied);
    assert_eq!(
        assume(&w, &key.token(&with(json!({ "azp": "party" }))), &[]),
        denied,
        "the audience is the party"
    );
    for role in ["none", "function", "p/worker"] {
        let role = format!("arn:aws:iam::000000000000:role/{role}");
        assert_eq!(assume(&w, &key.token(&claims()), &[("RoleArn", &role)]), denied, "{role}");
    }
    // Who signed the call does not matter, and may not help.
    let mut signed = world(&[&key]);
    signed.caller = caller(support::ann());
    assert!(assume(&signed, &key.token(&claims()), &[]).starts_with("200 "));
    assert_eq!(assume(&signed, &key.token(&with(json!({ "sub": "user:x" }))), &[]), denied);
}

#[test]
fn a_token_may_say_tags_and_who_is_behind_it() {
    let key = Key::new("1");
    let w = world(&[&key]);
    let tags = |team: Value| {
        json!({
            "https://aws.amazon.com/tags": { "principal_tags": { "team": team }, "transitive_tag_keys": ["team"] },
            "https://aws.amazon.com/source_identity": "ann",
        })
    };
    let answer = assume(&w, &key.token(&with(tags(json!(["blue"])))), &[]);
    assert_eq!(element(&answer, "SourceIdentity"), Some("ann"), "{answer}");
    assert!(element(&answer, "PackedPolicySize").is_some());
    let facts = w.whose(&answer, NOW).unwrap().caller.session_facts;
    assert_eq!((facts.tags["team"].as_str(), facts.transitive.contains("team")), ("blue", true));
    let flat = json!({ "https://aws.amazon.com/tags/principal_tags/team": "blue" });
    let answer = assume(&w, &key.token(&with(flat)), &[]);
    assert_eq!(w.whose(&answer, NOW).unwrap().caller.session_facts.tags["team"], "blue");
    check(
        &w,
        &key.token(&with(tags(json!("red")))),
        expect!["403 AccessDenied: Not authorized to perform sts:TagSession"],
    );
    check(
        &w,
        &key.token(&with(tags(json!(["blue", "red"])))),
        expect!["400 InvalidIdentityToken: The session tags of the token are not well-formed"],
    );
}

#[test]
fn the_session_is_limited_as_any_other() {
    let key = Key::new("1");
    let w = world(&[&key]);
    let token = key.token(&claims());
    expect![
        "400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    ]
    .assert_eq(&assume(&w, &token, &[("DurationSeconds", "7201")]));
    expect!["400 MalformedPolicyDocument: This policy contains invalid Json"].assert_eq(&assume(
        &w,
        &token,
        &[("Policy", "{")],
    ));
    expect!["400 ValidationError: Request ARN is invalid"].assert_eq(&assume(
        &w,
        &token,
        &[("RoleArn", "arn:aws:iam::000000000000:user/ann")],
    ));
    expect!["501 NotImplemented: sts:AssumeRoleWithWebIdentity with OAuth 2.0 access tokens is not implemented by moat"]
        .assert_eq(&assume(&w, &token, &[("ProviderId", "www.amazon.com")]));
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    let answer = assume(&w, &token, &[("Policy", policy)]);
    assert_eq!(w.whose(&answer, NOW).unwrap().caller.session_policies, [policy]);
}
