//! What certificates need of the rest of moat, as traits that `server` wires.

use base::{Ids, Timestamp};
use keyring::Keyring;
use std::sync::Arc;
use store::{Fault, Snapshot};

#[derive(Clone)]
pub struct Needs {
    pub keyring: Keyring,
    pub authority: Arc<dyn Authority>,
    pub ids: Arc<dyn Ids>,
}

/// Who signs: moat's own certificate authority.
pub trait Authority: Send + Sync {
    /// # Errors
    /// When a name cannot stand in a certificate, or the key is of no kind that it knows.
    fn sign(&self, wanted: &Wanted<'_>) -> Result<Signed, AuthorityError>;
}

/// A certificate that is to be signed.
pub struct Wanted<'a> {
    /// The first is the subject's common name.
    pub names: &'a [String],
    /// The private key in PKCS #8, of which the public one is certified.
    pub key: &'a [u8],
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

pub struct Signed {
    pub certificate_pem: String,
    /// From the one that signed it to the root.
    pub chain_pem: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sign a certificate: {reason}")]
pub struct AuthorityError {
    pub reason: String,
}

/// Those that use certificates, such as listeners and domain names.
pub trait Users: Send + Sync {
    /// The ARNs of what uses the certificate of this ARN.
    fn using(&self, state: &Snapshot, certificate: &str) -> Result<Vec<String>, Fault>;
}
