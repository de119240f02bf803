//! The edge as a server on a free port, spoken to over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step must fail the test")]

mod support;

use base::{Clock, SystemClock};
use edge::{Limits, Origin};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;
use support::{Door, door, host_door, list_secrets, refused};
use testkit::exchange;

#[test]
fn a_signed_request_reaches_its_service_with_its_caller() {
    let door = host_door();
    let answer = list_secrets(&door.client().in_region("eu-west-1")).ok();
    let expected = json!({
        "by": "secretsmanager", "caller": "arn:aws:iam::000000000000:root", "region": "eu-west-1",
        "ip": "127.0.0.1", "vpce": null, "secure": true, "agent": null, "body": 2, "encoding": null,
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("x-amzn-requestid").map(str::len), Some(36));
}

#[test]
fn unsigned_requests_are_refused_in_the_protocol_they_speak() {
    let door = host_door();
    let query = "403 MissingAuthenticationToken: Request is missing Authentication Token";
    let ec2 = "400 MissingParameter: The request must contain the parameter AWSAccessKeyId";
    let json = "400 MissingAuthenticationTokenException: Missing Authentication Token";
    let rest = "403 MissingAuthenticationTokenException: Missing Authentication Token";
    for (request, expected) in [
        (
            "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: secretsmanager.ListSecrets\r\nContent-Length: 2\r\n\r\n{}",
            json,
        ),
        ("GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: x\r\n\r\n", query),
        ("GET /?Action=DescribeVpcs&Version=2016-11-15 HTTP/1.1\r\nHost: x\r\n\r\n", ec2),
        ("GET / HTTP/1.1\r\nHost: ec2.us-east-1.amazonaws.com\r\n\r\n", ec2),
        ("GET /2015-03-31/functions HTTP/1.1\r\nHost: x\r\n\r\n", rest),
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", rest),
        ("GET /_moat/why HTTP/1.1\r\nHost: x\r\n\r\n", rest),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Length: 0\r\n\r\n",
            json,
        ),
    ] {
        assert_eq!(refused(&door.raw(request.as_bytes())), expected, "{request}");
    }
    let s3 = door.raw(b"GET /b/k HTTP/1.1\r\nHost: s3.us-east-1.amazonaws.com\r\n\r\n");
    assert_eq!(refused(&s3), "403 AccessDenied: Access Denied");
}

