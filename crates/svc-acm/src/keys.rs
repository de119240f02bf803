//! New private keys, in PKCS #8.
//! <https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html>

use crate::model::rsa;
use base::Ids;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, RsaKeyPair,
};

/// The algorithms of keys that ACM makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rsa2048,
    P256,
    P384,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("make an RSA key")]
    Rsa,
    #[error("make an elliptic curve key")]
    Curve,
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
            let key = rsa::generate(ids).ok_or(KeyError::Rsa)?;
            // What will sign with it looks through all of its numbers first.
            RsaKeyPair::from_pkcs8(&key).map_err(|_| KeyError::Rsa)?;
            return Ok(key);
        }
        Algorithm::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
        Algorithm::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
    };
    let made = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).map_err(|_| KeyError::Curve)?;
    Ok(made.as_ref().to_vec())
}

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
