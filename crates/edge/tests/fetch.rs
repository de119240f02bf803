//! What the edge reads from elsewhere, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step must fail the test")]

mod support;

use edge::{FetchError, Fetcher, Outside};
use sha1::{Digest, Sha1};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use support::{Door, host_door};

/// The network that this test is on.
struct Here;

impl Outside for Here {
    fn tcp(&self, is_ipv6: bool) -> std::io::Result<OwnedFd> {
        let socket =
            if is_ipv6 { tokio::net::TcpSocket::new_v6()? } else { tokio::net::TcpSocket::new_v4()? };
        std::os::fd::AsFd::as_fd(&socket).try_clone_to_owned()
    }

    fn udp(&self, is_ipv6: bool) -> std::io::Result<OwnedFd> {
        let any = if is_ipv6 { "[::]:0" } else { "0.0.0.0:0" };
        Ok(std::net::UdpSocket::bind(any)?.into())
    }
}

fn get(url: &str, thumbprints: &[String]) -> Result<Vec<u8>, FetchError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fetcher = Fetcher::new(Arc::new(Here));
    runtime.block_on(fetcher.get(url, thumbprints)).map(|bytes| bytes.to_vec())
}

/// A server that answers one question so, and tells what it was asked.
fn answering(answer: Vec<u8>) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = vec![0; 4096];
        let read = stream.read(&mut asked).unwrap();
        // A client that has seen enough hangs up.
        let _ = stream.write_all(&answer);
        String::from_utf8_lossy(&asked[..read]).into_owned()
    });
    (host, served)
}

#[test]
fn a_document_is_read() {
    let (host, served) = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec());
    assert_eq!(get(&format!("http://{host}/a/b?c=d"), &[]).unwrap(), b"{}");
    let asked = served.join().unwrap().to_lowercase();
    assert!(
        asked.starts_with("get /a/b?c=d http/1.1\r\n") && asked.contains(&format!("host: {host}")),
        "{asked}"
    );
}

#[test]
fn what_is_no_document_is_an_error() {
    let told = |answer: &[u8]| {
        let (host, served) = answering(answer.to_vec());
        let error = get(&format!("http://{host}/"), &[]).unwrap_err().to_string();
        served.join().unwrap();
        error.replace(&host, "HOST")
    };
    assert_eq!(
        told(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        "`http://HOST/` answered with status 404"
    );
    let elsewhere = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(told(elsewhere), "`http://HOST/` answered with status 302");
    let long = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'x'; 300 << 10]].concat();
    assert_eq!(told(&long), "`http://HOST/` answered with more than 262144 bytes");
    assert!(told(b"nonsense").starts_with("reach `http://HOST/`: "));
    assert!(told(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort").starts_with("reach `http://HOST/`: "));
    for url in ["http://127.0.0.1:1/", "http://machine.example/", "nonsense", ""] {
        assert!(matches!(get(url, &[]), Err(FetchError::Unreachable { .. })), "{url}");
    }
}

/// The thumbprint of the topmost certificate that the door shows.
fn thumbprint(door: &Door) -> String {
    let mut roots = rustls::RootCertStore::empty();
    let pem = door.ca.bundle_pem().as_bytes();
    for certificate in
        <rustls::pki_types::CertificateDer as rustls::pki_types::pem::PemObject>::pem_slice_iter(pem)
    {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut connection =
        rustls::ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = door.client().connect();
    connection.complete_io(&mut stream).unwrap();
    let top = connection.peer_certificates().unwrap().last().unwrap();
    hex::encode(Sha1::digest(top))
}

#[test]
fn over_tls_only_who_is_vouched_for_is_believed() {
    let door = host_door();
    let port = door.client().address.port();
    let url = format!("https://localhost:{port}/_moat/health");
    let thumbprint = thumbprint(&door);
    assert!(!get(&url, std::slice::from_ref(&thumbprint)).unwrap().is_empty());
    assert!(!get(&url, &["ab".repeat(20), thumbprint.to_uppercase()]).unwrap().is_empty());
    for thumbprints in [vec![], vec!["ab".repeat(20)]] {
        assert!(matches!(get(&url, &thumbprints), Err(FetchError::Unreachable { .. })));
    }
}
