//! One request, as policies see it.

use crate::principal::{PRINCIPAL_KEYS, Principal};
use base::AccountId;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Condition keys and their values. Keys are compared ignoring case.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Sets a key; no values leave the key absent.
    pub fn set<V: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = V>) {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if !values.is_empty() {
            self.0.insert(key.to_ascii_lowercase(), values);
        }
    }

    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_slice()))
    }
}

#[derive(Debug, Clone)]
pub struct Request {
    principal: Principal,
    action: String,
    action_lower: String,
    resource: String,
    context: Context,
    resource_account: Option<AccountId>,
}

impl Request {
    /// A request for `service:Operation` on an ARN, or on `*` where the action has no
    /// resource. The resource belongs to the caller's account unless told otherwise.
    pub fn new(principal: Principal, action: impl Into<String>, resource: impl Into<String>) -> Self {
        let action = action.into();
        let action_lower = action.to_ascii_lowercase();
        let resource = resource.into();
        Self {
            principal,
            action,
            action_lower,
            resource,
            context: Context::default(),
            resource_account: None,
        }
    }

    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// The account that owns the resource.
    #[must_use]
    pub fn owned_by(mut self, account: AccountId) -> Self {
        self.resource_account = Some(account);
        self
    }

    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub fn action(&self) -> &str {
        &self.action
    }

    pub fn resource(&self) -> &str {
        &self.resource
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn action_lower(&self) -> &str {
        &self.action_lower
    }

    /// Whether resource and caller are of different accounts.
    pub fn is_cross_account(&self) -> bool {
        matches!((&self.resource_account, self.principal.account()), (Some(owner), Some(own)) if owner != own)
    }

    /// The values of a condition key given in lower case; about the principal only
    /// the principal is asked, so that a context cannot claim otherwise.
    pub(crate) fn values(&self, key: &str) -> Option<Vec<Cow<'_, str>>> {
        if PRINCIPAL_KEYS.contains(&key) {
            return self.principal.value(key).map(|value| vec![Cow::Owned(value)]);
        }
        self.context.0.get(key).map(|values| values.iter().map(|v| Cow::Borrowed(v.as_str())).collect())
    }
}