#[test]
fn only_what_nobody_signs_passes_without_a_signature() {
    let door = host_door();
    let ask = |host: &str, action: &str| {
        let target = format!("/?Action={action}&Version=2011-06-15");
        door.raw(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
    };
    let seen = ask("x", "AssumeRoleWithWebIdentity").ok().json();
    assert_eq!((&seen["caller"], &seen["region"]), (&json!("anonymous"), &json!("us-east-1")));
    let seen = ask("sts.eu-west-1.amazonaws.com", "AssumeRoleWithWebIdentity").ok().json();
    assert_eq!((&seen["by"], &seen["region"]), (&json!("sts"), &json!("eu-west-1")));
    for action in ["AssumeRole", "GetCallerIdentity", "Nonsense"] {
        assert_eq!(
            refused(&ask("x", action)),
            "403 MissingAuthenticationToken: Request is missing Authentication Token",
            "{action}"
        );
    }
    // Who signs it must sign it right.
    let wrong = door.client().with_credentials(sigv4::Credentials::new("test", "wrong"));
    let signed = wrong.query("sts", "2011-06-15", "AssumeRoleWithWebIdentity", &[]);
    assert!(refused(&signed).starts_with("403 SignatureDoesNotMatch"));
    // Moat's own interface is not to be had that way, nor another service's endpoint.
    let internal = door.raw(
        b"GET /_moat/why?Action=AssumeRoleWithWebIdentity&Version=2011-06-15 HTTP/1.1\r\nHost: x\r\n\r\n",
    );
    assert_eq!(internal.status, 403);
    let endpoint = |service: &str| {
        let service = Some(service.to_owned());
        support::door(
            Origin::Endpoint { vpc: "vpc-1".into(), vpce: "vpce-1".into(), service },
            Limits::default(),
        )
        .raw(b"GET /?Action=AssumeRoleWithWebIdentity&Version=2011-06-15 HTTP/1.1\r\nHost: x\r\n\r\n")
        .status
    };
    assert_eq!((endpoint("sts"), endpoint("secretsmanager")), (200, 403));
}

#[test]
fn requests_to_apis_go_there_with_whoever_signed() {
    let api = "a1.execute-api.us-east-1.amazonaws.com";
    let ask = |door: &Door, more: &str| {
        let request = format!("GET /v1/orders HTTP/1.1\r\nHost: {api}\r\n{more}\r\n");
        String::from_utf8(door.raw(request.as_bytes()).body).unwrap()
    };
    let host = host_door();
    assert_eq!(ask(&host, ""), "a1 v1 /orders nobody");
    // What other systems put there is no signature of AWS, and the API may not need one.
    assert_eq!(ask(&host, "Authorization: Bearer x\r\n"), "a1 v1 /orders IncompleteSignatureException");
    let to = |service: Option<&str>| Origin::Endpoint {
        vpc: "vpc-1".into(),
        vpce: "vpce-1".into(),
        service: service.map(str::to_owned),
    };
    let own = door(to(Some("execute-api")), Limits::default());
    assert_eq!(ask(&own, ""), "a1 v1 /orders nobody");
    // The endpoint of another service leads to no API.
    let other = door(to(Some("secretsmanager")), Limits::default());
    assert!(!ask(&other, "").starts_with("a1 "), "{}", ask(&other, ""));
}

#[test]
fn wrong_keys_secrets_and_scopes_are_refused_with_awss_codes() {
    let door = host_door();
    let with = |key: &str, secret: &str| door.client().with_credentials(sigv4::Credentials::new(key, secret));
    let unknown = with("AKIANOBODY", "x");
    assert_eq!(
        refused(&list_secrets(&unknown)),
        "400 UnrecognizedClientException: The security token included in the request is invalid."
    );
    assert_eq!(
        refused(&unknown.query("iam", "2010-05-08", "ListUsers", &[])),
        "403 InvalidClientTokenId: The security token included in the request is invalid."
    );
    assert_eq!(
        refused(&unknown.query("ec2", "2016-11-15", "DescribeVpcs", &[])),
        "401 AuthFailure: AWS was not able to validate the provided access credentials"
    );
    assert_eq!(
        refused(&list_secrets(&with("ASIAEXPIRED", "x"))),
        "400 ExpiredTokenException: The security token included in the request is expired"
    );
    let wrong = refused(&with("test", "wrong").query("iam", "2010-05-08", "ListUsers", &[]));
    assert!(
        wrong.starts_with("403 SignatureDoesNotMatch: The request signature we calculated does not match"),
        "{wrong}"
    );
    assert!(
        wrong.contains("The Canonical String for this request should have been\n'POST\n/\n\n"),
        "{wrong}"
    );
    let wrong = refused(&with("test", "wrong").rest("lambda", "GET", "/2015-03-31/functions", &Value::Null));
    assert!(wrong.starts_with("403 InvalidSignatureException: The request signature"), "{wrong}");
}

#[test]
fn a_signature_counts_only_at_the_name_it_was_made_for() {
    let door = host_door();
    let mut client = door.client();
    client.host = "iam.amazonaws.com".into();
    assert_eq!(
        refused(&list_secrets(&client)),
        "400 InvalidSignatureException: Credential should be scoped to correct service: 'iam'. "
    );
    client.host = "secretsmanager.eu-west-1.amazonaws.com".into();
    assert_eq!(
        refused(&list_secrets(&client)),
        "400 InvalidSignatureException: Credential should be scoped to a valid region, not 'us-east-1'. "
    );
    list_secrets(&client.in_region("eu-west-1")).ok();
    let odd = door.client().in_region("NOT A REGION");
    assert!(
        refused(&list_secrets(&odd))
            .starts_with("400 InvalidSignatureException: Credential should be scoped to a valid region")
    );
}

#[test]
fn an_endpoint_is_recognised_by_its_socket_and_serves_one_service() {
    let origin = Origin::Endpoint {
        vpc: "vpc-1".into(),
        vpce: "vpce-1".into(),
        service: Some("secretsmanager".into()),
    };
    let door = door(origin, Limits::default());
    let answer = list_secrets(&door.client()).ok().json();
    assert_eq!((&answer["vpce"], &answer["secure"]), (&json!("vpce-1"), &json!(false)));
    assert_eq!(
        refused(&door.client().query("iam", "2010-05-08", "ListUsers", &[])),
        "403 SignatureDoesNotMatch: Credential should be scoped to correct service: 'secretsmanager'. "
    );
    // Neither health nor moat's own interface is offered inside the network.
    assert_eq!(door.raw(b"GET /_moat/health HTTP/1.1\r\nHost: x\r\n\r\n").status, 403);
    let internal = door.client().rest("moat", "GET", "/_moat/why", &Value::Null);
    assert_ne!(internal.status, 200);
}

#[test]
fn health_needs_no_signature_and_the_internal_interface_its_own() {
    let door = host_door();
    for path in ["/_moat/health", "/_localstack/health"] {
        let health = door.raw(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).ok().json();
        assert_eq!((&health["status"], &health["services"]["iam"]), (&json!("running"), &json!("available")));
    }
    assert_eq!(door.raw(b"POST /_moat/health HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").status, 405);
    let internal =
        door.client().rest("moat", "POST", "/_moat/why", &json!({"from": "function:f"})).ok().json();
    assert_eq!(internal["by"], "internal");
    let elsewhere = door.client().rest("lambda", "POST", "/_moat/why", &json!({}));
    assert_eq!(
        refused(&elsewhere),
        "403 InvalidSignatureException: Credential should be scoped to correct service: 'moat'. "
    );
}

#[test]
fn services_that_moat_lacks_say_so_and_unknown_ones_are_unknown() {
    let door = host_door();
    let dynamodb = door.client().json("dynamodb", "DynamoDB_20120810.ListTables", &json!({}));
    assert_eq!(refused(&dynamodb), "501 NotImplemented: dynamodb is not implemented by moat");
    let s3 = door.client().rest("s3", "GET", "/bucket", &Value::Null);
    assert_eq!(refused(&s3), "501 NotImplemented: s3 is not implemented by moat");
    let sns = door.client().query("sns", "2010-03-31", "ListTopics", &[]);
    assert_eq!(refused(&sns), "501 NotImplemented: sns is not implemented by moat");
    let nothing = door.client().json("nothing", "Nothing.DoIt", &json!({}));
    assert_eq!(refused(&nothing), "404 UnknownOperationException: ");
    // An unknown service is still behind the signature.
    let unsigned = door.client().with_credentials(sigv4::Credentials::new("test", "x"));
    assert_eq!(unsigned.json("dynamodb", "DynamoDB_20120810.ListTables", &json!({})).status, 400);
}

#[test]
fn malformed_requests_are_answered_and_the_server_lives_on() {
    let door = host_door();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let signed = door.client().signed("iam", "POST", "/", &form, b"", SystemClock.now());
    let signed = String::from_utf8(signed).unwrap();
    let twice = signed.replacen("Authorization:", "Authorization: x\r\nAuthorization:", 1);
    assert!(
        refused(&door.raw(twice.as_bytes())).starts_with("400 IncompleteSignature: Only one auth mechanism")
    );
    for bytes in [
        &b"nonsense\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Bad: \xff\xfe\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ] {
        assert_eq!(door.raw(bytes).status, 400, "{}", String::from_utf8_lossy(bytes));
    }
    list_secrets(&door.client()).ok();
}

#[test]
fn a_body_cut_short_or_paused_is_an_error() {
    let door = door(Origin::Host, Limits { body_timeout: Duration::from_millis(200), ..Limits::default() });
    let head =
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: secretsmanager.X\r\nContent-Length: 10\r\n\r\nabc";
    let paused = door.raw(head.as_bytes());
    assert_eq!(refused(&paused), "408 RequestTimeout: The request timed out while its body was read");
    // Cut short, it is no matter of time.
    let door = host_door();
    let mut stream = door.client().connect();
    stream.write_all(head.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 400"), "{rest}");
    list_secrets(&door.client()).ok();
}

#[test]
fn bodies_and_heads_have_limits() {
    let limits = Limits { body_bytes: 1000, lambda_body_bytes: 5000, ..Limits::default() };
    let door = door(Origin::Host, limits);
    let client = door.client();
    let body = |n: usize| json!("x".repeat(n - 2));
    client.json("secretsmanager", "secretsmanager.X", &body(1000)).ok();
    let large = client.json("secretsmanager", "secretsmanager.X", &body(1001));
    assert_eq!(
        refused(&large),
        "413 RequestEntityTooLargeException: Request must be smaller than 1000 bytes"
    );
    assert_eq!(client.rest("lambda", "GET", "/2015-03-31/functions", &body(5000)).ok().json()["body"], 5000);
    assert_eq!(client.rest("lambda", "GET", "/2015-03-31/functions", &body(5001)).status, 413);
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: secretsmanager.X\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        1001,
        "x".repeat(1001)
    );
    assert_eq!(door.raw(chunked.as_bytes()).status, 413);
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X-Many: 1\r\n".repeat(200));
    assert_eq!(door.raw(many.as_bytes()).status, 431);
    let long = format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(100 << 10));
    assert_eq!(door.raw(long.as_bytes()).status, 431);
}

