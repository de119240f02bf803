//! A body in chunks, taken apart as it arrives: nothing is kept but the head of the chunk that is
//! being read. Each chunk is `SIZE;chunk-signature=SIGNATURE`, a line end, its bytes, a line end;
//! the last one is empty, and trailing headers may follow it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

use crate::checksum::{Checksum, ChecksumAlgorithm};
use crate::trailer::Trailer;
use crate::verify::same;
use crate::{ChunkSigner, Presented, Request, Stream, StreamError};
use sha2::{Digest, Sha256};

/// The longest head of a chunk: sixteen digits and a signature fit.
const LONGEST_HEAD: usize = 128;
/// Fewer bytes are allowed in the last chunk that has any.
const LEAST_CHUNK: u64 = 8192;
const SIGNATURE: &str = "chunk-signature=";

/// A reader of one body.
#[derive(Debug)]
pub struct Chunks {
    signer: Option<ChunkSigner>,
    trailer: Option<Trailer>,
    checksum: Option<Checksum>,
    /// What is to come of the bytes that the client announced.
    left: u64,
    small: bool,
    place: Place,
}

/// Where in the body the reader is.
#[derive(Debug)]
enum Place {
    Head(Vec<u8>),
    Bytes {
        left: u64,
        hash: Sha256,
        signature: String,
    },
    /// At the end of a chunk; so many bytes of the line end were seen. The empty chunk is the last.
    LineEnd {
        seen: usize,
        is_last: bool,
    },
    Trailer(Vec<u8>),
    End,
}

impl Presented {
    /// Prepares to read the body of this request, whose own signature is verified.
    ///
    /// # Errors
    /// When the headers do not tell how long the body is, or promise a trailer that AWS does
    /// not know.
    pub fn chunks(
        &self,
        stream: Stream,
        request: &Request<'_>,
        secret_access_key: &str,
    ) -> Result<Chunks, StreamError> {
        let length = self.signed_header(request, "x-amz-decoded-content-length")?;
        let left = length.and_then(|text| text.parse().ok()).ok_or(StreamError::NoLength)?;
        let promised = self.signed_header(request, "x-amz-trailer")?.filter(|_| stream.has_trailer());
        let promised = promised.map(str::to_ascii_lowercase);
        let algorithm = match &promised {
            Some(name) => Some(ChecksumAlgorithm::of_header(name).ok_or(StreamError::UnknownTrailer)?),
            None => None,
        };
        Ok(Chunks {
            signer: stream.is_signed().then(|| ChunkSigner::new(self, secret_access_key)),
            trailer: stream.has_trailer().then(|| Trailer::new(promised, stream.is_signed())),
            checksum: algorithm.map(Checksum::new),
            left,
            small: false,
            place: Place::Head(Vec::new()),
        })
    }

    /// What decides about the body must be covered by the request's signature.
    fn signed_header<'a>(
        &self,
        request: &Request<'a>,
        name: &'static str,
    ) -> Result<Option<&'a str>, StreamError> {
        let value = request.header(name);
        if value.is_some() && !self.signed_headers.iter().any(|signed| signed == name) {
            return Err(StreamError::NotSigned(name));
        }
        Ok(value)
    }
}

impl Chunks {
    /// How many bytes the client says are to come, without heads and trailer.
    pub fn announced(&self) -> u64 {
        self.left
    }

