//! Certificates for the names that clients ask for, made when first asked and kept. Those of users' domain names
//! are their own.

use crate::Apis;
use crate::ca::{Ca, CaError, DAY_MS, serial};
use crate::domains::Domains;
use base::{Clock, Ids, Timestamp};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How long a certificate is good for, and when before its end a new one is made.
const LIFE_MS: i64 = 397 * DAY_MS;
const RENEW_MS: i64 = 30 * DAY_MS;

/// Names kept at a time. Beyond it the cache starts anew, so asking for many names costs the
/// asker time and us no memory.
const CACHED_NAMES: usize = 512;

/// Names that clients on the host use. A client that connects to an address sends no name.
const LOCAL_NAMES: [&str; 5] =
    ["localhost", "127.0.0.1", "::1", "localhost.localstack.cloud", "*.localhost.localstack.cloud"];

pub(crate) fn server_config(
    ca: Arc<Ca>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    apis: Arc<dyn Apis>,
) -> Result<ServerConfig, CaError> {
    let domains = Domains::new(apis);
    let leaves = Leaves { ca, clock, ids, domains, key: KeyPair::generate()?, cache: Mutex::default() };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(leaves));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

struct Leaves {
    ca: Arc<Ca>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    domains: Domains,
    /// One key for all names, new at each start and never written down.
    key: KeyPair,
    cache: Mutex<BTreeMap<String, Leaf>>,
}

#[derive(Clone)]
struct Leaf {
    certificate: Arc<CertifiedKey>,
    renew_at: Timestamp,
}

impl fmt::Debug for Leaves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leaves(..)")
    }
}

impl ResolvesServerCert for Leaves {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let Some(names) = names_for(hello.server_name()) else {
            return self.domains.certificate(hello.server_name()?);
        };
        let key = names.first()?.clone();
        let now = self.clock.now();
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = cache.get(&key).filter(|leaf| now < leaf.renew_at) {
            return Some(leaf.certificate.clone());
        }
        let certificate =
            self.issue(names, now).inspect_err(|error| tracing::error!(%error, "no certificate")).ok()?;
        if cache.len() >= CACHED_NAMES {
            cache.clear();
        }
        let leaf = Leaf { certificate: Arc::new(certificate), renew_at: now.plus_ms(LIFE_MS - RENEW_MS) };
        cache.insert(key, leaf.clone());
        Some(leaf.certificate)
    }
}

impl Leaves {
    fn issue(&self, names: Vec<String>, now: Timestamp) -> Result<CertifiedKey, CaError> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "moat");
        params.not_before = now.plus_ms(-DAY_MS).to_utc();
        params.not_after = now.plus_ms(LIFE_MS).to_utc();
        params.serial_number = Some(serial(self.ids.as_ref()));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&self.key, self.ca.issuer())?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let signing = ring::sign::any_supported_type(&key)?;
        Ok(CertifiedKey::new(vec![certificate.der().clone(), self.ca.certificate().clone()], signing))
    }
}

/// The names of the certificate for a client that asked for `server_name`; none for names that
/// are not moat's to speak for.
fn names_for(server_name: Option<&str>) -> Option<Vec<String>> {
    let local = || Some(LOCAL_NAMES.iter().map(ToString::to_string).collect());
    let Some(name) = server_name else { return local() };
    let name = name.to_ascii_lowercase();
    if name == "localhost" || name.ends_with("localhost.localstack.cloud") {
        return local();
    }
    [".amazonaws.com", ".api.aws", ".on.aws"].iter().any(|suffix| name.ends_with(suffix)).then(|| vec![name])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_moat_answers_to_get_a_certificate() {
        for name in ["secretsmanager.us-east-1.amazonaws.com", "LAMBDA.us-east-1.amazonaws.com"] {
            assert_eq!(names_for(Some(name)), Some(vec![name.to_lowercase()]));
        }
        for name in ["example.com", "amazonaws.com.evil.example", "evilamazonaws.com"] {
            assert_eq!(names_for(Some(name)), None, "{name}");
        }
        assert!(names_for(None).unwrap().contains(&"127.0.0.1".to_owned()));
    }
}
