//! A client that signs as AWS's do and speaks over one socket per call.

use crate::http::{Answer, exchange};
use base::{Clock, SystemClock, Timestamp};
use serde_json::Value;
use sigv4::{Credentials, Request, Signer};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// Calls one moat with one access key in one region.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub credentials: Credentials,
    pub region: String,
    /// The `Host` header; the address itself unless set.
    pub host: String,
}

impl Client {
    /// A client with the root key `test`/`test` in us-east-1.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            credentials: Credentials::new("test", "test"),
            region: "us-east-1".to_owned(),
            host: address.to_string(),
        }
    }

    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    #[must_use]
    pub fn in_region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.region);
        self
    }

    /// Calls an operation of an awsJson service: `client.json("secretsmanager",
    /// "secretsmanager.ListSecrets", json!({}))`.
    pub fn json(&self, service: &str, target: &str, body: &Value) -> Answer {
        let headers = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", target)];
        self.call(service, "POST", "/", &headers, body.to_string().as_bytes())
    }

    /// Calls an operation of an awsQuery or ec2Query service.
    pub fn query(&self, service: &str, version: &str, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let all = [("Action", action), ("Version", version)];
        let form: Vec<String> = all
            .iter()
            .chain(parameters)
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let headers = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")];
        self.call(service, "POST", "/", &headers, form.join("&").as_bytes())
    }

    /// Calls an operation of a restJson service. `target` is the path and, if any, the query.
    pub fn rest(&self, service: &str, method: &str, target: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.call(service, method, target, &[("Content-Type", "application/json")], body.as_bytes())
    }

    /// Signs and sends any request.
    pub fn call(
        &self,
        service: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let raw = self.signed(service, method, target, headers, body, SystemClock.now());
        let mut stream = self.connect();
        exchange(&mut stream, &raw).unwrap_or_else(|e| panic!("{method} {target}: {e}"))
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("moat listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        stream
    }

    /// The bytes of a signed request, for tests that send them in their own way.
    pub fn signed(
        &self,
        service: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        now: Timestamp,
    ) -> Vec<u8> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut all = vec![("Host".to_owned(), self.host.clone())];
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let request = Request { method, path, query, headers: &all, body };
        let added = Signer::new(&self.credentials, &self.region, service).sign(&request, now);
        all.extend(added);
        all.push(("Content-Length".to_owned(), body.len().to_string()));
        let mut raw = format!("{method} {target} HTTP/1.1\r\n");
        for (name, value) in all {
            raw.push_str(&format!("{name}: {value}\r\n"));
        }
        raw.push_str("\r\n");
        let mut raw = raw.into_bytes();
        raw.extend_from_slice(body);
        raw
    }
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_request_carries_its_authorization_and_length() {
        let client = Client::new("127.0.0.1:1".parse().unwrap());
        let raw =
            client.signed("iam", "POST", "/?a=b", &[("X-Thing", "1")], b"body", Timestamp::from_secs(0));
        let text = String::from_utf8(raw).unwrap();
        assert!(text.starts_with("POST /?a=b HTTP/1.1\r\nHost: 127.0.0.1:1\r\nX-Thing: 1\r\nX-Amz-Date: 19700101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test/19700101/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date;x-thing, Signature="), "{text}");
        assert!(text.ends_with("\r\nContent-Length: 4\r\n\r\nbody"), "{text}");
    }

    #[test]
    fn answers_are_read_in_both_framings_and_interim_ones_skipped() {
        for raw in [
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1\r\ny\r\n0\r\n\r\nHTTP",
            "HTTP/1.1 200 OK\r\n\r\nbody",
        ] {
            let answer = crate::read_answer(&mut raw.as_bytes()).unwrap();
            assert_eq!((answer.status, answer.text().as_str()), (200, "body"), "{raw}");
        }
    }
}
