//! Headers behind a body in chunks: the checksum that was promised, and where the body is signed,
//! their signature.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

use crate::checksum::{Checksum, ChecksumAlgorithm};
use crate::verify::same;
use crate::{ChunkSigner, StreamError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest line: the name of a checksum, or a signature, with room to spare.
const LONGEST_LINE: usize = 256;
const SIGNATURE: &str = "x-amz-trailer-signature";

#[derive(Debug)]
pub(crate) struct Trailer {
    /// The header that the request promised.
    promised: Option<String>,
    is_signed: bool,
    value: Option<String>,
    signature: Option<String>,
}

impl Trailer {
    pub(crate) fn new(promised: Option<String>, is_signed: bool) -> Self {
        Self { promised, is_signed, value: None, signature: None }
    }

    /// Whether a line that has not ended yet may have this many bytes.
    pub(crate) fn allow(&self, length: usize) -> Result<(), StreamError> {
        if length > LONGEST_LINE { Err(StreamError::MalformedTrailer) } else { Ok(()) }
    }

    /// A line without its end. What was not promised, or comes twice, is refused.
    pub(crate) fn add(&mut self, line: &[u8]) -> Result<(), StreamError> {
        let line = std::str::from_utf8(line).map_err(|_| StreamError::MalformedTrailer)?;
        let (name, value) = line.split_once(':').ok_or(StreamError::MalformedTrailer)?;
        let name = name.trim().to_ascii_lowercase();
        let place = match name.as_str() {
            SIGNATURE if self.is_signed => &mut self.signature,
            _ if self.promised.as_ref() == Some(&name) && self.signature.is_none() => &mut self.value,
            _ => return Err(StreamError::MalformedTrailer),
        };
        match place.replace(value.trim().to_owned()) {
            None => Ok(()),
            Some(_) => Err(StreamError::MalformedTrailer),
        }
    }

    /// The empty line was seen: all that was promised must have come.
    pub(crate) fn end(&self, signer: Option<&mut ChunkSigner>) -> Result<(), StreamError> {
        if self.promised.is_some() != self.value.is_some() {
            return Err(StreamError::MalformedTrailer);
        }
        let Some(signer) = signer else { return Ok(()) };
        let signature = self.signature.as_ref().ok_or(StreamError::MalformedTrailer)?;
        let expected = signer.sign_trailer(&self.lines());
        if same(expected.as_bytes(), signature.as_bytes()) { Ok(()) } else { Err(StreamError::Mismatch) }
    }

    fn lines(&self) -> String {
        match (&self.promised, &self.value) {
            (Some(name), Some(value)) => format!("{name}:{value}\n"),
            _ => String::new(),
        }
    }

    /// Compares the promised checksum with that of the bytes.
    pub(crate) fn check(self, actual: Checksum) -> Result<(), StreamError> {
        let (Some(name), Some(value)) = (self.promised, self.value) else {
            return Err(StreamError::MalformedTrailer);
        };
        let algorithm = ChecksumAlgorithm::of_header(&name).ok_or(StreamError::UnknownTrailer)?;
        let is_one = STANDARD.decode(&value).is_ok_and(|bytes| bytes.len() == algorithm.size());
        if !is_one {
            return Err(StreamError::InvalidChecksum(name));
        }
        if actual.finish() == value { Ok(()) } else { Err(StreamError::BadDigest(algorithm)) }
    }
}
