//! The certificates of users' domain names, kept until they change.

use crate::{Apis, DomainCertificate};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Names kept at a time; beyond it the cache starts anew.
const KEPT: usize = 512;

pub(crate) struct Domains {
    apis: Arc<dyn Apis>,
    kept: Mutex<BTreeMap<String, Kept>>,
}

#[derive(Clone)]
struct Kept {
    version: String,
    certificate: Arc<CertifiedKey>,
}

impl Domains {
    pub(crate) fn new(apis: Arc<dyn Apis>) -> Self {
        Self { apis, kept: Mutex::default() }
    }

    /// What a server of this name shows; `None` for names that are nobody's.
    pub(crate) fn certificate(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let name = name.to_ascii_lowercase();
        let known = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        let version = known.as_ref().map(|known| known.version.as_str());
        let (version, chain, key) = match self.apis.certificate(&name, version)? {
            DomainCertificate::AsKnown => return known.map(|known| known.certificate),
            DomainCertificate::Anew { version, chain, key } => (version, chain, key),
        };
        let certificate = certified(&chain, &key);
        if certificate.is_none() {
            tracing::error!(name, "the certificate of a domain name cannot be served");
        }
        let certificate = Arc::new(certificate?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(name, Kept { version, certificate: certificate.clone() });
        Some(certificate)
    }
}

fn certified(chain: &str, key: &str) -> Option<CertifiedKey> {
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<Vec<_>, _>>().ok()?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).ok()?;
    Some(CertifiedKey::new(chain, ring::sign::any_supported_type(&key).ok()?))
}