    /// Takes in what arrived, and adds to `out` what it carries: never more than announced.
    /// What was added is to be believed only once [`Self::finish`] says so.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn push(&mut self, mut arrived: &[u8], out: &mut Vec<u8>) -> Result<(), StreamError> {
        while let Some((first, rest)) = arrived.split_first() {
            if let Place::Bytes { left, hash, .. } = &mut self.place {
                let now = usize::try_from(*left).map_or(arrived.len(), |left| left.min(arrived.len()));
                let (bytes, rest) = arrived.split_at(now);
                *left -= bytes.len() as u64;
                let is_whole = *left == 0;
                hash.update(bytes);
                if let Some(checksum) = &mut self.checksum {
                    checksum.update(bytes);
                }
                out.extend_from_slice(bytes);
                arrived = rest;
                if is_whole {
                    self.end_chunk()?;
                }
                continue;
            }
            arrived = rest;
            self.step(*first)?;
        }
        Ok(())
    }

    /// Says that nothing more is to come.
    ///
    /// # Errors
    /// When something is missing, or the checksum of the whole is another one.
    pub fn finish(self) -> Result<(), StreamError> {
        if !matches!(self.place, Place::End) {
            return Err(StreamError::Malformed);
        }
        match (self.trailer, self.checksum) {
            (Some(trailer), Some(checksum)) => trailer.check(checksum),
            _ => Ok(()),
        }
    }

    /// One byte that is not a chunk's.
    fn step(&mut self, byte: u8) -> Result<(), StreamError> {
        match &mut self.place {
            Place::Head(line) => {
                line.push(byte);
                if let Some(head) = line.strip_suffix(b"\r\n") {
                    let head = head.to_vec();
                    return self.begin_chunk(&head);
                }
                if line.len() > LONGEST_HEAD { Err(StreamError::Malformed) } else { Ok(()) }
            }
            Place::LineEnd { seen: 0, is_last } if byte == b'\r' => {
                self.place = Place::LineEnd { seen: 1, is_last: *is_last };
                Ok(())
            }
            Place::LineEnd { seen: 1, is_last } if byte == b'\n' => {
                self.place = if *is_last { Place::End } else { Place::Head(Vec::new()) };
                Ok(())
            }
            Place::Trailer(line) => {
                line.push(byte);
                self.end_trailer_line()
            }
            Place::Bytes { .. } | Place::LineEnd { .. } | Place::End => Err(StreamError::Malformed),
        }
    }

    fn begin_chunk(&mut self, head: &[u8]) -> Result<(), StreamError> {
        let head = std::str::from_utf8(head).map_err(|_| StreamError::Malformed)?;
        let (size, signature) = match head.split_once(';') {
            Some((size, rest)) => (size, rest.strip_prefix(SIGNATURE)),
            None => (head, None),
        };
        let is_hex = !size.is_empty() && size.bytes().all(|b| b.is_ascii_hexdigit());
        let size = u64::from_str_radix(size, 16).ok().filter(|_| is_hex).ok_or(StreamError::Malformed)?;
        let is_signed = self.signer.is_some();
        if is_signed != signature.is_some() || (!is_signed && head.contains(';')) {
            return Err(StreamError::Malformed);
        }
        self.left = self.left.checked_sub(size).ok_or(StreamError::WrongLength)?;
        if is_signed && size > 0 && std::mem::replace(&mut self.small, size < LEAST_CHUNK) {
            return Err(StreamError::SmallChunk);
        }
        let signature = signature.unwrap_or_default().to_owned();
        self.place = Place::Bytes { left: size, hash: Sha256::new(), signature };
        if size == 0 { self.end_body() } else { Ok(()) }
    }

    fn end_chunk(&mut self) -> Result<(), StreamError> {
        self.check_signature()?;
        self.place = Place::LineEnd { seen: 0, is_last: false };
        Ok(())
    }

    /// The empty chunk was seen.
    fn end_body(&mut self) -> Result<(), StreamError> {
        self.check_signature()?;
        if self.left > 0 {
            return Err(StreamError::WrongLength);
        }
        self.place = match &self.trailer {
            Some(_) => Place::Trailer(Vec::new()),
            None => Place::LineEnd { seen: 0, is_last: true },
        };
        Ok(())
    }

    fn check_signature(&mut self) -> Result<(), StreamError> {
        let (Some(signer), Place::Bytes { hash, signature, .. }) = (&mut self.signer, &mut self.place) else {
            return Ok(());
        };
        let expected = signer.sign_chunk(&hex::encode(hash.finalize_reset()));
        if same(expected.as_bytes(), signature.as_bytes()) { Ok(()) } else { Err(StreamError::Mismatch) }
    }

    fn end_trailer_line(&mut self) -> Result<(), StreamError> {
        let (Place::Trailer(line), Some(trailer)) = (&mut self.place, &mut self.trailer) else {
            return Err(StreamError::Malformed);
        };
        let Some(text) = line.strip_suffix(b"\r\n") else { return trailer.allow(line.len()) };
        if text.is_empty() {
            trailer.end(self.signer.as_mut())?;
            self.place = Place::End;
            return Ok(());
        }
        trailer.add(text)?;
        line.clear();
        Ok(())
    }
}
