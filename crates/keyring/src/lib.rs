//! The key under which moat keeps secrets at rest, and the cipher: AES-256-GCM with a random
//! nonce per sealed text and the place where the text belongs as associated data, so that a
//! ciphertext moved to another secret or version does not open.
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>

mod file;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use base::Ids;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error("key file `{path}`")]
    File { path: PathBuf, source: io::Error },
    #[error("key file `{0}` does not hold a key of 32 bytes")]
    Content(PathBuf),
}

/// A sealed text that does not open: changed, cut, of another place, or of another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed text does not open")]
pub struct NotOpened;

/// The text is longer than the cipher takes (64 GiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text cannot be sealed")]
pub struct NotSealed;

pub(crate) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// What a sealed text begins with, so that another cipher can follow one day.
const FORMAT: u8 = 1;

/// The bytes that HMAC-SHA-256 takes for a key.
const MAC_KEY_BYTES: usize = 64;
/// What the key of tags is made for: it is not the one that seals.
const TAGS: &[u8] = b"moat keyring tags 1";

/// Seals and opens with the one key of a data directory.
#[derive(Clone)]
pub struct Keyring {
    cipher: Aes256Gcm,
    tagger: Hmac<Sha256>,
    ids: Arc<dyn Ids>,
}

/// Shorter keys are filled with zeros, as HMAC itself does (RFC 2104).
fn mac(key: &[u8; KEY_BYTES]) -> Hmac<Sha256> {
    let mut filled = [0; MAC_KEY_BYTES];
    filled.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    <Hmac<Sha256> as KeyInit>::new(&filled.into())
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

impl Keyring {
    /// Reads the key from `path`, or makes one there, readable by the owner only.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds no key; a damaged key is never
    /// replaced, because what it sealed would be lost.
    pub fn load_or_create(path: &Path, ids: Arc<dyn Ids>) -> Result<Self, KeyringError> {
        let file_error = |source| KeyringError::File { path: path.to_owned(), source };
        let key = match file::read(path).map_err(file_error)? {
            Some(bytes) => bytes.try_into().map_err(|_| KeyringError::Content(path.to_owned()))?,
            None => {
                let mut key = [0u8; KEY_BYTES];
                ids.fill(&mut key);
                file::create(path, &key).map_err(file_error)?;
                key
            }
        };
        Ok(Self::with_key(&key, ids))
    }

    /// A keyring whose key is given, for tests and for keys kept elsewhere.
    pub fn with_key(key: &[u8; KEY_BYTES], ids: Arc<dyn Ids>) -> Self {
        let own = mac(key).chain_update(TAGS).finalize().into_bytes();
        Self { cipher: Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key)), tagger: mac(&own.into()), ids }
    }

    /// Seals `plain` for the place that `aad` names.
    ///
    /// # Errors
    /// When the text is longer than the cipher takes.
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, NotSealed> {
        let mut nonce = [0u8; NONCE_BYTES];
        self.ids.fill(&mut nonce);
        let sealed = self
            .cipher
            .encrypt(Nonce::from_slice(&nonce), Payload { msg: plain, aad })
            .map_err(|_| NotSealed)?;
        Ok([&[FORMAT][..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed for the same place.
    ///
    /// # Errors
    /// When it was not sealed by this key for this place, or was changed since.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let (format, rest) = sealed.split_first().ok_or(NotOpened)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or(NotOpened)?;
        if *format != FORMAT {
            return Err(NotOpened);
        }
        self.cipher.decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad }).map_err(|_| NotOpened)
    }

    /// What stands for `text` where it serves this purpose: always the same, saying nothing of the text, and nobody
    /// without the key can make it.
    pub fn tag(&self, purpose: &str, text: &[u8]) -> [u8; KEY_BYTES] {
        let length = (purpose.len() as u64).to_be_bytes();
        let parts = [length.as_slice(), purpose.as_bytes(), text];
        let tagger = parts.into_iter().fold(self.tagger.clone(), |tagger, part| tagger.chain_update(part));
        tagger.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{RandomIds, SequentialIds};
    use proptest::prelude::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn keyring(key: u8) -> Keyring {
        Keyring::with_key(&[key; KEY_BYTES], Arc::new(RandomIds))
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_and_nothing_else_does(plain: Vec<u8>, aad: Vec<u8>, at: prop::sample::Index, bit in 0u8..8) {
            let sealed = keyring(1).seal(&aad, &plain).unwrap();
            prop_assert_eq!(keyring(1).open(&aad, &sealed), Ok(plain));
            prop_assert_eq!(keyring(2).open(&aad, &sealed), Err(NotOpened));
            prop_assert_eq!(keyring(1).open(&[&aad[..], b"x"].concat(), &sealed), Err(NotOpened));
            let mut changed = sealed.clone();
            changed[at.index(sealed.len())] ^= 1 << bit;
            prop_assert_eq!(keyring(1).open(&aad, &changed), Err(NotOpened));
            prop_assert_eq!(keyring(1).open(&aad, &sealed[..at.index(sealed.len())]), Err(NotOpened));
        }
    }

    #[test]
    fn the_same_text_never_seals_to_the_same_bytes() {
        let ring = keyring(1);
        assert_ne!(ring.seal(b"", b"text").unwrap(), ring.seal(b"", b"text").unwrap());
    }

    #[test]
    fn a_tag_is_of_its_key_its_purpose_and_its_text() {
        let known = keyring(1).tag("ab", b"c");
        assert_eq!(keyring(1).tag("ab", b"c"), known);
        let others = [keyring(2).tag("ab", b"c"), keyring(1).tag("a", b"bc"), keyring(1).tag("ab", b"d")];
        assert!(!others.contains(&known));
    }

    #[test]
    fn the_key_is_made_once_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/secrets.key");
        let sealed =
            Keyring::load_or_create(&path, Arc::new(RandomIds)).unwrap().seal(b"a", b"text").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let again = Keyring::load_or_create(&path, Arc::new(RandomIds)).unwrap();
        assert_eq!(again.open(b"a", &sealed), Ok(b"text".to_vec()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(format!("{again:?}"), "Keyring(..)");
    }

    #[test]
    fn a_damaged_key_is_reported_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.key");
        fs::write(&path, "short").unwrap();
        let ids = Arc::new(SequentialIds::seeded(1));
        assert!(matches!(Keyring::load_or_create(&path, ids), Err(KeyringError::Content(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
    }
}
