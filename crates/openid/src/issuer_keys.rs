//! The keys of issuers, fetched when a token asks for them and kept for a while.

use crate::issuer::{Issuer, without_scheme};
use crate::json_web_token::JsonWebToken;
use crate::key_set::{KeySet, Verdict};
use base::Timestamp;
use serde::Deserialize;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + 'a>>;

/// Reads what issuers publish.
pub trait Fetch: Send + Sync {
    /// The document at the URL. The thumbprints are those of certificates that are believed though no
    /// known authority signed them.
    fn get<'a>(&'a self, url: &'a str, thumbprints: &'a [String]) -> Fetched<'a>;
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum FetchError {
    #[error("reach `{url}`: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("`{url}` answered with status {status}")]
    Status { url: String, status: u16 },
    #[error("`{url}` answered with more than {limit} bytes")]
    TooLarge { url: String, limit: usize },
}

/// Why there are no keys of an issuer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeysError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The configuration or the keys are not what they should be.
    #[error("`{0}` is not a document of an OpenID issuer")]
    Malformed(String),
    #[error("the issuer `{asked}` says it is `{said}`")]
    AnotherIssuer { asked: String, said: String },
}

/// How long keys are believed before the issuer is asked again.
const KEPT_MS: i64 = 10 * 60 * 1000;
/// How soon it is asked again for a key that it did not have.
const ASKED_AGAIN_MS: i64 = 5 * 1000;
/// With more issuers, all are asked again.
const MOST_ISSUERS: usize = 256;

/// Where the issuer says its keys are.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

#[derive(Clone)]
struct Kept {
    since: Timestamp,
    keys: Arc<KeySet>,
}

/// What issuers published, by which their tokens are verified.
pub struct IssuerKeys {
    fetch: Arc<dyn Fetch>,
    /// By issuer and thumbprints: who believes in a certificate believes for itself alone.
    kept: Mutex<HashMap<(String, Vec<String>), Kept>>,
}

impl IssuerKeys {
    pub fn new(fetch: Arc<dyn Fetch>) -> Self {
        Self { fetch, kept: Mutex::default() }
    }

    /// Whether the issuer signed the token. The thumbprints are those of the issuer's certificates that
    /// somebody named.
    ///
    /// # Errors
    /// When the issuer's keys cannot be had.
    pub async fn verify(
        &self,
        issuer: &Issuer,
        thumbprints: &[String],
        token: &JsonWebToken<'_>,
        now: Timestamp,
    ) -> Result<Verdict, KeysError> {
        let name = (issuer.url.clone(), thumbprints.to_vec());
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if let Some(kept) = kept.filter(|kept| now < kept.since.plus_ms(KEPT_MS)) {
            let verdict = kept.keys.verify(token);
            // The issuer may have a new key by now.
            if verdict == Verdict::Signed || now < kept.since.plus_ms(ASKED_AGAIN_MS) {
                return Ok(verdict);
            }
        }
        let keys = Arc::new(self.ask(issuer, thumbprints).await?);
        let verdict = keys.verify(token);
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_ISSUERS {
            all.clear();
        }
        all.insert(name, Kept { since: now, keys });
        Ok(verdict)
    }

    async fn ask(&self, issuer: &Issuer, thumbprints: &[String]) -> Result<KeySet, KeysError> {
        let url = issuer.configuration_url();
        let bytes = self.fetch.get(&url, thumbprints).await?;
        let configuration: Configuration =
            serde_json::from_slice(&bytes).map_err(|_| KeysError::Malformed(url.clone()))?;
        if configuration.issuer != issuer.url {
            return Err(KeysError::AnotherIssuer { asked: issuer.url.clone(), said: configuration.issuer });
        }
        let keys = configuration.jwks_uri;
        // Nor may an issuer elsewhere lead to what this machine serves to itself.
        let is_weaker = keys.starts_with("http://") && !issuer.url.starts_with("http://");
        if without_scheme(&keys).is_none() || is_weaker {
            return Err(KeysError::Malformed(url));
        }
        let bytes = self.fetch.get(&keys, thumbprints).await?;
        KeySet::read(&bytes).ok_or(KeysError::Malformed(keys))
    }
}
