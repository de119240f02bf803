//! A signed JSON web token, read but not yet believed.
//! <https://www.rfc-editor.org/rfc/rfc7519>, <https://www.rfc-editor.org/rfc/rfc7515>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

pub struct JsonWebToken<'t> {
    /// Header and claims as they were signed.
    pub signed: &'t str,
    pub signature: Vec<u8>,
    /// Such as `RS256`.
    pub algorithm: String,
    pub key_id: Option<String>,
    claims: Map<String, Value>,
}

impl<'t> JsonWebToken<'t> {
    /// `None` for what is no such token.
    pub fn read(text: &'t str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header = object(header)?;
        let name = |member: &str| header.get(member).and_then(Value::as_str).map(str::to_owned);
        // A header that has to be understood and is not makes the token worthless.
        if header.contains_key("crit") {
            return None;
        }
        Some(Self {
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
            algorithm: name("alg")?,
            key_id: name("kid"),
            claims: object(claims)?,
        })
    }

    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// A claim that is one text, and not an empty one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claim(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A claim that is a text or a list of them.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.claim(name).map(texts).unwrap_or_default()
    }

    /// A claim that is a time, in seconds.
    pub fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.claim(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "beyond all times it saturates, which says the same"
        )]
        value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }

    pub fn claims(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.claims.iter()
    }
}

/// A text, or the texts of a list.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn object(encoded: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}
