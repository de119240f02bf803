//! What STS needs of others: IAM's roles and keys, and a cipher for its tokens.

use base::{AccountId, Ids, Timestamp};
use policy::{Decision, Document, Principal};
use service::{Access, Call};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use store::Fault;

/// A role as STS sees it.
#[derive(Debug, Clone)]
pub struct Role {
    pub account: AccountId,
    pub arn: String,
    pub id: String,
    pub trust: Arc<Document>,
    pub max_session_duration_s: i32,
}

/// An OpenID Connect provider that an account trusts.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    pub arn: String,
    /// The audiences that its tokens may have.
    pub client_ids: Vec<String>,
    /// Of certificates that are believed though no known authority signed them.
    pub thumbprints: Vec<String>,
}

pub type Noted<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// IAM, as far as STS asks it.
pub trait Directory: Send + Sync {
    fn role(&self, arn: &str) -> Result<Option<Role>, Fault>;

    /// The default version of a managed policy, as the account sees it.
    fn managed_policy(&self, account: &AccountId, arn: &str) -> Result<Option<Arc<Document>>, Fault>;

    /// The account's provider for an issuer, given as host and path.
    fn identity_provider(&self, account: &AccountId, issuer: &str)
    -> Result<Option<IdentityProvider>, Fault>;

    /// Decides about somebody who did not sign the call, by all policies that have a say.
    fn decide(&self, call: &Call, principal: &Principal, access: &Access) -> Result<Decision, Fault>;

    /// Remembers that the role was assumed.
    fn note_role_use<'a>(&'a self, arn: &'a str, region: &'a str, now: Timestamp) -> Noted<'a>;

    /// A fresh access key id of the account, with the prefix.
    fn new_key_id(&self, ids: &dyn Ids, prefix: &str, account: &AccountId) -> String;

    fn new_secret(&self, ids: &dyn Ids) -> String;

    /// The account that an access key id belongs to.
    fn account_of_key(&self, id: &str) -> Option<AccountId>;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("seal a session token")]
    Seal,
    #[error("open a session token: it was changed, or sealed with another key")]
    Open,
}

/// Authenticated encryption with a key that outlives the process.
pub trait Sealer: Send + Sync {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError>;
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError>;
}
