//! What verification says to requests that are wrong in one way each, and how that sounds
//! in each protocol.
#![allow(clippy::unwrap_used, reason = "test support stops on surprises")]

use base::Timestamp;
use proptest::prelude::*;
use sigv4::{
    Credentials, Dialect, Error, Payload, Presented, Request, Rules, Secret, Signer, parse_amz_date,
};

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn now() -> Timestamp {
    parse_amz_date("20150830T123600Z").unwrap()
}

/// A request and what is done to it between signing and verifying.
struct Exchange {
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    service: &'static str,
    credentials: Credentials,
    token_known: Option<&'static str>,
    received_at: Timestamp,
}

impl Exchange {
    fn new() -> Self {
        Self {
            query: "Action=ListUsers&Version=2010-05-08".into(),
            headers: vec![
                ("Host".into(), "iam.amazonaws.com".into()),
                ("Content-Type".into(), "application/x-www-form-urlencoded; charset=utf-8".into()),
            ],
            body: Vec::new(),
            service: "iam",
            credentials: Credentials::new(KEY, SECRET),
            token_known: None,
            received_at: now(),
        }
    }

    fn request(&self) -> Request<'_> {
        Request { method: "GET", path: "/", query: &self.query, headers: &self.headers, body: &self.body }
    }

    fn signed(mut self) -> Self {
        let added = Signer::new(&self.credentials, "us-east-1", self.service).sign(&self.request(), now());
        self.headers.extend(added);
        self
    }

    fn presigned(mut self, secs: i64) -> Self {
        self.query =
            Signer::new(&self.credentials, "us-east-1", self.service).presign(&self.request(), now(), secs);
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
    }

    fn verdict(&self) -> Result<Payload, Error> {
        let request = self.request();
        let secret = Secret { secret_access_key: SECRET, session_token: self.token_known };
        Presented::read(&request)?.verify(&request, &secret, self.received_at, Rules::of(self.service))
    }

    fn refusal(&self, dialect: Dialect) -> String {
        let refusal = self.verdict().unwrap_err().refusal(dialect);
        format!("{} {}: {}", refusal.status, refusal.code, refusal.message)
    }
}

