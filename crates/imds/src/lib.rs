//! The instance metadata service: what an instance is told about itself at 169.254.169.254.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>
//!
//! Version 2 asks for a token first, which a forwarded request or a packet from further away than the
//! hop limit does not get; version 1 answers anybody, and is off unless the instance says otherwise.

mod answer;
mod serve;
mod tokens;
mod tree;

pub use answer::{Asked, Reply, answer};
pub use serve::serve;
pub use tokens::Tokens;
pub use tree::Tree;

use base::Timestamp;
use std::future::Future;
use std::pin::Pin;

pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What one instance may be told, as it is at the moment.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub enabled: bool,
    pub tokens_required: bool,
    pub hop_limit: u8,
    /// Everything below `/latest/`, by its path.
    pub tree: Tree,
    /// The name of the role, whose credentials are asked for apart because they are made when asked.
    pub role: Option<String>,
}

/// Credentials of the instance's role.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    pub updated: Timestamp,
    pub expires: Timestamp,
}

/// Where the facts come from.
pub trait Source: Send + Sync {
    /// `None` when there is no such instance any more.
    fn facts(&self) -> Option<Facts>;
    fn credentials(&self) -> Pending<'_, Option<Credentials>>;
    fn now(&self) -> Timestamp;
    fn random(&self) -> String;
}
