//! New private keys, in PKCS #8.
//! <https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html>

use base::Ids;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::{CryptoRng, Error, RngCore};

/// The algorithms of keys that ACM makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rsa2048,
    P256,
    P384,
}

const RSA_BITS: usize = 2048;

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("make an RSA key")]
    Rsa(#[from] rsa::Error),
    #[error("make an elliptic curve key")]
    Curve,
    #[error("encode a private key")]
    Encode(#[from] rsa::pkcs8::Error),
}

impl Algorithm {
    /// As requests name it.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "RSA_2048" => Some(Self::Rsa2048),
            "EC_prime256v1" => Some(Self::P256),
            "EC_secp384r1" => Some(Self::P384),
            _ => None,
        }
    }
}

pub fn generate(algorithm: Algorithm, ids: &dyn Ids) -> Result<Vec<u8>, KeyError> {
    let curve = match algorithm {
        Algorithm::Rsa2048 => {
            let key = RsaPrivateKey::new(&mut Drawn(ids), RSA_BITS)?;
            return Ok(key.to_pkcs8_der()?.as_bytes().to_vec());
        }
        Algorithm::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
        Algorithm::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
    };
    let made = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).map_err(|_| KeyError::Curve)?;
    Ok(made.as_ref().to_vec())
}

/// Randomness from where all ids come from.
struct Drawn<'a>(&'a dyn Ids);

impl RngCore for Drawn<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl CryptoRng for Drawn<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{RandomIds, SequentialIds};
    use rustls::crypto::ring::sign::any_supported_type;
    use rustls::pki_types::PrivateKeyDer;

    #[test]
    fn what_is_made_can_sign() {
        for algorithm in [Algorithm::P256, Algorithm::P384] {
            let key = generate(algorithm, &RandomIds).unwrap();
            any_supported_type(&PrivateKeyDer::try_from(key).unwrap()).unwrap();
        }
        for seed in 1..4 {
            let key = generate(Algorithm::Rsa2048, &SequentialIds::seeded(seed)).unwrap();
            any_supported_type(&PrivateKeyDer::try_from(key).unwrap()).unwrap();
        }
    }
}
