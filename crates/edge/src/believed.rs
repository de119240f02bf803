//! Which servers are believed: those that an authority of the machine vouches for, and those whose
//! certificate has a thumbprint that somebody gave.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html>

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sha1::{Digest, Sha1};
use std::sync::Arc;

/// Where a machine keeps the authorities it believes; `SSL_CERT_FILE` may name another file.
const AUTHORITIES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

#[derive(Debug)]
struct Believed {
    authorities: Arc<RootCertStore>,
    thumbprints: Vec<String>,
    crypto: Arc<CryptoProvider>,
}

/// How to speak TLS to a server that is believed so.
pub(crate) fn client_config(thumbprints: &[String]) -> Result<ClientConfig, Error> {
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let believed = Believed {
        authorities: Arc::new(authorities()),
        thumbprints: thumbprints.to_vec(),
        crypto: crypto.clone(),
    };
    let builder = ClientConfig::builder_with_provider(crypto).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(believed)).with_no_client_auth())
}

fn authorities() -> RootCertStore {
    let mut store = RootCertStore::empty();
    let named = std::env::var("SSL_CERT_FILE").ok();
    let files = named.iter().map(String::as_str).chain(AUTHORITIES);
    let found = files.filter_map(|file| std::fs::read(file).ok()).next().unwrap_or_default();
    store.add_parsable_certificates(CertificateDer::pem_slice_iter(&found).flatten());
    store
}

impl Believed {
    fn vouched_by(
        &self,
        authorities: Arc<RootCertStore>,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if authorities.is_empty() {
            return Err(CertificateError::UnknownIssuer.into());
        }
        let built = WebPkiServerVerifier::builder_with_provider(authorities, self.crypto.clone()).build();
        let verifier = built.map_err(|error| Error::General(error.to_string()))?;
        verifier.verify_server_cert(leaf, between, name, &[], now)
    }

    /// The topmost certificate that the server sent counts, and what it vouches for.
    fn by_thumbprint(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (top, between) = between.split_last().map_or((leaf, between), |(top, rest)| (top, rest));
        let thumbprint = hex::encode(Sha1::digest(top));
        if !self.thumbprints.iter().any(|known| known.eq_ignore_ascii_case(&thumbprint)) {
            return Err(CertificateError::UnknownIssuer.into());
        }
        if top == leaf {
            rustls::client::verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        let mut authority = RootCertStore::empty();
        authority.add(top.clone().into_owned())?;
        self.vouched_by(Arc::new(authority), leaf, between, name, now)
    }
}

impl ServerCertVerifier for Believed {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.vouched_by(self.authorities.clone(), leaf, between, name, now)
            .or_else(|_| self.by_thumbprint(leaf, between, name, now))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.crypto.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}
