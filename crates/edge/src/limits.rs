//! Caps on what a client may send, and how long it may take.

use std::time::Duration;

/// Every cap of one edge.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of a body for Lambda, whose code arrives in base64 inside JSON. AWS takes 50 MiB
    /// of zip, which is 69 905 067 bytes of base64.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
    pub lambda_body_bytes: usize,
    /// Bytes of request line and headers together.
    pub head_bytes: usize,
    pub headers: usize,
    /// Connections of one listener at a time; more wait to be accepted.
    pub connections: usize,
    /// How long a connection may be idle or take to send its headers.
    pub head_timeout: Duration,
    /// How long a body may pause.
    pub body_timeout: Duration,
    pub handshake_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 10 << 20,
            lambda_body_bytes: 70 << 20,
            head_bytes: 64 << 10,
            headers: 100,
            connections: 4096,
            head_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// The body limit for a request that says it is for this service.
    pub(crate) fn body_for(&self, signing_name: Option<&str>) -> usize {
        if signing_name == Some("lambda") { self.lambda_body_bytes } else { self.body_bytes }
    }
}
