//! What is told about a new session, and what a session passes on to the next.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining>

use crate::api;
use service::{Access, ServiceError, SessionFacts};

const TAG_SESSION: &str = "sts:TagSession";
const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";

/// What is said of a session when it is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    pub(crate) session_name: String,
    pub(crate) external_id: Option<String>,
    pub(crate) source_identity: Option<String>,
    /// In the order in which they were said.
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) transitive: Vec<String>,
}

impl Said {
    pub(crate) fn of(input: &api::AssumeRoleRequest) -> Self {
        let tag =
            |tag: &api::Tag| (tag.key.clone().unwrap_or_default(), tag.value.clone().unwrap_or_default());
        Self {
            session_name: input.role_session_name.clone().unwrap_or_default(),
            external_id: input.external_id.clone(),
            source_identity: input.source_identity.clone(),
            tags: input.tags.iter().flatten().map(tag).collect(),
            transitive: input.transitive_tag_keys.clone().unwrap_or_default(),
        }
    }

    /// Who is behind the session: who was behind the one before, or who is said to be.
    fn behind<'a>(&'a self, before: &'a SessionFacts) -> Option<&'a String> {
        before.source_identity.as_ref().or(self.source_identity.as_ref())
    }

    /// The actions beside the assumption that the role must allow, for what is said or passed on.
    pub(crate) fn actions(&self, before: &SessionFacts) -> Vec<&'static str> {
        let tagged = !self.tags.is_empty() || inherited(before).next().is_some();
        let asked = [(tagged, TAG_SESSION), (self.behind(before).is_some(), SET_SOURCE_IDENTITY)];
        asked.into_iter().filter_map(|(is_asked, action)| is_asked.then_some(action)).collect()
    }

    /// The condition keys of what is said, as far as the action is about it.
    pub(crate) fn keys(&self, mut access: Access, before: &SessionFacts) -> Access {
        let (tags, identity) = (access.action == TAG_SESSION, access.action == SET_SOURCE_IDENTITY);
        if !tags {
            access = access.context("sts:SourceIdentity", self.behind(before).cloned().into_iter().collect());
        }
        if !tags && !identity {
            let name = Some(self.session_name.clone()).filter(|name| !name.is_empty());
            access = access
                .context("sts:ExternalId", self.external_id.clone().into_iter().collect())
                .context("sts:RoleSessionName", name.into_iter().collect());
        }
        if identity { access } else { self.tag_keys(access) }
    }

    fn tag_keys(&self, mut access: Access) -> Access {
        for (key, value) in &self.tags {
            access = access.context(format!("aws:RequestTag/{key}"), vec![value.clone()]);
        }
        let tag_keys = self.tags.iter().map(|(key, _)| key.clone()).collect();
        access.context("aws:TagKeys", tag_keys).context("sts:TransitiveTagKeys", self.transitive.clone())
    }

    /// What the new session carries.
    pub(crate) fn facts(&self, before: &SessionFacts) -> Result<SessionFacts, ServiceError> {
        if let (Some(before), Some(asked)) = (&before.source_identity, &self.source_identity)
            && before != asked
        {
            return Err(super::ops::validation(
                "The source identity of a session that was assumed with one cannot be changed",
            ));
        }
        let mut facts =
            SessionFacts { source_identity: self.behind(before).cloned(), ..SessionFacts::default() };
        for (key, value) in &self.tags {
            if is_known(&facts, key) {
                return Err(invalid(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
            facts.tags.insert(key.clone(), value.clone());
        }
        for key in &self.transitive {
            let known = facts.tags.keys().find(|known| known.eq_ignore_ascii_case(key)).cloned();
            let known = known.ok_or_else(|| {
                invalid("The specified transitive tag key must be included in the requested tags.")
            })?;
            facts.transitive.insert(known);
        }
        for (key, value) in inherited(before) {
            if is_known(&facts, key) {
                return Err(invalid(
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
                ));
            }
            facts.tags.insert(key.clone(), value.clone());
            facts.transitive.insert(key.clone());
        }
        Ok(facts)
    }
}

fn is_known(facts: &SessionFacts, key: &str) -> bool {
    facts.tags.keys().any(|known| known.eq_ignore_ascii_case(key))
}

/// The tags that a session passes on.
fn inherited(before: &SessionFacts) -> impl Iterator<Item = (&String, &String)> {
    before.tags.iter().filter(|(key, _)| before.transitive.contains(*key))
}

/// The characters that the tags take of what a session may carry.
pub(crate) fn size(facts: &SessionFacts) -> usize {
    facts.tags.iter().map(|(key, value)| key.chars().count() + value.chars().count()).sum()
}

fn invalid(message: &'static str) -> ServiceError {
    ServiceError::client("InvalidParameterValue", message)
}
