//! Tokens that OpenID Connect issuers sign, and the keys by which they are believed: for STS, which
//! makes sessions of them, and for APIs whose routes ask for one. How a document is fetched is the
//! caller's business ([`Fetch`]).
//! <https://openid.net/specs/openid-connect-core-1_0.html>

mod issuer;
mod issuer_keys;
mod json_web_token;
mod key_set;

pub use issuer::Issuer;
pub use issuer_keys::{Fetch, FetchError, Fetched, IssuerKeys, KeysError};
pub use json_web_token::{JsonWebToken, texts};
pub use key_set::{KeySet, Verdict};