#[test]
fn a_client_that_asks_first_is_told_to_go_on_or_not() {
    let door = door(Origin::Host, Limits { body_bytes: 100, ..Limits::default() });
    let head = |n: usize| {
        format!(
            "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: secretsmanager.X\r\nExpect: 100-continue\r\nContent-Length: {n}\r\n\r\n"
        )
    };
    let mut stream = door.client().connect();
    stream.write_all(head(2).as_bytes()).unwrap();
    let mut interim = [0u8; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(exchange(&mut stream, b"{}").unwrap().status, 400);
    assert_eq!(door.raw(head(101).as_bytes()).status, 413);
}

#[test]
fn a_connection_is_kept_for_the_next_request_and_pipelined_ones_are_answered_in_order() {
    let door = host_door();
    let client = door.client();
    let mut stream = client.connect();
    for service in ["iam", "ec2", "iam"] {
        let raw = client.signed(service, "POST", "/", &[], b"", SystemClock.now());
        assert_eq!(exchange(&mut stream, &raw).unwrap().ok().json()["by"], service);
    }
    let mut both = client.signed("iam", "POST", "/", &[], b"", SystemClock.now());
    both.extend(client.signed("ec2", "POST", "/", &[], b"", SystemClock.now()));
    assert_eq!(exchange(&mut stream, &both).unwrap().json()["by"], "iam");
    assert_eq!(testkit::read_answer(&mut stream).unwrap().json()["by"], "ec2");
}

#[test]
fn silent_and_idle_connections_are_closed() {
    let limits = Limits { head_timeout: Duration::from_millis(200), ..Limits::default() };
    let door = door(Origin::Host, limits);
    let mut rest = Vec::new();
    door.client().connect().read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
    let mut half = door.client().connect();
    half.write_all(b"GET / HTT").unwrap();
    half.read_to_end(&mut rest).unwrap();
    let limits = Limits { head_timeout: Duration::from_secs(1), ..Limits::default() };
    let door = self::door(Origin::Host, limits);
    // A busy machine may need longer than that second to ask.
    let mut asked = (0..60).filter_map(|_| {
        let mut idle = door.client().connect();
        let answer = exchange(&mut idle, b"GET /_moat/health HTTP/1.1\r\nHost: x\r\n\r\n").ok()?;
        answer.ok();
        Some(idle)
    });
    asked.next().expect("an answer").read_to_end(&mut rest).unwrap();
}

#[test]
fn a_service_that_breaks_is_an_internal_failure_of_one_request() {
    let door = host_door();
    let broken = door.client().call("secretsmanager", "POST", "/", &[("X-Break", "yes")], b"{}");
    assert_eq!(
        refused(&broken),
        "500 InternalFailure: The request processing has failed because of an unknown error, exception or failure."
    );
    list_secrets(&door.client()).ok();
}

#[test]
fn presigned_requests_are_taken() {
    let door = host_door();
    let client = door.client();
    let headers = [("Host".to_owned(), client.host.clone())];
    let request =
        sigv4::Request { method: "GET", path: "/", query: "Action=ListUsers", headers: &headers, body: b"" };
    let signer = sigv4::Signer::new(&client.credentials, "us-east-1", "iam");
    let query = signer.presign(&request, SystemClock.now(), 60);
    let raw = format!("GET /?{query} HTTP/1.1\r\nHost: {}\r\n\r\n", client.host);
    assert_eq!(door.raw(raw.as_bytes()).ok().json()["by"], "iam");
    let changed = raw.replacen("ListUsers", "ListRoles", 1);
    assert_eq!(door.raw(changed.as_bytes()).error_code().as_deref(), Some("SignatureDoesNotMatch"));
}

fn tls(
    door: &Door,
    name: &str,
    trusted: bool,
) -> Result<rustls::StreamOwned<rustls::ClientConnection, TcpStream>, std::io::Error> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    if trusted {
        roots.add(CertificateDer::from_pem_slice(door.ca.bundle_pem().as_bytes()).unwrap()).unwrap();
    }
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let connection =
        rustls::ClientConnection::new(Arc::new(config), name.to_owned().try_into().unwrap()).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, door.client().connect());
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

