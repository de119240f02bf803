//! Checking a presented signature against the secret it claims.

use crate::amz_date::amz_date;
use crate::canonical::{canonical_request, string_to_sign};
use crate::key::{SigningKey, sha256_hex};
use crate::{Error, Form, MAX_SKEW_MS, Presented, Request, Rules, Stream, UNSIGNED_PAYLOAD};
use base::Timestamp;
use std::fmt;
use subtle::ConstantTimeEq;

/// What the identity store knows of an access key.
#[derive(Clone, Copy)]
pub struct Secret<'a> {
    pub secret_access_key: &'a str,
    /// Set for temporary credentials: the token that must accompany them.
    pub session_token: Option<&'a str>,
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What the signature says about the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    Signed,
    Unsigned,
    /// The body comes in chunks, which [`Presented::chunks`] checks as they arrive.
    Streaming(Stream),
}

impl Presented {
    /// Checks time, session token and signature. The caller has looked up the access key.
    ///
    /// # Errors
    /// The first thing that is wrong, as [`Error`].
    pub fn verify(
        &self,
        request: &Request<'_>,
        secret: &Secret<'_>,
        now: Timestamp,
        rules: Rules,
    ) -> Result<Payload, Error> {
        let date = amz_date(self.time);
        self.check_scope_date(&date)?;
        self.check_time(now)?;
        self.check_token(secret)?;
        self.check_signed_headers(request)?;
        let (payload, hash) = self.payload(request, rules)?;
        let canonical = canonical_request(request, &self.signed_headers, &hash, rules);
        let to_sign = string_to_sign(&date, &self.scope, &canonical);
        let expected = SigningKey::derive(secret.secret_access_key, &self.scope).sign(&to_sign);
        if same(expected.as_bytes(), self.signature.as_bytes()) {
            Ok(payload)
        } else {
            Err(Error::Mismatch { canonical_request: canonical, string_to_sign: to_sign })
        }
    }

    fn check_time(&self, now: Timestamp) -> Result<(), Error> {
        let life_ms = match self.form {
            Form::Header => MAX_SKEW_MS,
            Form::Query { expires_secs } => expires_secs * 1000,
        };
        if now > self.time.plus_ms(life_ms) {
            return Err(Error::Expired { time: self.time, now, form: self.form });
        }
        if self.time > now.plus_ms(MAX_SKEW_MS) {
            return Err(Error::NotYetCurrent { time: self.time, now });
        }
        Ok(())
    }

    fn check_token(&self, secret: &Secret<'_>) -> Result<(), Error> {
        match (secret.session_token, self.session_token.as_deref()) {
            (None, None) => Ok(()),
            (Some(expected), Some(given)) if same(expected.as_bytes(), given.as_bytes()) => Ok(()),
            _ => Err(Error::InvalidClientToken),
        }
    }

    /// Without the host in the signature a request could be sent on to another service.
    fn check_signed_headers(&self, request: &Request<'_>) -> Result<(), Error> {
        let signs = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        if !signs("host") && !signs(":authority") {
            return Err(Error::HostNotSigned);
        }
        match self.signed_headers.iter().find(|name| request.header(name).is_none()) {
            Some(absent) => Err(Error::SignedHeaderAbsent(absent.clone())),
            None => Ok(()),
        }
    }

    fn payload(&self, request: &Request<'_>, rules: Rules) -> Result<(Payload, String), Error> {
        let declared = request.header("x-amz-content-sha256");
        match declared {
            Some(UNSIGNED_PAYLOAD) if rules.unsigned_payload => {
                Ok((Payload::Unsigned, UNSIGNED_PAYLOAD.into()))
            }
            Some(other) if rules.unsigned_payload && !is_sha256(other) => match Stream::of(other) {
                Some(stream) => Ok((Payload::Streaming(stream), stream.content_hash().to_owned())),
                None => Err(Error::ContentHashValue),
            },
            None if rules.unsigned_payload && self.form != Form::Header => {
                Ok((Payload::Unsigned, UNSIGNED_PAYLOAD.into()))
            }
            declared => {
                let actual = sha256_hex(request.body);
                let is_right = declared.is_none_or(|hash| hash == actual);
                if is_right { Ok((Payload::Signed, actual)) } else { Err(Error::ContentHash) }
            }
        }
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}
