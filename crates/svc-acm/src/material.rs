//! Certificates with their private keys, for those that serve TLS with them.

use crate::state::{Certificate, PrivateKey};
use crate::{Acm, find};
use base::{Arn, Scope, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::sync::Arc;
use store::{Fault, Snapshot};

/// What a TLS server shows, and proves to be its own.
#[derive(Clone, PartialEq)]
pub struct Material {
    pub names: Vec<String>,
    /// PEM: the certificate, then those that signed it.
    pub chain_pem: String,
    /// PEM: PKCS #8, PKCS #1 or SEC 1.
    pub private_key_pem: String,
    pub not_after: Timestamp,
    /// Changes when the certificate of this ARN becomes another one.
    pub revision: Timestamp,
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Material").field("names", &self.names).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum MaterialError {
    #[error("the private key of `{0}` does not open")]
    Key(String),
    #[error(transparent)]
    Store(#[from] Fault),
}

impl Acm {
    /// The certificate of this ARN and its key; `None` where there is none.
    ///
    /// # Errors
    /// When the store cannot be read, or the key was sealed with another data directory's key.
    pub fn material(&self, arn: &str) -> Result<Option<Material>, MaterialError> {
        let state = self.store.read();
        let Some(certificate) = by_arn(&state, arn)? else { return Ok(None) };
        let key = self.open_key(&state, &certificate)?;
        let chain = certificate.chain_pem.as_deref().unwrap_or_default();
        Ok(Some(Material {
            names: certificate.names(),
            chain_pem: format!("{}{chain}", certificate.pem),
            private_key_pem: key,
            not_after: certificate.facts.not_after,
            revision: certificate.issued,
        }))
    }

    pub(crate) fn seal_key(
        &self,
        certificate: &Certificate,
        pem: &str,
    ) -> Result<PrivateKey, keyring::NotSealed> {
        let sealed = self.keyring.seal(&place(certificate), pem.as_bytes())?;
        Ok(PrivateKey {
            scope: certificate.scope.clone(),
            id: certificate.id.clone(),
            sealed: STANDARD.encode(sealed),
        })
    }

    pub(crate) fn open_key(
        &self,
        state: &Snapshot,
        certificate: &Certificate,
    ) -> Result<String, MaterialError> {
        let stored = state.get::<PrivateKey>(&certificate.scope.key(&certificate.id))?;
        let sealed = stored.and_then(|key| STANDARD.decode(&key.sealed).ok());
        let opened = sealed.and_then(|sealed| self.keyring.open(&place(certificate), &sealed).ok());
        opened
            .and_then(|pem| String::from_utf8(pem).ok())
            .ok_or_else(|| MaterialError::Key(certificate.arn()))
    }
}

/// A key moved to another certificate does not open.
fn place(certificate: &Certificate) -> Vec<u8> {
    format!("acm private key {}", certificate.arn()).into_bytes()
}

fn by_arn(state: &Snapshot, arn: &str) -> Result<Option<Arc<Certificate>>, Fault> {
    let Ok(parsed) = arn.parse::<Arn>() else { return Ok(None) };
    let (Some(account), Some(region)) = (parsed.account_id(), parsed.region()) else { return Ok(None) };
    find(state, &Scope { account, region }, arn)
}
