//! What STS needs of others: IAM's roles and keys, and a cipher for its tokens.

use base::{AccountId, Ids, Timestamp};
use policy::Document;
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

pub type Noted<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// IAM, as far as STS asks it.
pub trait Directory: Send + Sync {
    fn role(&self, arn: &str) -> Result<Option<Role>, Fault>;

    /// The default version of a managed policy, as the account sees it.
    fn managed_policy(&self, account: &AccountId, arn: &str) -> Result<Option<Arc<Document>>, Fault>;

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
