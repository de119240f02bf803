//! Managed renewal: what is in use is signed anew, with the same key, before it ends.
//! <https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html>

use crate::model::{pem, x509};
use crate::needs::Wanted;
use crate::state::{Certificate, Origin};
use crate::{Acm, material::MaterialError, needs::AuthorityError};
use base::Timestamp;
use store::{Fault, Table};

/// How long a certificate is good for, and how long before its end it is renewed.
/// <https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html>
const LIFE_MS: i64 = 395 * DAY_MS;
const RENEW_MS: i64 = 60 * DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error(transparent)]
    Key(#[from] MaterialError),
    #[error("read a certificate that was just signed")]
    Read,
    #[error(transparent)]
    Store(#[from] Fault),
}

/// A certificate from the authority, read.
pub(crate) struct Issued {
    pub pem: String,
    pub chain_pem: String,
    pub facts: x509::Facts,
}

impl Acm {
    pub(crate) fn issue(&self, names: &[String], key: &[u8], now: Timestamp) -> Result<Issued, SignError> {
        let (not_before, not_after) = (now, now.plus_ms(LIFE_MS));
        let signed = self.authority.sign(&Wanted { names, key, not_before, not_after })?;
        let der = pem::certificates(signed.certificate_pem.as_bytes()).and_then(|mut all| all.pop());
        let der = der.ok_or(SignError::Read)?;
        let facts = x509::parse(&der).and_then(|parsed| x509::facts(&parsed)).ok_or(SignError::Read)?;
        Ok(Issued { pem: pem::encode_certificate(&der), chain_pem: signed.chain_pem, facts })
    }

    /// Renews what is due. One that cannot be renewed does not keep the others from it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn renew_due(&self, now: Timestamp) -> Result<(), Fault> {
        let state = self.store.read();
        for certificate in state.scan::<Certificate>("")? {
            let is_due = now >= certificate.facts.not_after.plus_ms(-RENEW_MS);
            if is_due
                && !self.users_of(&state, &certificate)?.is_empty()
                && let Err(error) = self.renew(&certificate, now).await
            {
                tracing::error!(%error, arn = certificate.arn(), "renew a certificate");
            }
        }
        Ok(())
    }

    async fn renew(&self, certificate: &Certificate, now: Timestamp) -> Result<(), SignError> {
        let Origin::Requested(requested) = &certificate.origin else { return Ok(()) };
        let key = self.open_key(&self.store.read(), certificate)?;
        let key = pem::private_key(key.as_bytes()).ok_or(SignError::Read)?;
        let issued = self.issue(&requested.names, key.secret_der(), now)?;
        let row = certificate.key();
        self.store
            .write(move |tx| {
                let Some(found) = tx.get::<Certificate>(&row)? else { return Ok(()) };
                let mut renewed = (*found).clone();
                if let Origin::Requested(requested) = &mut renewed.origin {
                    requested.renewed = Some(now);
                }
                renewed.issued = now;
                (renewed.pem, renewed.facts) = (issued.pem, issued.facts);
                renewed.chain_pem = Some(issued.chain_pem);
                Ok::<_, SignError>(tx.put(&renewed)?)
            })
            .await
    }
}
