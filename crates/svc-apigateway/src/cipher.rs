//! API keys at rest. The key that seals them is not this crate's business, so it asks for a cipher.

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    #[error("seal an API key")]
    Seal,
    #[error("open an API key: it was changed, or sealed with another key")]
    Open,
}

/// Authenticated encryption. What was sealed under one context opens under that one only.
pub trait Cipher: Send + Sync {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, CipherError>;
    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CipherError>;
}
