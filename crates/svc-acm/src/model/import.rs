//! What may be imported.
//! <https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html>

use crate::model::pem;
use crate::model::x509::{self, Facts};
use base::Timestamp;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::certificate::X509Certificate;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotImported {
    #[error("Unable to parse certificate. Please ensure the certificate is in PEM format.")]
    Certificate,
    #[error(
        "The certificate field contains more than one certificate. You can specify only one certificate in this field."
    )]
    SeveralCertificates,
    #[error("The private key is not supported.")]
    PrivateKey,
    #[error("The private key does not match the public key of the certificate.")]
    Mismatch,
    #[error("The certificate has expired, is not valid.")]
    Expired,
    #[error("The certificate is not in effect yet, is not valid.")]
    NotYetValid,
    #[error("Unable to parse certificate chain. Please ensure the certificate chain is in PEM format.")]
    Chain,
    #[error("Could not validate the certificate with the certificate chain.")]
    ChainMismatch,
    #[error(
        "Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain."
    )]
    NotSelfSigned,
}

/// A certificate that may be imported, in PEM as it is shown.
pub struct Imported {
    pub pem: String,
    pub chain_pem: Option<String>,
    pub private_key_pem: String,
    pub facts: Facts,
}

/// # Errors
/// The first thing that is wrong, in AWS's words.
pub fn check(
    certificate: &[u8],
    private_key: &[u8],
    chain: Option<&[u8]>,
    now: Timestamp,
) -> Result<Imported, NotImported> {
    let leaf = only_certificate(certificate)?;
    let parsed = x509::parse(&leaf).ok_or(NotImported::Certificate)?;
    let facts = x509::facts(&parsed).ok_or(NotImported::Certificate)?;
    if facts.issuer.is_empty() {
        return Err(NotImported::Certificate);
    }
    let key = pem::private_key(private_key).ok_or(NotImported::PrivateKey)?;
    check_key(&key, &parsed)?;
    if now >= facts.not_after {
        return Err(NotImported::Expired);
    }
    if now < facts.not_before {
        return Err(NotImported::NotYetValid);
    }
    let chain = chain.map(|chain| pem::certificates(chain).filter(|all| !all.is_empty()));
    let chain = chain.map(|parsed| parsed.ok_or(NotImported::Chain)).transpose()?;
    match &chain {
        Some(chain) => check_chain(&parsed, chain, now)?,
        None => parsed.verify_signature(None).map_err(|_| NotImported::NotSelfSigned)?,
    }
    Ok(Imported {
        pem: pem::encode_certificate(&leaf),
        chain_pem: chain.map(|chain| chain.iter().map(|one| pem::encode_certificate(one)).collect()),
        private_key_pem: pem::encode_key(&key),
        facts,
    })
}

fn only_certificate(text: &[u8]) -> Result<CertificateDer<'static>, NotImported> {
    let mut all = pem::certificates(text).ok_or(NotImported::Certificate)?;
    let leaf = all.pop().ok_or(NotImported::Certificate)?;
    if all.is_empty() { Ok(leaf) } else { Err(NotImported::SeveralCertificates) }
}

fn check_key(key: &PrivateKeyDer<'_>, certificate: &X509Certificate<'_>) -> Result<(), NotImported> {
    let signing = any_supported_type(key).map_err(|_| NotImported::PrivateKey)?;
    let public = signing.public_key().ok_or(NotImported::PrivateKey)?;
    if public.as_ref() == certificate.public_key().raw { Ok(()) } else { Err(NotImported::Mismatch) }
}

/// Each is signed by the next.
fn check_chain(
    leaf: &X509Certificate<'_>,
    chain: &[CertificateDer<'_>],
    now: Timestamp,
) -> Result<(), NotImported> {
    let mut signers = Vec::new();
    for der in chain {
        signers.push(x509::parse(der).ok_or(NotImported::Chain)?);
    }
    let mut signed = leaf;
    for signer in &signers {
        let validity = signer.validity();
        let seconds = now.secs();
        let in_effect = (validity.not_before.timestamp()..validity.not_after.timestamp()).contains(&seconds);
        let is_signer = signed.issuer().as_raw() == signer.subject().as_raw()
            && signer.is_ca()
            && signed.verify_signature(Some(signer.public_key())).is_ok();
        if !in_effect || !is_signer {
            return Err(NotImported::ChainMismatch);
        }
        signed = signer;
    }
    Ok(())
}
