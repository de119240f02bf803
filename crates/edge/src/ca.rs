//! moat's own certificate authority. It is made once, stays in the data directory, and is
//! trusted inside sandboxes only.

use base::{Clock, Ids, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum CaError {
    #[error("certificate authority file `{path}`")]
    File { path: PathBuf, source: io::Error },
    #[error("certificate authority file `{0}` does not hold a private key and a certificate")]
    Content(PathBuf),
    #[error("certificate cannot be made")]
    Certificate(#[from] rcgen::Error),
    #[error("TLS configuration")]
    Tls(#[from] rustls::Error),
}

/// The authority: signs certificates for the names that moat answers to.
pub struct Ca {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    certificate_pem: String,
}

/// Ten years, longer than any data directory is expected to live.
const LIFE_MS: i64 = 3650 * DAY_MS;
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const CERTIFICATE_LABEL: &str = "-----BEGIN CERTIFICATE-----";

impl Ca {
    /// Reads the authority from `path`, or makes one there, readable by the owner only.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn load_or_create(path: &Path, clock: &dyn Clock, ids: &dyn Ids) -> Result<Self, CaError> {
        let file_error = |source| CaError::File { path: path.to_owned(), source };
        match fs::read_to_string(path) {
            Ok(pem) => {
                fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(file_error)?;
                Self::from_pem(&pem).ok_or_else(|| CaError::Content(path.to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (pem, ca) = Self::create(clock.now(), ids)?;
                write_private(path, pem.as_bytes()).map_err(file_error)?;
                Ok(ca)
            }
            Err(error) => Err(file_error(error)),
        }
    }

    /// What a client has to trust: the authority's certificate in PEM.
    pub fn bundle_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Signs the certificate of a server: for these names, of which the first is the subject's, and for the
    /// public half of this key in PKCS #8. In PEM.
    ///
    /// # Errors
    /// When a name cannot stand in a certificate, or the key is of an unknown kind.
    pub fn sign(
        &self,
        names: &[String],
        key: &[u8],
        (not_before, not_after): (Timestamp, Timestamp),
        ids: &dyn Ids,
    ) -> Result<String, CaError> {
        let key = KeyPair::try_from(key)?;
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = DistinguishedName::new();
        if let Some(name) = names.first() {
            params.distinguished_name.push(DnType::CommonName, name.as_str());
        }
        (params.not_before, params.not_after) = (not_before.to_utc(), not_after.to_utc());
        params.serial_number = Some(serial(ids));
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Ok(params.signed_by(&key, &self.issuer)?.pem())
    }

    pub(crate) fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    fn create(now: Timestamp, ids: &dyn Ids) -> Result<(String, Self), CaError> {
        let key = KeyPair::generate()?;
        let mut params = parameters();
        params.not_before = now.plus_ms(-DAY_MS).to_utc();
        params.not_after = now.plus_ms(LIFE_MS).to_utc();
        params.serial_number = Some(serial(ids));
        let certificate = params.self_signed(&key)?;
        let certificate_pem = certificate.pem();
        let pem = format!("{}{certificate_pem}", key.serialize_pem());
        let ca = Self {
            issuer: Issuer::new(parameters(), key),
            certificate: certificate.der().clone(),
            certificate_pem,
        };
        Ok((pem, ca))
    }

    fn from_pem(pem: &str) -> Option<Self> {
        let (key, _) = pem.split_once(CERTIFICATE_LABEL)?;
        let certificate_pem = pem.strip_prefix(key)?.to_owned();
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).ok()?;
        let issuer = Issuer::new(parameters(), KeyPair::from_pem(key).ok()?);
        Some(Self { issuer, certificate, certificate_pem })
    }
}

/// The name and powers of the authority; the same each time, because leaf certificates repeat
/// the issuer's name and key id.
fn parameters() -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "moat");
    name.push(DnType::CommonName, "moat local certificate authority");
    params.distinguished_name = name;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A positive random number of sixteen bytes.
pub(crate) fn serial(ids: &dyn Ids) -> SerialNumber {
    let mut bytes = [0u8; 16];
    ids.fill(&mut bytes);
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    SerialNumber::from_slice(&bytes)
}

/// Writes a file of mode 0600 that is there in full or not at all.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(directory)?;
    let unfinished = path.with_extension("unfinished");
    let _ = fs::remove_file(&unfinished);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    fs::File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{RandomIds, SystemClock};

    #[test]
    fn the_authority_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tls/ca.pem");
        let made = Ca::load_or_create(&path, &SystemClock, &RandomIds).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let read = Ca::load_or_create(&path, &SystemClock, &RandomIds).unwrap();
        assert_eq!(made.bundle_pem(), read.bundle_pem());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!read.bundle_pem().contains("PRIVATE"));
    }

    #[test]
    fn a_damaged_file_is_reported_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        fs::write(&path, "nonsense").unwrap();
        assert!(matches!(Ca::load_or_create(&path, &SystemClock, &RandomIds), Err(CaError::Content(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "nonsense");
    }
}