#[test]
fn tls_is_spoken_on_the_same_port_by_those_who_trust_the_authority() {
    let door = door(Origin::Public, Limits::default());
    let name = "secretsmanager.us-east-1.amazonaws.com";
    let mut client = door.client();
    client.host = name.into();
    for name in [name, "localhost", "127.0.0.1", "localhost.localstack.cloud"] {
        let mut stream = tls(&door, name, true).unwrap();
        let raw = client.signed("secretsmanager", "POST", "/", &[], b"{}", SystemClock.now());
        assert_eq!(exchange(&mut stream, &raw).unwrap().ok().json()["secure"], true, "{name}");
    }
    assert!(tls(&door, name, false).is_err(), "nobody trusts the authority unasked");
    assert!(tls(&door, "example.com", true).is_err(), "moat does not speak for other names");
    assert_eq!(
        list_secrets(&client).ok().json()["secure"],
        false,
        "plain HTTP from a public address is not secure"
    );
}

#[test]
fn http2_is_spoken_too() {
    let door = host_door();
    let client = door.client();
    let answer = door.runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(client.address).await.unwrap();
        let io = hyper_util::rt::TokioIo::new(stream);
        let (mut send, connection) =
            hyper::client::conn::http2::handshake(hyper_util::rt::TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        let headers = [("Host".to_owned(), client.host.clone())];
        let plain = sigv4::Request { method: "POST", path: "/", query: "", headers: &headers, body: b"{}" };
        let added = sigv4::Signer::new(&client.credentials, "us-east-1", "secretsmanager")
            .sign(&plain, SystemClock.now());
        let mut request = hyper::Request::post(format!("http://{}/", client.host));
        for (name, value) in added {
            request = request.header(name, value);
        }
        let body = http_body_util::Full::new(bytes::Bytes::from_static(b"{}"));
        let response = send.send_request(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        (status.as_u16(), serde_json::from_slice::<Value>(&body).unwrap())
    });
    assert_eq!((answer.0, &answer.1["by"]), (200, &json!("secretsmanager")));
}

