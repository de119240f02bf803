//! TLS at nodes on the loopback interface: by which certificate, in which version, and what goes through.
#![allow(clippy::unwrap_used)]

mod support;

use balancer::plan::{Certificate, Check, Group, Listener, Protocol, Rule, Settings, Tls};
use balancer::{Health, Reason};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned, SupportedProtocolVersion,
};
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use support::{World, address, forward, group, listener, server, speak};

/// An authority, and what it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), root }
    }

    /// A certificate for these names and its key, in PEM.
    fn sign(&self, names: &[&str]) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let signed = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        (signed.pem(), key.serialize_pem())
    }

    fn client(&self, versions: &[&'static SupportedProtocolVersion], inside: &[&str]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(versions).unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = inside.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

const BOTH: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];

fn named(arn: &str, version: &str) -> Certificate {
    Certificate { arn: arn.to_owned(), version: version.to_owned() }
}

fn tls(arns: &[&str]) -> Tls {
    Tls {
        has_tls12: true,
        has_tls13: true,
        inside: vec!["h2".to_owned(), "http/1.1".to_owned()],
        certificates: arns.iter().map(|arn| named(arn, "1")).collect(),
    }
}

/// A listener at port 443 that waits for slow machines.
fn secure(rules: Vec<Rule>, tls: Tls) -> Listener {
    let plain = listener(rules);
    let settings = Settings { idle_timeout: Duration::from_secs(30), tls_headers: true, ..plain.settings };
    Listener { port: 443, tls: Some(tls), settings, ..plain }
}

/// A world with one certificate, for `a.example`.
fn world() -> (World, Authority) {
    let (world, authority) = (World::new(), Authority::new());
    let (chain, key) = authority.sign(&["a.example"]);
    world.certificates.put("a", chain, key);
    (world, authority)
}

fn to_server(name: &'static str) -> Vec<Rule> {
    vec![forward(vec![Arc::new(group(vec![("t", address(server(name, "200 OK")))]))])]
}

/// Sends bytes over TLS and reads what comes until the end; or why there was no handshake.
async fn talk(
    to: SocketAddr,
    config: Arc<ClientConfig>,
    name: &str,
    request: &str,
) -> Result<String, String> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let request = request.replace('\n', "\r\n");
    tokio::task::spawn_blocking(move || {
        let connection = ClientConnection::new(config, name).unwrap();
        let mut stream = StreamOwned::new(connection, TcpStream::connect(to).unwrap());
        stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        match ended {
            Err(error) if answer.is_empty() => Err(error.to_string()),
            _ => Ok(answer),
        }
    })
    .await
    .unwrap()
}

const GET: &str = "GET /x HTTP/1.1\nHost: a.example\nConnection: close\n\n";

