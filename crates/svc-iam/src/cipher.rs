//! Secrets at rest. The key is not this crate's business, so it asks for a cipher.

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    #[error("seal a secret of `{context}`")]
    Seal { context: String },
    #[error("open a secret of `{context}`: it was changed, or sealed with another key")]
    Open { context: String },
}

/// Authenticated encryption. What was sealed under one context opens under that one only.
pub trait Cipher: Send + Sync {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, CipherError>;
    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, CipherError>;
}