#[test]
fn a_dropped_listener_is_closed_with_its_connections() {
    let mut door = host_door();
    let client = door.client();
    let mut open = client.connect();
    exchange(&mut open, b"GET /_moat/health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().ok();
    drop(door.serving.take());
    let mut rest = Vec::new();
    let _ = open.read_to_end(&mut rest);
    assert!(rest.is_empty());
    let again = TcpStream::connect(client.address)
        .and_then(|mut s| exchange(&mut s, b"GET /_moat/health HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert!(again.is_err(), "{again:?}");
}

#[test]
fn shutting_down_waits_for_idle_connections_no_longer_than_told() {
    let mut door = host_door();
    let _idle = door.client().connect();
    let serving = door.serving.take().unwrap();
    let started = std::time::Instant::now();
    door.runtime.block_on(serving.shut_down(Duration::from_millis(300)));
    assert!(started.elapsed() < Duration::from_secs(60));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    /// No sequence of bytes, sent whole or behind a good beginning, takes the server down or
    /// gets anything done.
    #[test]
    fn arbitrary_bytes_get_nowhere(bytes: Vec<u8>, tail in "[ -~\r\n]{0,200}") {
        static DOOR: std::sync::OnceLock<Door> = std::sync::OnceLock::new();
        let door = DOOR.get_or_init(|| {
            door(Origin::Host, Limits { head_timeout: Duration::from_secs(10), body_timeout: Duration::from_secs(10), handshake_timeout: Duration::from_secs(10), ..Limits::default() })
        });
        for prefix in ["", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 ", "\x16\x03\x01"] {
            let mut stream = door.client().connect();
            let sent = [prefix.as_bytes(), &bytes, tail.as_bytes()].concat();
            let _ = stream.write_all(&sent);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            proptest::prop_assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
        }
        proptest::prop_assert_eq!(list_secrets(&door.client()).status, 200);
    }
}
