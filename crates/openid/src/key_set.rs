//! The public keys of an issuer.
//! <https://www.rfc-editor.org/rfc/rfc7517>, <https://www.rfc-editor.org/rfc/rfc7518>

use crate::json_web_token::JsonWebToken;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;

/// More keys than any issuer has; the rest is not looked at.
const MOST_KEYS: usize = 100;

#[derive(Debug)]
pub struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    /// The one algorithm that the key is for, where it says so.
    algorithm: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The curve by its name, and an uncompressed point.
    Curve {
        name: String,
        point: Vec<u8>,
    },
}

/// Whether a token was signed with a key of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Signed,
    Wrong,
    /// The set has no key for the token.
    NoKey,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<PublishedKey>,
}

#[derive(Deserialize)]
struct PublishedKey {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// A key of a kind that is not known here is passed over, as the RFC says.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let published: Published = serde_json::from_slice(bytes).ok()?;
        Some(Self(published.keys.into_iter().take(MOST_KEYS).filter_map(Key::read).collect()))
    }

    pub fn verify(&self, token: &JsonWebToken<'_>) -> Verdict {
        let mut verdict = Verdict::NoKey;
        for key in self.0.iter().filter(|key| key.may_have_signed(token)) {
            verdict = match key.material.verify(token) {
                Verdict::NoKey => verdict,
                Verdict::Wrong => Verdict::Wrong,
                Verdict::Signed => return Verdict::Signed,
            };
        }
        verdict
    }
}

impl Key {
    fn read(published: PublishedKey) -> Option<Self> {
        if published.purpose.is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let material = match published.kty.as_str() {
            "RSA" => Material::Rsa { modulus: number(published.n)?, exponent: number(published.e)? },
            "EC" => {
                let (x, y) = (bytes(published.x)?, bytes(published.y)?);
                Material::Curve { name: published.crv?, point: [vec![4], x, y].concat() }
            }
            _ => return None,
        };
        Some(Self { id: published.kid, algorithm: published.alg, material })
    }

    fn may_have_signed(&self, token: &JsonWebToken<'_>) -> bool {
        (token.key_id.is_none() || token.key_id == self.id)
            && self.algorithm.as_ref().is_none_or(|own| *own == token.algorithm)
    }
}

impl Material {
    /// The algorithm must be one of the key's kind: a token does not choose how it is checked.
    fn verify(&self, token: &JsonWebToken<'_>) -> Verdict {
        let (signed, signature) = (token.signed.as_bytes(), &token.signature);
        let verified = match self {
            Self::Rsa { modulus, exponent } => {
                let Some(algorithm) = rsa(&token.algorithm) else { return Verdict::NoKey };
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(algorithm, signed, signature)
            }
            Self::Curve { name, point } => {
                let Some(algorithm) = curve(&token.algorithm, name) else { return Verdict::NoKey };
                UnparsedPublicKey::new(algorithm, point).verify(signed, signature)
            }
        };
        if verified.is_ok() { Verdict::Signed } else { Verdict::Wrong }
    }
}

fn rsa(algorithm: &str) -> Option<&'static RsaParameters> {
    match algorithm {
        "RS256" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

fn curve(algorithm: &str, curve: &str) -> Option<&'static EcdsaVerificationAlgorithm> {
    match (algorithm, curve) {
        ("ES256", "P-256") => Some(&ECDSA_P256_SHA256_FIXED),
        ("ES384", "P-384") => Some(&ECDSA_P384_SHA384_FIXED),
        _ => None,
    }
}

fn bytes(text: Option<String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

/// Without the zeros that some issuers put before a number.
fn number(text: Option<String>) -> Option<Vec<u8>> {
    let bytes = bytes(text)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some(bytes.into_iter().skip(zeros).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The examples of RFC 7515, appendices A.2 and A.3: a token, its signature, its key.
    #[test]
    fn the_examples_of_the_rfc() {
        let claims =
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let rsa = json!({ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" });
        let curve = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
        for (key, other, header, signature) in [
            (
                &rsa,
                &curve,
                "eyJhbGciOiJSUzI1NiJ9",
                "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
            ),
            (
                &curve,
                &rsa,
                "eyJhbGciOiJFUzI1NiJ9",
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            ),
        ] {
            let set = |keys: &[_]| KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
            let text = format!("{header}.{claims}.{signature}");
            let token = JsonWebToken::read(&text).unwrap();
            assert_eq!(set(&[other, key]).verify(&token), Verdict::Signed);
            assert_eq!(set(&[other]).verify(&token), Verdict::NoKey);
            let mut changed = JsonWebToken::read(&text).unwrap();
            changed.signed = "eyJhbGciOiJub25lIn0.e30";
            assert_eq!(set(&[key]).verify(&changed), Verdict::Wrong);
        }
    }
}