#[test]
fn the_example_of_awss_documentation_signs_as_printed_there() {
    let exchange = Exchange::new().signed();
    assert!(
        exchange
            .headers
            .last()
            .unwrap()
            .1
            .ends_with("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
    );
    assert_eq!(exchange.verdict(), Ok(Payload::Signed));
}

#[test]
fn nothing_presented_is_a_missing_token() {
    let nothing = Exchange::new();
    let text = "Request is missing Authentication Token";
    assert_eq!(nothing.refusal(Dialect::Query), format!("403 MissingAuthenticationToken: {text}"));
    let newer = "MissingAuthenticationTokenException: Missing Authentication Token";
    assert_eq!(nothing.refusal(Dialect::Json), format!("400 {newer}"));
    assert_eq!(
        nothing.refusal(Dialect::Ec2),
        "400 MissingParameter: The request must contain the parameter AWSAccessKeyId"
    );
    assert_eq!(nothing.refusal(Dialect::RestJson), format!("403 {newer}"));
    assert_eq!(nothing.refusal(Dialect::S3), "403 AccessDenied: Access Denied");
}

#[test]
fn an_incomplete_header_names_what_is_missing() {
    let exchange = Exchange::new().with(|e| e.set("Authorization", "AWS4-HMAC-SHA256 SignedHeaders=host"));
    assert_eq!(
        exchange.refusal(Dialect::Query),
        "400 IncompleteSignature: Authorization header requires 'Credential' parameter. Authorization header \
         requires 'Signature' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a \
         'Date' header. (Hashed with SHA-256 and encoded with Base64) \
         Authorization=T6TlTF0tP7OEirEb+CC+gAdhBAW19reUS2EXKW3XV6M="
    );
}

#[test]
fn malformed_authorizations_are_refused_without_being_repeated() {
    for (header, expected) in [
        ("Basic c2VjcmV0", "Invalid key=value pair"),
        ("AWS4-HMAC-SHA256 nonsense", "Invalid key=value pair"),
        ("AWS4-ECDSA-P256-SHA256 Credential=a", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."),
        ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=s", "exactly 5 slash-delimited"),
        ("AWS4-HMAC-SHA256 Credential=a/20150830/r/s/x, SignedHeaders=host, Signature=s", "valid terminator"),
        (
            "AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=x;host, Signature=s",
            "sorted list",
        ),
        ("", "Invalid key=value pair"),
    ] {
        let exchange = Exchange::new().with(|e| {
            e.set("X-Amz-Date", "20150830T123600Z");
            e.set("Authorization", header);
        });
        let refusal = exchange.refusal(Dialect::Query);
        assert!(refusal.contains(expected) && !refusal.contains("c2VjcmV0"), "{header}: {refusal}");
    }
}

#[test]
fn two_authorizations_are_refused() {
    let twice = Exchange::new().signed().with(|e| e.headers.push(("authorization".into(), "x".into())));
    assert_eq!(twice.verdict(), Err(Error::TwoMechanisms));
    let both = Exchange::new().signed().presigned(60);
    assert_eq!(both.verdict(), Err(Error::TwoMechanisms));
}

#[test]
fn a_wrong_secret_is_told_the_canonical_request_and_no_signature() {
    let exchange = Exchange::new().with(|e| e.credentials = Credentials::new(KEY, "wrong")).signed();
    assert_eq!(
        exchange.refusal(Dialect::Query),
        "403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. \
         Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n\
         The Canonical String for this request should have been\n'GET\n/\nAction=ListUsers&Version=2010-05-08\n\
         content-type:application/x-www-form-urlencoded; charset=utf-8\nhost:iam.amazonaws.com\n\
         x-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n\
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n\n\
         The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20150830T123600Z\n\
         20150830/us-east-1/iam/aws4_request\nf536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59'\n"
    );
    assert!(
        exchange.refusal(Dialect::Json).starts_with("400 InvalidSignatureException: The request signature")
    );
    assert_eq!(
        exchange.refusal(Dialect::Ec2),
        "401 AuthFailure: AWS was not able to validate the provided access credentials"
    );
}

#[test]
fn five_minutes_of_skew_are_allowed_and_no_second_more() {
    for (seconds, allowed) in [(0, true), (300, true), (301, false), (-300, true), (-301, false)] {
        let exchange = Exchange::new().signed().with(|e| e.received_at = now().plus_ms(seconds * 1000));
        assert_eq!(exchange.verdict().is_ok(), allowed, "{seconds}");
    }
    let late = Exchange::new().signed().with(|e| e.received_at = now().plus_ms(600_000));
    assert_eq!(
        late.refusal(Dialect::Query),
        "403 SignatureDoesNotMatch: Signature expired: 20150830T123600Z is now earlier than 20150830T124100Z \
         (20150830T124600Z - 5 min.)"
    );
    assert_eq!(late.refusal(Dialect::Ec2), "400 RequestExpired: Request has expired.");
    let early = Exchange::new().signed().with(|e| e.received_at = now().plus_ms(-600_000));
    assert_eq!(
        early.refusal(Dialect::Json),
        "400 InvalidSignatureException: Signature not yet current: 20150830T123600Z is still later than \
         20150830T123100Z (20150830T122600Z + 5 min.)"
    );
}

#[test]
fn a_presigned_request_lives_as_long_as_it_says_and_seven_days_at_most() {
    for (expires, age, allowed) in [(60, 60, true), (60, 61, false), (604_800, 604_800, true), (0, 1, false)]
    {
        let exchange = Exchange::new().presigned(expires).with(|e| e.received_at = now().plus_ms(age * 1000));
        assert_eq!(exchange.verdict().is_ok(), allowed, "{expires} {age}");
    }
    for expires in [604_801, -1] {
        assert_eq!(Exchange::new().presigned(expires).verdict(), Err(Error::Expires(expires.to_string())));
    }
}

#[test]
fn a_session_token_must_be_the_one_of_the_key() {
    let signed_with = |token: Option<&str>| {
        Exchange::new().with(|e| e.credentials.session_token = token.map(str::to_owned)).signed()
    };
    let known = |e: &mut Exchange| e.token_known = Some("token");
    assert_eq!(signed_with(Some("token")).with(known).verdict(), Ok(Payload::Signed));
    assert_eq!(signed_with(Some("other")).with(known).verdict(), Err(Error::InvalidClientToken));
    assert_eq!(signed_with(None).with(known).verdict(), Err(Error::InvalidClientToken));
    assert_eq!(signed_with(Some("token")).verdict(), Err(Error::InvalidClientToken));
}

#[test]
fn the_host_must_be_signed_and_signed_headers_must_be_there() {
    let without_host = Exchange::new().with(|e| e.headers.remove(0).0.clear()).signed();
    assert_eq!(without_host.verdict(), Err(Error::HostNotSigned));
    let gone = Exchange::new().signed().with(|e| e.headers.retain(|(n, _)| n != "Content-Type"));
    assert_eq!(gone.verdict(), Err(Error::SignedHeaderAbsent("content-type".into())));
}

#[test]
fn a_scope_of_another_day_is_refused() {
    let exchange = Exchange::new().signed().with(|e| e.set("X-Amz-Date", "20150831T000000Z"));
    assert_eq!(
        exchange.refusal(Dialect::Query),
        "403 SignatureDoesNotMatch: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
         from HTTP: '20150830' != '20150831', from '20150831T000000Z'."
    );
}

#[test]
fn only_s3_takes_bodies_that_are_not_signed() {
    let unsigned = |service: &'static str| {
        Exchange::new().with(|e| {
            e.service = service;
            e.body = b"body".to_vec();
            e.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        })
    };
    assert_eq!(unsigned("iam").signed().verdict(), Err(Error::ContentHash));
    let presigned =
        Exchange::new().with(|e| e.service = "s3").presigned(60).with(|e| e.body = b"any".to_vec());
    assert_eq!(presigned.verdict(), Ok(Payload::Unsigned));
    let changed = Exchange::new().presigned(60).with(|e| e.body = b"any".to_vec());
    assert!(matches!(changed.verdict(), Err(Error::Mismatch { .. })));
}

#[test]
fn debug_output_shows_no_secret_token_or_signature() {
    let exchange = Exchange::new().with(|e| e.credentials.session_token = Some("the-token".into())).signed();
    let presented = Presented::read(&exchange.request()).unwrap();
    let secret = Secret { secret_access_key: SECRET, session_token: Some("the-token") };
    let shown = format!("{presented:?} {secret:?} {:?}", exchange.credentials);
    for hidden in [SECRET, "the-token", presented.signature.as_str()] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

proptest! {
    /// Whatever is signed verifies, and arbitrary bytes never panic the reader.
    #[test]
    fn what_is_signed_verifies(path in "/[ -~]{0,20}", query in "[a-zA-Z0-9%=&+ é]{0,30}", value in "[ -~]{0,30}", body: Vec<u8>) {
        let mut headers = vec![("Host".to_owned(), "h".to_owned()), ("X-Amz-Thing".to_owned(), value)];
        let credentials = Credentials::new(KEY, SECRET);
        for service in ["iam", "s3"] {
            let plain = Request { method: "POST", path: &path, query: &query, headers: &headers, body: &body };
            let added = Signer::new(&credentials, "us-east-1", service).sign(&plain, now());
            let mut all = headers.clone();
            all.extend(added);
            let request = Request { headers: &all, ..plain };
            let secret = Secret { secret_access_key: SECRET, session_token: None };
            let verdict = Presented::read(&request).and_then(|p| p.verify(&request, &secret, now(), Rules::of(service)));
            prop_assert_eq!(verdict, Ok(Payload::Signed));
        }
        headers.push(("Authorization".to_owned(), String::from_utf8_lossy(&body).into_owned()));
        let garbage = Request { method: "POST", path: &path, query: &query, headers: &headers, body: &body };
        prop_assert!(Presented::read(&garbage).is_err());
    }
}