/// Whether the certificate that is shown for a name is for that name.
async fn is_shown(to: SocketAddr, authority: &Authority, name: &str) -> bool {
    talk(to, authority.client(BOTH, &[]), name, GET).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_told_that_the_client_spoke_tls() {
    let (world, authority) = world();
    let to = world.serve(secure(to_server("t"), tls(&["a"]))).await;
    for (versions, wanted) in [
        (
            &[&version::TLS13][..],
            ["x-amzn-tls-version: tlsv1.3", "x-amzn-tls-cipher-suite: tls_aes_256_gcm_sha384"],
        ),
        (
            &[&version::TLS12],
            ["x-amzn-tls-version: tlsv1.2", "x-amzn-tls-cipher-suite: ecdhe-ecdsa-aes256-gcm-sha384"],
        ),
    ] {
        let answer =
            talk(to, authority.client(versions, &[]), "a.example", GET).await.unwrap().to_lowercase();
        for part in
            ["http/1.1 200 ok", "x-forwarded-proto: https\r", "x-forwarded-port: 443\r", "host: a.example\r"]
                .iter()
                .chain(&wanted)
        {
            assert!(answer.contains(part), "{part} in {answer}");
        }
    }
    // Who speaks no TLS gets no answer in HTTP.
    let plain = support::ask(to, "GET / HTTP/1.1\nHost: a\n\n").await;
    assert!(!plain.contains("HTTP/1.1"), "{plain}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_that_a_client_asks_for_chooses_the_certificate() {
    let (world, authority) = world();
    for (arn, names) in [("b", &["b.example"][..]), ("c", &["*.c.example", "c.example"])] {
        let (chain, key) = authority.sign(names);
        world.certificates.put(arn, chain, key);
    }
    let to = world.serve(secure(to_server("t"), tls(&["a", "b", "c"]))).await;
    for (name, wanted) in [
        ("a.example", true),
        ("B.example", true),
        ("x.c.example", true),
        ("x.y.c.example", false),
        ("other.example", false),
    ] {
        assert_eq!(is_shown(to, &authority, name).await, wanted, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_for_a_name_hurts_nobody() {
    let (world, authority) = world();
    let to = world.serve(secure(to_server("t"), tls(&["a"]))).await;
    for name in [&b"a_b.example"[..], b"..", b"\xff\x00", b"1.2.3.4", &[b'a'; 300], b""] {
        let hello = hello(name);
        let ended = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(to).unwrap();
            stream.write_all(&hello).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        ended.await.unwrap();
    }
    assert!(is_shown(to, &authority, "a.example").await);
}

/// A greeting with these bytes as the name that is asked for (RFC 6066, 3).
fn hello(name: &[u8]) -> Vec<u8> {
    let sized = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    let names = sized(&[&[0][..], &sized(name)].concat());
    let extensions = sized(&[&[0, 0][..], &sized(&names)].concat());
    let body =
        [&[3, 3][..], &[7; 32], &[0], &sized(&[0xc0, 0x2b, 0xc0, 0x2f]), &[1, 0], &extensions].concat();
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let message = [&[1][..], &length[1..], &body].concat();
    [&[22, 3, 1][..], &sized(&message)].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_says_which_versions_are_spoken() {
    let (world, authority) = world();
    for (has_tls12, has_tls13) in [(true, false), (false, true)] {
        let only = Tls { has_tls12, has_tls13, ..tls(&["a"]) };
        let to = world.serve(secure(to_server("t"), only)).await;
        let spoken =
            async |version| talk(to, authority.client(&[version], &[]), "a.example", GET).await.is_ok();
        assert_eq!((spoken(&version::TLS12).await, spoken(&version::TLS13).await), (has_tls12, has_tls13));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_changed_is_shown_to_who_comes_next() {
    let (world, authority) = world();
    let to = world.serve(secure(to_server("t"), tls(&["a"]))).await;
    assert!(is_shown(to, &authority, "a.example").await);
    let (chain, key) = authority.sign(&["new.example"]);
    world.certificates.put("a", chain, key);
    let renewed = Tls { certificates: vec![named("a", "2")], ..tls(&[]) };
    assert_eq!(world.serve(secure(to_server("t"), renewed)).await, to, "the socket stays");
    assert!(is_shown(to, &authority, "new.example").await);
    assert!(!is_shown(to, &authority, "a.example").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_certificate_a_listener_serves_nobody_until_it_is_there() {
    let (world, authority) = world();
    let to = world.serve(secure(to_server("t"), tls(&["late"]))).await;
    assert!(!is_shown(to, &authority, "a.example").await);
    let plain = support::ask(to, "GET / HTTP/1.1\nHost: a\n\n").await;
    assert_eq!(plain, "", "nor in plain HTTP");
    let (chain, key) = authority.sign(&["a.example"]);
    world.certificates.put("late", chain, key);
    let rules = to_server("t");
    world.serve(secure(rules, tls(&["late"]))).await;
    assert!(is_shown(to, &authority, "a.example").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_never_ends_is_ended() {
    let (world, _) = world();
    let patient = secure(to_server("t"), tls(&["a"]));
    let settings = Settings { idle_timeout: Duration::from_millis(300), ..patient.settings.clone() };
    let to = world.serve(Listener { settings, ..patient }).await;
    let greeting = hello(b"a.example");
    for part in [&greeting[..0], &greeting[..3], &greeting[..greeting.len() - 1]] {
        let part = part.to_vec();
        let read = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(to).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            stream.write_all(&part).unwrap();
            stream.read(&mut [0; 64])
        });
        // The end or a reset; what must not be is that it waits.
        let read = read.await.unwrap();
        assert!(!matches!(&read, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock), "{read:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_readers_read_the_same_over_tls_too() {
    let (world, authority) = world();
    let to = world.serve(secure(to_server("t"), tls(&["a"]))).await;
    for request in [
        "GET / HTTP/1.1\nHost: a\nHost: b\nConnection: close\n\n",
        "POST / HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2\n\nxx",
        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked, x\n\n0\n\n",
        "CONNECT b:1 HTTP/1.1\nHost: b:1\nConnection: close\n\n",
    ] {
        let answer = talk(to, authority.client(BOTH, &["http/1.1"]), "a.example", request).await;
        assert!(
            answer.as_ref().is_ok_and(|a| a.starts_with("HTTP/1.1 400 ")) || answer.is_err(),
            "{request}: {answer:?}"
        );
    }
    let trace =
        talk(to, authority.client(BOTH, &[]), "a.example", &GET.replace("GET", "TRACE")).await.unwrap();
    assert!(trace.starts_with("HTTP/1.1 405 "), "{trace}");
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_spoken_with_clients_and_http1_with_targets() {
    let (world, authority) = world();
    let to = world.serve(secure(to_server("t"), tls(&["a"]))).await;
    let connector = tokio_rustls::TlsConnector::from(authority.client(BOTH, &["h2"]));
    let stream = tokio::net::TcpStream::connect(to).await.unwrap();
    let stream = connector.connect(ServerName::try_from("a.example").unwrap(), stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let spoken = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (sender, connection) = spoken.unwrap();
    let connection = tokio::spawn(connection);
    let ask = async |path: &str, host: Option<&str>| {
        let mut request =
            Request::get(format!("https://a.example{path}")).header("cookie", "a=1").header("cookie", "b=2");
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let answer = sender.clone().send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap().to_lowercase())
    };
    let (one, two) = tokio::join!(ask("/one", None), ask("/two", None));
    for ((status, body), path) in [(one, "/one"), (two, "/two")] {
        assert_eq!(status, 200);
        for part in [
            &format!("get {path} http/1.1"),
            "host: a.example\r",
            "cookie: a=1; b=2\r",
            "x-forwarded-proto: https",
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
    }
    assert_eq!(ask("/", Some("b.example")).await.0, 400);
    connection.abort();
}

/// A server that speaks TLS with a certificate that nobody signed.
fn secure_server(name: &'static str, status: &'static str) -> SocketAddr {
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["nobody".to_owned()]).unwrap().self_signed(&key).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![own.der().clone()], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let stream = StreamOwned::new(connection, stream.unwrap());
            std::thread::spawn(move || speak(BufReader::new(stream), name, status));
        }
    });
    at
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_are_spoken_to_over_tls_and_checked_so_whatever_their_certificate() {
    let world = World::new();
    let check = |path: &str| Check {
        path: Some(path.to_owned()),
        is_encrypted: true,
        port: None,
        matcher: vec![200..=200],
        interval: Duration::from_millis(20),
        timeout: Duration::from_secs(10),
        healthy_threshold: 2,
        unhealthy_threshold: 2,
    };
    let targets = vec![
        ("good", address(secure_server("good", "200 OK"))),
        ("sick", address(secure_server("sick", "500 Internal Server Error"))),
        ("plain", address(server("plain", "200 OK"))),
    ];
    let encrypted = Group { is_encrypted: true, check: Some(check("/health")), ..group(targets) };
    let plain = listener(vec![forward(vec![Arc::new(encrypted)])]);
    let settings = Settings { idle_timeout: Duration::from_secs(30), ..plain.settings.clone() };
    let to = world.serve(Listener { settings, ..plain }).await;
    let health = |target: &str| world.balancer.health("group", target, 80).unwrap();
    while ["good", "sick", "plain"].iter().any(|target| health(target) == Health::Initial) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(
        ["good", "sick", "plain"].map(health),
        [
            Health::Healthy,
            Health::Unhealthy(Reason::ResponseCodeMismatch(500)),
            Health::Unhealthy(Reason::FailedHealthChecks)
        ]
    );
    for _ in 0..3 {
        assert!(support::get(to, "/").await.contains("\r\n\r\ngood\nGET"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_decrypted_and_encrypted_again_for_a_target_that_wants_it() {
    let (world, authority) = world();
    for (at, is_encrypted) in [(server("t", "200 OK"), false), (secure_server("t", "200 OK"), true)] {
        let group = Group { is_encrypted, ..group(vec![("t", address(at))]) };
        let carried = secure(vec![forward(vec![Arc::new(group)])], Tls { inside: Vec::new(), ..tls(&["a"]) });
        let to = world.serve(Listener { protocol: Protocol::Tcp, ..carried }).await;
        // The target sees the client's bytes as they are, and no end until the client has read enough.
        let (config, name) = (authority.client(BOTH, &["h2"]), ServerName::try_from("a.example").unwrap());
        let answer = tokio::task::spawn_blocking(move || {
            let connection = ClientConnection::new(config, name).unwrap();
            let mut stream = StreamOwned::new(connection, TcpStream::connect(to).unwrap());
            stream.write_all(GET.replace('\n', "\r\n").as_bytes()).unwrap();
            let mut answer = vec![0; 64];
            let read = stream.read(&mut answer).unwrap();
            assert_eq!(stream.conn.alpn_protocol(), None);
            String::from_utf8(answer[..read].to_vec()).unwrap()
        });
        assert!(answer.await.unwrap().starts_with("HTTP/1.1 200 OK"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_is_told_the_client_first_when_it_wants_the_proxy_protocol() {
    let world = World::new();
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let group = Group { proxy_protocol: true, ..group(vec![("t", address(target.local_addr().unwrap()))]) };
    let to = world.follow(Protocol::Tcp, vec![forward(vec![Arc::new(group)])]).await;
    let told = tokio::task::spawn_blocking(move || {
        let mut client = TcpStream::connect(to).unwrap();
        client.write_all(b"hello").unwrap();
        let mut told = vec![0; 28 + 5];
        target.accept().unwrap().0.read_exact(&mut told).unwrap();
        (client.local_addr().unwrap(), told)
    });
    let (client, told) = told.await.unwrap();
    assert_eq!(told[..16], *b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c");
    assert_eq!(told[16..24], [127, 0, 0, 1, 127, 0, 0, 1]);
    assert_eq!(told[24..28], [client.port().to_be_bytes(), to.port().to_be_bytes()].concat());
    assert_eq!(told[28..], *b"hello");
}
