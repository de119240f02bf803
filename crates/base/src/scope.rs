//! Where a resource lives: an account and a region. Two scopes never see each other.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    #[error("account id `{0}` is not twelve digits")]
    Account(String),
    #[error("region `{0}` is not a region name")]
    Region(String),
}

/// A twelve-digit AWS account id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = ScopeError;
    fn from_str(s: &str) -> Result<Self, ScopeError> {
        if s.len() == 12 && s.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(s.to_owned()))
        } else {
            Err(ScopeError::Account(s.to_owned()))
        }
    }
}

impl Default for AccountId {
    /// `000000000000`, the account that people's emulator set-ups already name.
    fn default() -> Self {
        Self("000000000000".to_owned())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A region name such as `us-east-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(String);

impl Region {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = ScopeError;
    fn from_str(s: &str) -> Result<Self, ScopeError> {
        let shaped = (4..=32).contains(&s.len())
            && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if shaped { Ok(Self(s.to_owned())) } else { Err(ScopeError::Region(s.to_owned())) }
    }
}

impl Default for Region {
    fn default() -> Self {
        Self("us-east-1".to_owned())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account and a region: the first part of every stored key.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    pub account: AccountId,
    pub region: Region,
}

impl Scope {
    /// The stored key of `name` in this scope: `ACCOUNT/REGION/NAME`.
    pub fn key(&self, name: &str) -> String {
        [self.account.as_str(), "/", self.region.as_str(), "/", name].concat()
    }

    /// The prefix that every key of this scope has.
    pub fn prefix(&self) -> String {
        [self.account.as_str(), "/", self.region.as_str(), "/"].concat()
    }
}
