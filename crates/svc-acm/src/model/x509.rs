//! What stands in a certificate.
//! <https://www.rfc-editor.org/rfc/rfc5280>

use base::Timestamp;
use serde::{Deserialize, Serialize};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName, KeyUsage};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub subject: String,
    pub common_name: Option<String>,
    /// The organization that signed it, or the name that it has instead.
    pub issuer: String,
    pub serial: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// Such as `RSA_2048` and `EC_prime256v1`.
    pub key_algorithm: String,
    /// Such as `SHA256WITHRSA`.
    pub signature_algorithm: String,
    pub key_usages: Vec<String>,
    /// ACM's name and the object identifier.
    pub extended_key_usages: Vec<(String, String)>,
    pub dns_names: Vec<String>,
}

/// Reads a whole certificate and nothing after it.
pub fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(der).ok().filter(|(rest, _)| rest.is_empty()).map(|(_, found)| found)
}

/// `None` where the key is of no kind that ACM knows.
pub fn facts(certificate: &X509Certificate<'_>) -> Option<Facts> {
    let validity = certificate.validity();
    Some(Facts {
        subject: certificate.subject().to_string(),
        common_name: common_name(certificate.subject()),
        issuer: issuer(certificate.issuer()),
        serial: certificate.raw_serial_as_string(),
        not_before: Timestamp::from_secs(validity.not_before.timestamp()),
        not_after: Timestamp::from_secs(validity.not_after.timestamp()),
        key_algorithm: key_algorithm(certificate.public_key())?,
        signature_algorithm: signature_algorithm(&certificate.signature_algorithm.algorithm.to_id_string()),
        key_usages: certificate.key_usage().ok()?.map(|found| key_usages(found.value)).unwrap_or_default(),
        extended_key_usages: certificate
            .extended_key_usage()
            .ok()?
            .map(|found| extended_key_usages(found.value))
            .unwrap_or_default(),
        dns_names: dns_names(certificate)?,
    })
}

fn common_name(name: &X509Name<'_>) -> Option<String> {
    name.iter_common_name().next().and_then(|part| part.as_str().ok()).map(str::to_owned)
}

fn issuer(name: &X509Name<'_>) -> String {
    let organization = name.iter_organization().next().and_then(|part| part.as_str().ok());
    organization.map(str::to_owned).or_else(|| common_name(name)).unwrap_or_else(|| name.to_string())
}

fn dns_names(certificate: &X509Certificate<'_>) -> Option<Vec<String>> {
    let Some(found) = certificate.subject_alternative_name().ok()? else { return Some(Vec::new()) };
    let dns = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    };
    Some(found.value.general_names.iter().filter_map(dns).collect())
}

fn key_algorithm(key: &SubjectPublicKeyInfo<'_>) -> Option<String> {
    if let PublicKey::RSA(rsa) = key.parsed().ok()? {
        return Some(format!("RSA_{}", rsa.key_size()));
    }
    let curve = key.algorithm.parameters.as_ref()?.as_oid().ok()?.to_id_string();
    let name = match curve.as_str() {
        "1.2.840.10045.3.1.7" => "EC_prime256v1",
        "1.3.132.0.34" => "EC_secp384r1",
        "1.3.132.0.35" => "EC_secp521r1",
        _ => return None,
    };
    Some(name.to_owned())
}

fn signature_algorithm(oid: &str) -> String {
    let name = match oid {
        "1.2.840.113549.1.1.5" => "SHA1WITHRSA",
        "1.2.840.113549.1.1.11" => "SHA256WITHRSA",
        "1.2.840.113549.1.1.12" => "SHA384WITHRSA",
        "1.2.840.113549.1.1.13" => "SHA512WITHRSA",
        "1.2.840.10045.4.3.2" => "SHA256WITHECDSA",
        "1.2.840.10045.4.3.3" => "SHA384WITHECDSA",
        "1.2.840.10045.4.3.4" => "SHA512WITHECDSA",
        other => other,
    };
    name.to_owned()
}

fn key_usages(usage: &KeyUsage) -> Vec<String> {
    let all = [
        (usage.digital_signature(), "DIGITAL_SIGNATURE"),
        (usage.non_repudiation(), "NON_REPUDIATION"),
        (usage.key_encipherment(), "KEY_ENCIPHERMENT"),
        (usage.data_encipherment(), "DATA_ENCIPHERMENT"),
        (usage.key_agreement(), "KEY_AGREEMENT"),
        (usage.key_cert_sign(), "CERTIFICATE_SIGNING"),
        (usage.crl_sign(), "CRL_SIGNING"),
        (usage.encipher_only(), "ENCIPHER_ONLY"),
        (usage.decipher_only(), "DECIPHER_ONLY"),
    ];
    all.into_iter().filter(|(set, _)| *set).map(|(_, name)| name.to_owned()).collect()
}

fn extended_key_usages(usage: &ExtendedKeyUsage<'_>) -> Vec<(String, String)> {
    let all = [
        (usage.server_auth, "TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1"),
        (usage.client_auth, "TLS_WEB_CLIENT_AUTHENTICATION", "1.3.6.1.5.5.7.3.2"),
        (usage.code_signing, "CODE_SIGNING", "1.3.6.1.5.5.7.3.3"),
        (usage.email_protection, "EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4"),
        (usage.time_stamping, "TIME_STAMPING", "1.3.6.1.5.5.7.3.8"),
        (usage.ocsp_signing, "OCSP_SIGNING", "1.3.6.1.5.5.7.3.9"),
        (usage.any, "ANY", "2.5.29.37.0"),
    ];
    let known =
        all.into_iter().filter(|(set, ..)| *set).map(|(_, name, oid)| (name.to_owned(), oid.to_owned()));
    let others = usage.other.iter().map(|oid| ("CUSTOM".to_owned(), oid.to_id_string()));
    known.chain(others).collect()
}
