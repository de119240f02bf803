//! What has to be allowed before an operation runs.

use std::sync::Arc;

/// One question for the policies: may the caller do `action` on `resource`?
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// `ec2:CreateVpc`.
    pub action: String,
    /// An ARN, or `*` for actions without resource-level permissions.
    pub resource: String,
    /// The policy attached to the resource itself, where the service has such policies.
    pub resource_policy: Option<Arc<policy::Document>>,
    /// Condition keys that only the service knows, such as `secretsmanager:SecretId`.
    pub context: Vec<(String, Vec<String>)>,
}

impl Access {
    pub fn to(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), ..Self::default() }
    }

    #[must_use]
    pub fn resource_policy(mut self, document: Option<Arc<policy::Document>>) -> Self {
        self.resource_policy = document;
        self
    }

    /// The condition keys that AWS has for the action on this resource. A condition on any other
    /// meets an absent key, as it does on AWS, whatever an operation could tell.
    pub fn known_context(&self) -> impl Iterator<Item = (&str, &[String])> {
        // Most calls have no keys of their own, and look nothing up.
        let found = if self.context.is_empty() { None } else { actions::find(&self.action) };
        let is_known = move |key: &str| {
            found.is_none_or(|action| {
                !actions::is_of_service(key)
                    || actions::is_global(key)
                    || action.uses_key_on(key, &self.resource)
            })
        };
        let all = self.context.iter().map(|(key, values)| (key.as_str(), values.as_slice()));
        all.filter(move |(key, _)| is_known(key))
    }

    /// The question without the keys that AWS has not for it.
    #[must_use]
    pub fn with_known_context_only(mut self) -> Self {
        let known: Vec<_> =
            self.known_context().map(|(key, values)| (key.to_owned(), values.to_vec())).collect();
        self.context = known;
        self
    }

    #[must_use]
    pub fn context(mut self, key: impl Into<String>, values: Vec<String>) -> Self {
        self.context.push((key.into(), values));
        self
    }
}
