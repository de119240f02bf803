//! Who makes a request.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use base::{AccountId, PARTITION};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Principal {
    /// The account's root user.
    Root { account: AccountId },
    /// An IAM user. The path begins and ends with `/`; the id is `AIDA…`.
    User { account: AccountId, path: String, name: String, id: String },
    /// A session of a role. The role id is `AROA…`, the role ARN has the role's path.
    RoleSession { account: AccountId, role_arn: String, role_id: String, session_name: String },
    /// An AWS service by its principal name, such as `lambda.amazonaws.com`.
    Service { name: String },
    /// A user of an identity provider, which is its ARN.
    Federated { provider: String },
    /// Nobody: an unsigned request.
    Anonymous,
}

impl Principal {
    /// The ARN that `GetCallerIdentity` and error texts show; a service is its name.
    pub fn arn(&self) -> String {
        match self {
            Self::Root { account } => format!("arn:{PARTITION}:iam::{account}:root"),
            Self::User { account, path, name, .. } => {
                format!("arn:{PARTITION}:iam::{account}:user{path}{name}")
            }
            Self::RoleSession { account, role_arn, session_name, .. } => {
                let role = role_name(role_arn);
                format!("arn:{PARTITION}:sts::{account}:assumed-role/{role}/{session_name}")
            }
            Self::Service { name } => name.clone(),
            Self::Federated { provider } => provider.clone(),
            Self::Anonymous => "anonymous".to_owned(),
        }
    }

    /// The ARN in `aws:PrincipalArn`: for a session it is the role's.
    pub fn policy_arn(&self) -> Option<String> {
        match self {
            Self::RoleSession { role_arn, .. } => Some(role_arn.clone()),
            Self::Root { .. } | Self::User { .. } => Some(self.arn()),
            Self::Service { .. } | Self::Federated { .. } | Self::Anonymous => None,
        }
    }

    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Root { account } | Self::User { account, .. } | Self::RoleSession { account, .. } => {
                Some(account)
            }
            Self::Service { .. } | Self::Federated { .. } | Self::Anonymous => None,
        }
    }

    /// The value of `aws:userid`.
    pub fn user_id(&self) -> String {
        match self {
            Self::Root { account } => account.to_string(),
            Self::User { id, .. } => id.clone(),
            Self::RoleSession { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
            Self::Service { name } => name.clone(),
            Self::Federated { provider } => provider.clone(),
            Self::Anonymous => "anonymous".to_owned(),
        }
    }

    /// The value of `aws:PrincipalType`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Root { .. } => "Account",
            Self::User { .. } => "User",
            Self::RoleSession { .. } => "AssumedRole",
            Self::Service { .. } => "Service",
            Self::Federated { .. } => "FederatedUser",
            Self::Anonymous => "Anonymous",
        }
    }

    /// What a principal says about itself to condition keys and policy variables; the key in
    /// lower case.
    pub(crate) fn value(&self, key: &str) -> Option<Cow<'_, str>> {
        match key {
            "aws:principalarn" => match self {
                Self::RoleSession { role_arn, .. } => Some(role_arn.into()),
                _ => self.policy_arn().map(Cow::Owned),
            },
            "aws:principalaccount" => self.account().map(|account| account.as_str().into()),
            "aws:principaltype" => Some(self.kind().into()),
            "aws:userid" => {
                let is_known = !matches!(self, Self::Service { .. } | Self::Federated { .. });
                is_known.then(|| self.user_id().into())
            }
            "aws:username" => match self {
                Self::User { name, .. } => Some(name.into()),
                _ => None,
            },
            "aws:principalisawsservice" => {
                Some(if matches!(self, Self::Service { .. }) { "true" } else { "false" }.into())
            }
            "aws:principalservicename" => match self {
                Self::Service { name } => Some(name.into()),
                _ => None,
            },
            _ => None,
        }
    }
}

impl From<Principal> for Cow<'_, Principal> {
    fn from(principal: Principal) -> Self {
        Cow::Owned(principal)
    }
}

impl<'a> From<&'a Principal> for Cow<'a, Principal> {
    fn from(principal: &'a Principal) -> Self {
        Cow::Borrowed(principal)
    }
}

/// Whether [`Principal::value`] answers the key, which is in lower case.
pub(crate) fn is_principal_key(key: &str) -> bool {
    matches!(
        key,
        "aws:principalarn"
            | "aws:principalaccount"
            | "aws:principaltype"
            | "aws:userid"
            | "aws:username"
            | "aws:principalisawsservice"
            | "aws:principalservicename"
    )
}

/// The name of a role without its path.
fn role_name(role_arn: &str) -> &str {
    role_arn.rsplit('/').next().unwrap_or(role_arn)
}
