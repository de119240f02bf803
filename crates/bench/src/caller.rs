//! Signed calls over a connection that stays open. Signing is done before the clock starts.

use crate::connection::Connection;
use crate::failure::Failure;
use base::{Clock, SystemClock};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use testkit::{Answer, Client};

/// A signed request, ready to be sent.
pub struct Request {
    pub what: String,
    pub bytes: Vec<u8>,
    /// What must come back.
    pub expected: Expected,
}

/// Which answers are right. A refusal that is wanted has exactly its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Success,
    Status(u16),
    /// A success or this.
    Either(u16),
}

impl Expected {
    fn is_met(self, status: u16) -> bool {
        let success = (200..300).contains(&status);
        match self {
            Self::Success => success,
            Self::Status(wanted) => status == wanted,
            Self::Either(wanted) => success || status == wanted,
        }
    }
}

/// Distinguishes requests as SDKs do, so that no two signatures are alike.
static NUMBER: AtomicU64 = AtomicU64::new(0);

pub struct Caller {
    client: Client,
    connection: Connection,
}

impl Caller {
    pub fn new(address: SocketAddr) -> Result<Self, Failure> {
        let connection = Connection::open(address).map_err(Failure::io(format!("connect to {address}")))?;
        Ok(Self { client: Client::new(address), connection })
    }

    /// A request of an awsQuery or ec2Query service.
    pub fn query(&self, service: &str, version: &str, action: &str, parameters: &[(&str, &str)]) -> Request {
        let all = [("Action", action), ("Version", version)];
        let pairs: Vec<String> =
            all.iter().chain(parameters).map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        self.signed(action, service, "POST", "/", kind, pairs.join("&").as_bytes())
    }

    /// A request of a restJson service.
    pub fn rest(&self, service: &str, method: &str, target: &str, body: &Value) -> Request {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.signed(
            &format!("{method} {target}"),
            service,
            method,
            target,
            "application/json",
            body.as_bytes(),
        )
    }

    /// A request of CloudWatch Logs.
    pub fn logs(&self, operation: &str, body: &Value) -> Request {
        let target = format!("Logs_20140328.{operation}");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed).to_string();
        let headers = [
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", target.as_str()),
            ("amz-sdk-invocation-id", number.as_str()),
        ];
        let body = body.to_string();
        let bytes = self.client.signed("logs", "POST", "/", &headers, body.as_bytes(), SystemClock.now());
        Request { what: operation.to_owned(), bytes, expected: Expected::Success }
    }

    /// The round trip that everything is held against: the same port and parser, no signature,
    /// no service.
    pub fn health(&self) -> Request {
        let head = format!("GET /_moat/health HTTP/1.1\r\nHost: {}\r\n\r\n", self.client.host);
        Request { what: "health".to_owned(), bytes: head.into_bytes(), expected: Expected::Success }
    }

    fn signed(
        &self,
        what: &str,
        service: &str,
        method: &str,
        target: &str,
        kind: &str,
        body: &[u8],
    ) -> Request {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed).to_string();
        let headers = [("Content-Type", kind), ("amz-sdk-invocation-id", number.as_str())];
        let bytes = self.client.signed(service, method, target, &headers, body, SystemClock.now());
        Request { what: what.to_owned(), bytes, expected: Expected::Success }
    }

    /// The answer, which must be the one expected, and the time from the first byte out to the last in.
    pub fn timed(&mut self, request: &Request) -> Result<(Answer, Duration), Failure> {
        timed(&mut self.connection, request)
    }

    pub fn ok(&mut self, request: &Request) -> Result<Answer, Failure> {
        self.timed(request).map(|(answer, _)| answer)
    }

    /// Calls an operation of a Query service and takes one element from its answer.
    pub fn xml(
        &mut self,
        (service, version): (&str, &str),
        action: &str,
        parameters: &[(&str, &str)],
        field: &'static str,
    ) -> Result<String, Failure> {
        let answer = self.ok(&self.query(service, version, action, parameters))?;
        let missing = || Failure::Missing { what: action.to_owned(), field, body: answer.text() };
        answer.xml(field).ok_or_else(missing)
    }
}

pub fn timed(connection: &mut Connection, request: &Request) -> Result<(Answer, Duration), Failure> {
    let begun = Instant::now();
    let answer = connection.exchange(&request.bytes);
    let took = begun.elapsed();
    let answer = answer.map_err(Failure::io(format!("call {}", request.what)))?;
    if request.expected.is_met(answer.status) {
        return Ok((answer, took));
    }
    Err(Failure::Refused { what: request.what.clone(), status: answer.status, body: answer.text() })
}

fn encode(text: &str) -> String {
    let kept = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if kept(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
