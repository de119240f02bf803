//! A password as it is kept: a slow hash, from which nobody reads it back.
//! <https://www.rfc-editor.org/rfc/rfc8018#section-5.2>

use base::Ids;
use ring::pbkdf2::{PBKDF2_HMAC_SHA256, derive, verify};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;

const ROUNDS: NonZeroU32 = NonZeroU32::new(100_000).unwrap();
const HASH_BYTES: usize = 32;
/// Digits of the salt.
const SALT: usize = 32;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Password {
    salt: String,
    hash: Vec<u8>,
}

impl Password {
    /// Takes tens of milliseconds, as it should take whoever guesses.
    pub(crate) fn new(ids: &dyn Ids, text: &str) -> Self {
        let salt = ids.hex(SALT);
        let mut hash = vec![0; HASH_BYTES];
        derive(PBKDF2_HMAC_SHA256, ROUNDS, salt.as_bytes(), text.as_bytes(), &mut hash);
        Self { salt, hash }
    }

    /// Takes as long.
    pub(crate) fn is(&self, text: &str) -> bool {
        verify(PBKDF2_HMAC_SHA256, ROUNDS, self.salt.as_bytes(), text.as_bytes(), &self.hash).is_ok()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
