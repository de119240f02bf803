//! AWS Signature Version 4, both ways: signing a request and verifying one, in the header
//! form and in the presigned query form. Pure: bytes in, verdict out, time given.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

mod amz_date;
mod canonical;
mod checksum;
mod chunk_signature;
mod chunks;
mod dialect;
mod error;
mod key;
mod presented;
mod request;
mod rules;
mod sign;
mod stream;
mod trailer;
mod verify;

pub use amz_date::{amz_date, parse_amz_date};
pub use checksum::{Checksum, ChecksumAlgorithm};
pub use chunk_signature::ChunkSigner;
pub use chunks::Chunks;
pub use dialect::{Dialect, Refusal};
pub use error::Error;
pub use key::{SigningKey, sha256_hex};
pub use presented::{CredentialScope, Form, Presented};
pub use request::Request;
pub use rules::Rules;
pub use sign::{Credentials, Signer, TokenPlacement};
pub use stream::{Stream, StreamError};
pub use verify::{Payload, Secret};

/// The only algorithm that moat and nearly every client speak.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The payload hash of a request whose body the signature does not cover.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The last element of every credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// How far a request's time may be from ours, either way: five minutes.
pub const MAX_SKEW_MS: i64 = 5 * 60 * 1000;

/// The longest life of a presigned request: seven days.
pub const MAX_EXPIRES_SECS: i64 = 7 * 24 * 60 * 60;
