//! Signatures of a body that is sent in chunks: each covers its chunk and the signature before it,
//! the first one the signature of the request.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

use crate::amz_date::amz_date;
use crate::key::sha256_hex;
use crate::{ALGORITHM, CredentialScope, Presented, SigningKey};
use std::fmt;

/// The chain of one body's signatures.
pub struct ChunkSigner {
    key: SigningKey,
    date: String,
    scope: CredentialScope,
    previous: String,
}

impl ChunkSigner {
    /// Goes on from the signature of the request.
    pub fn new(presented: &Presented, secret_access_key: &str) -> Self {
        Self {
            key: SigningKey::derive(secret_access_key, &presented.scope),
            date: amz_date(presented.time),
            scope: presented.scope.clone(),
            previous: presented.signature.clone(),
        }
    }

    /// The signature of the next chunk, by the SHA-256 of its bytes in hexadecimal.
    pub fn sign_chunk(&mut self, sha256: &str) -> &str {
        let hashes = format!("{}\n{sha256}", sha256_hex(b""));
        self.next("PAYLOAD", &hashes)
    }

    /// The signature of the lines behind the last chunk, each `name:value` and a line feed.
    pub fn sign_trailer(&mut self, lines: &str) -> &str {
        let hash = sha256_hex(lines.as_bytes());
        self.next("TRAILER", &hash)
    }

    fn next(&mut self, what: &str, hashes: &str) -> &str {
        let Self { date, scope, previous, .. } = self;
        self.previous = self.key.sign(&format!("{ALGORITHM}-{what}\n{date}\n{scope}\n{previous}\n{hashes}"));
        &self.previous
    }
}

impl fmt::Debug for ChunkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChunkSigner(..)")
    }
}
