//! Randomness, injected: every id, token and password is drawn from an [`Ids`].

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random bytes and of the shapes of ids that AWS uses.
pub trait Ids: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);

    /// `n` lower-case hexadecimal digits.
    fn hex(&self, n: usize) -> String {
        self.pick(n, b"0123456789abcdef")
    }

    /// `n` characters of `alphabet`, each equally likely. The alphabet is not empty.
    fn pick(&self, n: usize, alphabet: &[u8]) -> String {
        let limit = 256 - 256 % alphabet.len().max(1);
        let mut out = String::with_capacity(n);
        let mut block = [0u8; 64];
        while out.len() < n {
            self.fill(&mut block);
            for byte in block.iter().filter(|b| usize::from(**b) < limit) {
                if out.len() == n {
                    break;
                }
                if let Some(c) = alphabet.get(usize::from(*byte) % alphabet.len()) {
                    out.push(char::from(*c));
                }
            }
        }
        out
    }

    /// An EC2-style id: `prefix-` and seventeen hexadecimal digits.
    fn ec2(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.hex(17))
    }

    /// An IAM-style unique id: a four-letter prefix and seventeen of `A-Z2-7`.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
    fn iam(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.pick(17, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
    }

    /// A version 4 UUID in lower case.
    fn uuid(&self) -> String {
        let mut b = [0u8; 16];
        self.fill(&mut b);
        b[6] = (b[6] & 0x0f) | 0x40;
        b[8] = (b[8] & 0x3f) | 0x80;
        let mut out = String::with_capacity(36);
        for (n, byte) in b.iter().enumerate() {
            if matches!(n, 4 | 6 | 8 | 10) {
                out.push('-');
            }
            out.push(hex_digit(byte >> 4));
            out.push(hex_digit(byte & 0x0f));
        }
        out
    }
}

/// The digit of a number below sixteen.
fn hex_digit(nibble: u8) -> char {
    char::from_digit(nibble.into(), 16).unwrap_or('0')
}

/// The operating system's generator. A machine that cannot give random bytes cannot make
/// keys, so that failure ends the process.
#[derive(Debug, Default, Clone, Copy)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// A reproducible sequence (splitmix64), for tests.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl SequentialIds {
    pub fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Ids for SequentialIds {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self
                .0
                .fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
                .wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            for (to, from) in chunk.iter_mut().zip(z.to_le_bytes()) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_shapes_that_aws_gives_them() {
        let ids = SequentialIds::seeded(7);
        let vpc = ids.ec2("vpc");
        assert_eq!((vpc.len(), &vpc[..4]), (21, "vpc-"));
        assert_eq!(ids.iam("AROA").len(), 21);
        let uuid = ids.uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
    }

    #[test]
    fn a_uuid_says_its_version() {
        struct Rising;
        impl Ids for Rising {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.iter_mut().zip(0x30..).for_each(|(to, from)| *to = from);
            }
        }
        assert_eq!(Rising.uuid(), "30313233-3435-4637-b839-3a3b3c3d3e3f");
    }
}
