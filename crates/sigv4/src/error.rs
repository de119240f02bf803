//! Why a signature is refused, in AWS's words.

use crate::amz_date::amz_date;
use crate::{Form, MAX_SKEW_MS};
use base::Timestamp;
use base64::Engine;
use sha2::{Digest, Sha256};
use std::fmt;

/// A part that an `Authorization` header has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Credential,
    Signature,
    SignedHeaders,
    Date,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credential => "Authorization header requires 'Credential' parameter. ",
            Self::Signature => "Authorization header requires 'Signature' parameter. ",
            Self::SignedHeaders => "Authorization header requires 'SignedHeaders' parameter. ",
            Self::Date => {
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            }
        })
    }
}

/// Why a request is not authenticated. The texts are AWS's, so they go to clients as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Request is missing Authentication Token")]
    MissingAuthenticationToken,
    #[error(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified"
    )]
    TwoMechanisms,
    #[error("{}(Hashed with SHA-256 and encoded with Base64) Authorization={authorization}", concat(.missing))]
    IncompleteHeader { missing: Vec<Missing>, authorization: String },
    #[error(
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '{0}'."
    )]
    NotAPair(String),
    #[error("AWS query-string parameters must include '{0}'. Re-examine the query-string parameters.")]
    IncompleteQuery(&'static str),
    #[error("Unsupported AWS 'algorithm': '{0}'.")]
    Algorithm(String),
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{0}'"
    )]
    Credential(String),
    #[error("X-Amz-Expires must be between 0 and 604800 seconds, got '{0}'")]
    Expires(String),
    #[error("SignedHeaders must be a sorted list of lower-case header names, got '{0}'")]
    SignedHeaders(String),
    #[error("Credential should be scoped with a valid terminator: 'aws4_request', not '{0}'.")]
    Terminator(String),
    #[error("Credential should be scoped to a valid region, not '{0}'. ")]
    ScopeRegion(String),
    #[error("Credential should be scoped to correct service: '{0}'. ")]
    ScopeService(String),
    #[error("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{}', from '{request}'.", day(.request))]
    ScopeDate { scope: String, request: String },
    #[error("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    HostNotSigned,
    #[error("'{0}' is named as a 'SignedHeader', but it does not exist in the HTTP request")]
    SignedHeaderAbsent(String),
    #[error("Signature expired: {} is now earlier than {} ({} - {} min.)", amz_date(*.time), limit(*.now, .form), amz_date(*.now), minutes(.form))]
    Expired { time: Timestamp, now: Timestamp, form: Form },
    #[error("Signature not yet current: {} is still later than {} ({} + 5 min.)", amz_date(*.time), amz_date(.now.plus_ms(MAX_SKEW_MS)), amz_date(*.now))]
    NotYetCurrent { time: Timestamp, now: Timestamp },
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'{canonical_request}'\n\nThe String-to-Sign should have been\n'{string_to_sign}'\n"
    )]
    Mismatch { canonical_request: String, string_to_sign: String },
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    ContentHash,
    #[error(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
    )]
    ContentHashValue,
    /// The access key does not exist, is not active, or came with another key's token.
    #[error("The security token included in the request is invalid.")]
    InvalidClientToken,
    #[error("The security token included in the request is expired")]
    ExpiredToken,
}

/// The client's own header is repeated to it only as a hash, as AWS does.
pub(crate) fn hashed(header: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(header.as_bytes()))
}

fn concat(missing: &[Missing]) -> String {
    missing.iter().map(ToString::to_string).collect()
}

fn day(request_date: &str) -> &str {
    request_date.split('T').next().unwrap_or_default()
}

fn life_ms(form: &Form) -> i64 {
    match form {
        Form::Header => MAX_SKEW_MS,
        Form::Query { expires_secs } => expires_secs * 1000,
    }
}

fn limit(now: Timestamp, form: &Form) -> String {
    amz_date(now.plus_ms(-life_ms(form)))
}

fn minutes(form: &Form) -> i64 {
    life_ms(form) / 60_000
}
