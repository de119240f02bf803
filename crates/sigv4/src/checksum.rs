//! Checksums that a client may send behind a body, by the name of their header.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumAlgorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl ChecksumAlgorithm {
    /// The algorithm of a header such as `x-amz-checksum-crc32`, in lower case.
    pub fn of_header(name: &str) -> Option<Self> {
        Some(match name.strip_prefix("x-amz-checksum-")? {
            "crc32" => Self::Crc32,
            "crc32c" => Self::Crc32c,
            "crc64nvme" => Self::Crc64Nvme,
            "sha1" => Self::Sha1,
            "sha256" => Self::Sha256,
            _ => return None,
        })
    }

    /// As error texts name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The bytes of a checksum.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// A checksum in the making.
#[derive(Debug, Clone)]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Crc(&'static [u64; 256], u64),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Checksum {
    pub fn new(algorithm: ChecksumAlgorithm) -> Self {
        let state = match algorithm {
            ChecksumAlgorithm::Crc32 => State::Crc(&CRC32, u64::from(u32::MAX)),
            ChecksumAlgorithm::Crc32c => State::Crc(&CRC32C, u64::from(u32::MAX)),
            ChecksumAlgorithm::Crc64Nvme => State::Crc(&CRC64_NVME, u64::MAX),
            ChecksumAlgorithm::Sha1 => State::Sha1(Sha1::new()),
            ChecksumAlgorithm::Sha256 => State::Sha256(Sha256::new()),
        };
        Self { algorithm, state }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc(table, crc) => *crc = bytes.iter().fold(*crc, |crc, byte| step(table, crc, *byte)),
            State::Sha1(hash) => hash.update(bytes),
            State::Sha256(hash) => hash.update(bytes),
        }
    }

    /// In base64, as the header has it.
    pub fn finish(self) -> String {
        let bytes = match self.state {
            State::Crc(_, crc) => {
                let all = (!crc).to_be_bytes();
                all.split_at(all.len() - self.algorithm.size()).1.to_vec()
            }
            State::Sha1(hash) => hash.finalize().to_vec(),
            State::Sha256(hash) => hash.finalize().to_vec(),
        };
        STANDARD.encode(bytes)
    }
}

/// Polynomials with their bits reversed, as these checksums take the lowest bit first.
static CRC32: [u64; 256] = table(0xedb8_8320);
static CRC32C: [u64; 256] = table(0x82f6_3b78);
static CRC64_NVME: [u64; 256] = table(0x9a6c_9329_ac4b_c9b5);

const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        let mut crc = index as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ polynomial } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

fn step(table: &[u64; 256], crc: u64, byte: u8) -> u64 {
    let [low, ..] = crc.to_le_bytes();
    table[usize::from(low ^ byte)] ^ (crc >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of parametrised CRC algorithms, and of FIPS 180.
    #[test]
    fn published_check_values() {
        for (header, expected) in [
            ("x-amz-checksum-crc32", "cbf43926"),
            ("x-amz-checksum-crc32c", "e3069283"),
            ("x-amz-checksum-crc64nvme", "ae8b14860a799888"),
            ("x-amz-checksum-sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            ("x-amz-checksum-sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        ] {
            let algorithm = ChecksumAlgorithm::of_header(header).unwrap();
            let mut checksum = Checksum::new(algorithm);
            checksum.update(b"1234");
            checksum.update(b"56789");
            let bytes = STANDARD.decode(checksum.finish()).unwrap();
            assert_eq!((hex::encode(&bytes).as_str(), bytes.len()), (expected, algorithm.size()), "{header}");
        }
        assert_eq!(ChecksumAlgorithm::of_header("x-amz-checksum-md5"), None);
    }
}
