//! Kinds of bodies that are sent in chunks, and why one is refused.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html>

use crate::Refusal;
use crate::checksum::ChecksumAlgorithm;

/// What `x-amz-content-sha256` says of a body in chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Signed,
    SignedWithTrailer,
    UnsignedWithTrailer,
}

impl Stream {
    const ALL: [Self; 3] = [Self::Signed, Self::SignedWithTrailer, Self::UnsignedWithTrailer];

    /// By the value of `x-amz-content-sha256`.
    pub fn of(content_hash: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.content_hash() == content_hash)
    }

    /// The value of `x-amz-content-sha256`.
    pub fn content_hash(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedWithTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedWithTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    pub(crate) fn is_signed(self) -> bool {
        self != Self::UnsignedWithTrailer
    }

    pub(crate) fn has_trailer(self) -> bool {
        self != Self::Signed
    }
}

/// Why a body in chunks is refused, in AWS's words.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// `x-amz-decoded-content-length` is not there or no number.
    #[error("You must provide the Content-Length HTTP header.")]
    NoLength,
    #[error("There were headers present in the request which were not signed")]
    NotSigned(&'static str),
    #[error("You did not provide the number of bytes specified by the Content-Length HTTP header")]
    WrongLength,
    /// What stands where the head of a chunk should be is none.
    #[error("The request body terminated unexpectedly")]
    Malformed,
    #[error("Only the last chunk is allowed to have a size less than 8192 bytes")]
    SmallChunk,
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    )]
    Mismatch,
    #[error("The value specified in the x-amz-trailer header is not supported")]
    UnknownTrailer,
    #[error(
        "The request contained trailing data that was not well-formed or did not conform to our published schema."
    )]
    MalformedTrailer,
    #[error("Value for {0} trailing header is invalid.")]
    InvalidChecksum(String),
    #[error("The {} you specified did not match the calculated checksum.", .0.name())]
    BadDigest(ChecksumAlgorithm),
}

impl StreamError {
    /// Only S3 takes bodies in chunks, so there is one way to say it.
    pub fn refusal(&self) -> Refusal {
        let (code, status) = match self {
            Self::NoLength => ("MissingContentLength", 411),
            Self::NotSigned(_) => ("AccessDenied", 403),
            Self::WrongLength | Self::Malformed => ("IncompleteBody", 400),
            Self::SmallChunk => ("InvalidChunkSizeError", 403),
            Self::Mismatch => ("SignatureDoesNotMatch", 403),
            Self::UnknownTrailer | Self::InvalidChecksum(_) => ("InvalidRequest", 400),
            Self::MalformedTrailer => ("MalformedTrailerError", 400),
            Self::BadDigest(_) => ("BadDigest", 400),
        };
        Refusal { code, status, message: self.to_string() }
    }
}
