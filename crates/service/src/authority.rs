//! Who somebody is and what they may do: asked here, answered by IAM through `server`.

use crate::{Access, Call, Caller};
use base::Timestamp;
use std::fmt;
use std::sync::Arc;

/// The answers that authentication and authorization need.
pub trait Authority: Send + Sync {
    /// Whose access key this is. `session_token` is what the request carried, if anything.
    fn identify(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
        now: Timestamp,
    ) -> Result<Identity, IdentifyError>;

    /// Evaluates every policy that has a say: the caller's, the resource's, the endpoint's.
    /// `context` holds the global condition keys; the operation's own are in `access`.
    fn decide(
        &self,
        call: &Call,
        access: &Access,
        context: &policy::Context,
    ) -> Result<Verdict, store::Fault>;

    /// What somebody should know who wonders about a denial: the statements that nearly allow it,
    /// and what keeps them from it.
    fn remarks(
        &self,
        _call: &Call,
        _access: &Access,
        _context: &policy::Context,
    ) -> Result<Vec<String>, store::Fault> {
        Ok(Vec::new())
    }

    /// The denial as an opaque text that `sts:DecodeAuthorizationMessage` opens, for protocols
    /// whose errors carry one. None where nobody could open it.
    fn encode_denial(
        &self,
        _call: &Call,
        _access: &Access,
        _context: &policy::Context,
        _decision: &policy::Decision,
    ) -> Option<String> {
        None
    }
}

/// What the policies said.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Allowed,
    /// AWS's sentence: `User: … is not authorized to perform: … on resource: … because …`.
    Denied {
        message: String,
        /// What decided; for whoever asks why.
        decision: Option<Box<policy::Decision>>,
    },
}

/// A known access key.
#[derive(Clone)]
pub struct Identity {
    pub caller: Caller,
    pub secret: Secret,
}

/// A secret access key. Never printed.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// Why an access key identifies nobody.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IdentifyError {
    /// Unknown or deactivated key, or a temporary key without its token.
    #[error("the access key is not valid")]
    UnknownKey,
    #[error("the session token does not belong to the access key")]
    InvalidToken,
    #[error("the session has expired")]
    ExpiredToken,
    #[error(transparent)]
    Fault(#[from] store::Fault),
}
