//! TLS, on the way in and on the way to targets.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html>
//!
//! The keys of a listener live in this process, where its connections end, and nowhere else.

use crate::needs::Certificates;
use crate::plan::{Certificate, Tls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{
    CipherSuite, ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme, version,
};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// How long a client or a target may take for its handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("there is no certificate `{0}`")]
    Missing(String),
    #[error("the certificate `{arn}` cannot be used")]
    Pem { arn: String, source: rustls::pki_types::pem::Error },
    #[error("the certificate `{arn}` cannot be used")]
    Key { arn: String, source: Error },
    #[error(transparent)]
    Tls(#[from] Error),
}

/// How a listener lets its clients in.
#[derive(Clone)]
pub(crate) enum Door {
    Plain,
    Encrypted(TlsAcceptor),
    /// It should speak TLS and cannot, so it speaks with nobody.
    Shut,
}

impl Door {
    pub(crate) fn new(wanted: Option<&Tls>, certificates: &dyn Certificates) -> Self {
        let Some(wanted) = wanted else { return Self::Plain };
        match config(wanted, certificates) {
            Ok(config) => Self::Encrypted(TlsAcceptor::from(Arc::new(config))),
            Err(error) => {
                tracing::warn!(%error, "TLS of a load balancer's listener");
                Self::Shut
            }
        }
    }

    pub(crate) fn is_shut(&self) -> bool {
        matches!(self, Self::Shut)
    }
}

/// The handshake with a client, which may not take long.
pub(crate) async fn greet(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
    patience: Duration,
) -> io::Result<server::TlsStream<TcpStream>> {
    tokio::time::timeout(patience.min(HANDSHAKE_TIMEOUT), acceptor.accept(stream)).await?
}

/// What was agreed with a client, in the words of OpenSSL: `TLSv1.2`, `ECDHE-RSA-AES128-GCM-SHA256`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Agreed {
    pub version: &'static str,
    pub cipher_suite: &'static str,
}

impl Agreed {
    pub(crate) fn of(connection: &rustls::ServerConnection) -> Option<Self> {
        let suite = connection.negotiated_cipher_suite()?.suite();
        let named = SUITES.iter().find(|(known, _, _)| *known == suite);
        named.map(|(_, version, cipher_suite)| Self { version, cipher_suite })
    }
}

/// The suites that listeners offer: those of AWS's policies that are not known to be weak.
const SUITES: [(CipherSuite, &str, &str); 7] = [
    (CipherSuite::TLS13_AES_128_GCM_SHA256, "TLSv1.3", "TLS_AES_128_GCM_SHA256"),
    (CipherSuite::TLS13_AES_256_GCM_SHA384, "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
    (CipherSuite::TLS13_CHACHA20_POLY1305_SHA256, "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"),
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    (CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384"),
];

fn config(wanted: &Tls, certificates: &dyn Certificates) -> Result<ServerConfig, TlsError> {
    let mut crypto = ring::default_provider();
    crypto.cipher_suites.retain(|suite| SUITES.iter().any(|(known, _, _)| *known == suite.suite()));
    let mut versions = Vec::new();
    versions.extend(wanted.has_tls13.then_some(&version::TLS13));
    versions.extend(wanted.has_tls12.then_some(&version::TLS12));
    let held = wanted.certificates.iter().map(|certificate| load(certificate, certificates, &crypto));
    let held = held.collect::<Result<Vec<_>, _>>()?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(crypto))
        .with_protocol_versions(&versions)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Held(held)));
    config.alpn_protocols = wanted.inside.iter().map(|name| name.clone().into_bytes()).collect();
    Ok(config)
}

fn load(
    certificate: &Certificate,
    certificates: &dyn Certificates,
    crypto: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let arn = || certificate.arn.clone();
    let pair = certificates.pair(&certificate.arn).ok_or_else(|| TlsError::Missing(arn()))?;
    let pem = |source| TlsError::Pem { arn: arn(), source };
    let chain = CertificateDer::pem_slice_iter(pair.chain.as_bytes()).collect::<Result<Vec<_>, _>>();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).map_err(pem)?;
    let held = CertifiedKey::from_der(chain.map_err(pem)?, key, crypto);
    Ok(Arc::new(held.map_err(|source| TlsError::Key { arn: arn(), source })?))
}

/// A listener's certificates, the default one first.
struct Held(Vec<Arc<CertifiedKey>>);

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} certificates", self.0.len())
    }
}

impl ResolvesServerCert for Held {
    /// Of those whose names fit, one that the client can check, an elliptic one before another; else the default.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let schemes = hello.signature_schemes();
        let asked = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let fits = |held: &&Arc<CertifiedKey>| asked.as_ref().is_some_and(|name| is_for(held, name));
        let usable = |held: &&Arc<CertifiedKey>| held.key.choose_scheme(schemes).is_some();
        let named = self.0.iter().filter(fits).filter(usable);
        named.min_by_key(|held| is_rsa(held)).or(self.0.first()).cloned()
    }
}

fn is_for(held: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let own = held.end_entity_cert().and_then(ParsedCertificate::try_from);
    own.is_ok_and(|own| rustls::client::verify_server_name(&own, name).is_ok())
}

fn is_rsa(held: &CertifiedKey) -> bool {
    held.key.algorithm() == rustls::SignatureAlgorithm::RSA
}

/// How targets are spoken to over TLS.
#[derive(Clone)]
pub(crate) struct ToTargets(TlsConnector);

impl ToTargets {
    pub(crate) fn new() -> Result<Self, Error> {
        let crypto = Arc::new(ring::default_provider());
        let anybody = Arc::new(Anybody(crypto.clone()));
        let config = ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(anybody)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    pub(crate) async fn greet(
        &self,
        to: SocketAddr,
        stream: TcpStream,
    ) -> io::Result<client::TlsStream<TcpStream>> {
        let name = ServerName::IpAddress(to.ip().into());
        tokio::time::timeout(HANDSHAKE_TIMEOUT, self.0.connect(name, stream)).await?
    }
}

/// Takes any certificate, as load balancers do of targets; that the target holds its key is checked.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
