//! Signing, for clients: moat's own command line, its tests, and what it hands to others.

use crate::amz_date::amz_date;
use crate::canonical::{canonical_request, encode, string_to_sign};
use crate::key::{SigningKey, sha256_hex};
use crate::{ALGORITHM, CredentialScope, Request, Rules, UNSIGNED_PAYLOAD};
use base::Timestamp;
use std::fmt;

/// An access key as a client holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl Credentials {
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({})", self.access_key_id)
    }
}

/// Whether the session token is covered by the signature or added behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenPlacement {
    #[default]
    Signed,
    /// Some services (AWS IoT) want the token added after signing.
    After,
}

/// Signs requests of one key for one service in one region.
#[derive(Debug, Clone)]
pub struct Signer<'a> {
    pub credentials: &'a Credentials,
    pub region: &'a str,
    pub service: &'a str,
    pub rules: Rules,
    pub token: TokenPlacement,
    /// Sends the body's hash as `x-amz-content-sha256`, as S3 requires.
    pub content_hash_header: bool,
}

/// Headers that proxies and HTTP libraries change, so that they must not be signed.
const NEVER_SIGNED: [&str; 6] =
    ["authorization", "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"];

impl<'a> Signer<'a> {
    pub fn new(credentials: &'a Credentials, region: &'a str, service: &'a str) -> Self {
        let rules = Rules::of(service);
        let content_hash_header = rules == Rules::S3;
        Self { credentials, region, service, rules, token: TokenPlacement::Signed, content_hash_header }
    }

    /// The headers to add to the request, `Authorization` last. `Host` must be among the
    /// request's own headers.
    pub fn sign(&self, request: &Request<'_>, now: Timestamp) -> Vec<(String, String)> {
        self.sign_hash(request, &sha256_hex(request.body), now)
    }

    /// The same for a body of which only the hash is known, or that is signed in another way.
    pub fn sign_hash(&self, request: &Request<'_>, hash: &str, now: Timestamp) -> Vec<(String, String)> {
        let date = amz_date(now);
        let token = self.credentials.session_token.as_ref().map(|t| pair("X-Amz-Security-Token", t));
        let mut added = vec![pair("X-Amz-Date", &date)];
        if self.content_hash_header {
            added.push(pair("x-amz-content-sha256", hash));
        }
        if self.token == TokenPlacement::Signed {
            added.extend(token.clone());
        }
        let headers: Vec<_> = request.headers.iter().chain(&added).cloned().collect();
        let signed = signed_names(&headers);
        let canonical =
            canonical_request(&Request { headers: &headers, ..*request }, &signed, hash, self.rules);
        let signature = self.signature(&date, &canonical);
        if self.token == TokenPlacement::After {
            added.extend(token);
        }
        added.push(pair("Authorization", &self.authorization(&date, &signed, &signature)));
        added
    }

    /// The query of the presigned request, the request's own parameters first.
    pub fn presign(&self, request: &Request<'_>, now: Timestamp, expires_secs: i64) -> String {
        let date = amz_date(now);
        let signed = signed_names(request.headers);
        let token = self.credentials.session_token.as_ref().map(|t| parameter("X-Amz-Security-Token", t));
        let mut parts: Vec<String> =
            (!request.query.is_empty()).then(|| request.query.to_owned()).into_iter().collect();
        parts.push(parameter("X-Amz-Algorithm", ALGORITHM));
        parts.push(parameter("X-Amz-Credential", &self.credential(&date)));
        parts.push(parameter("X-Amz-Date", &date));
        parts.push(parameter("X-Amz-SignedHeaders", &signed.join(";")));
        parts.push(parameter("X-Amz-Expires", &expires_secs.to_string()));
        if self.token == TokenPlacement::Signed {
            parts.extend(token.clone());
        }
        let hash =
            if self.rules.unsigned_payload { UNSIGNED_PAYLOAD.to_owned() } else { sha256_hex(request.body) };
        let query = parts.join("&");
        let canonical = canonical_request(&Request { query: &query, ..*request }, &signed, &hash, self.rules);
        if self.token == TokenPlacement::After {
            parts.extend(token);
        }
        parts.push(parameter("X-Amz-Signature", &self.signature(&date, &canonical)));
        parts.join("&")
    }

    fn scope(&self, date: &str) -> CredentialScope {
        let day = date.split('T').next().unwrap_or_default();
        CredentialScope::new(day, self.region, self.service)
    }

    fn credential(&self, date: &str) -> String {
        format!("{}/{}", self.credentials.access_key_id, self.scope(date))
    }

    fn signature(&self, date: &str, canonical: &str) -> String {
        let scope = self.scope(date);
        SigningKey::derive(&self.credentials.secret_access_key, &scope)
            .sign(&string_to_sign(date, &scope, canonical))
    }

    fn authorization(&self, date: &str, signed: &[String], signature: &str) -> String {
        format!(
            "{ALGORITHM} Credential={}, SignedHeaders={}, Signature={signature}",
            self.credential(date),
            signed.join(";")
        )
    }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn parameter(name: &str, value: &str) -> String {
    format!("{name}={}", encode(value.as_bytes()))
}

fn signed_names(headers: &[(String, String)]) -> Vec<String> {
    let mut names: Vec<String> = headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| !NEVER_SIGNED.contains(&name.as_str()))
        .collect();
    names.sort();
    names.dedup();
    names
}
