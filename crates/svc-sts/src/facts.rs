//! What AssumeRole is told about the new session, and what a session passes on to the next.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining>

use crate::api;
use service::{Access, Call, ServiceError, SessionFacts};

/// The tags asked for, in the input's order.
fn asked_tags(input: &api::AssumeRoleRequest) -> impl Iterator<Item = (&str, &str)> {
    let tags = input.tags.iter().flatten();
    tags.map(|tag| (tag.key.as_deref().unwrap_or_default(), tag.value.as_deref().unwrap_or_default()))
}

fn transitive_keys(input: &api::AssumeRoleRequest) -> impl Iterator<Item = &String> {
    input.transitive_tag_keys.iter().flatten()
}

/// The tags that the caller's session passes on.
fn inherited(call: &Call) -> impl Iterator<Item = (&String, &String)> {
    let facts = &call.caller.session_facts;
    facts.tags.iter().filter(|(key, _)| facts.transitive.contains(*key))
}

/// The actions beside sts:AssumeRole that the role must allow, for what is said or passed on.
pub(crate) fn actions(call: &Call, input: &api::AssumeRoleRequest) -> Vec<&'static str> {
    let tagged = asked_tags(input).next().is_some() || inherited(call).next().is_some();
    let identified = input.source_identity.is_some() || call.caller.session_facts.source_identity.is_some();
    let asked = [(tagged, "sts:TagSession"), (identified, "sts:SetSourceIdentity")];
    asked.into_iter().filter_map(|(is_asked, action)| is_asked.then_some(action)).collect()
}

/// The condition keys of everything said.
pub(crate) fn keys(mut access: Access, call: &Call, input: &api::AssumeRoleRequest) -> Access {
    let said = [
        ("sts:ExternalId", input.external_id.as_ref()),
        ("sts:RoleSessionName", input.role_session_name.as_ref()),
        ("sts:SourceIdentity", source_identity(call, input)),
    ];
    for (key, value) in said {
        access = access.context(key, value.cloned().into_iter().collect());
    }
    for (key, value) in asked_tags(input) {
        access = access.context(format!("aws:RequestTag/{key}"), vec![value.to_owned()]);
    }
    let tag_keys = asked_tags(input).map(|(key, _)| key.to_owned()).collect();
    access
        .context("aws:TagKeys", tag_keys)
        .context("sts:TransitiveTagKeys", transitive_keys(input).cloned().collect())
}

fn source_identity<'a>(call: &'a Call, input: &'a api::AssumeRoleRequest) -> Option<&'a String> {
    call.caller.session_facts.source_identity.as_ref().or(input.source_identity.as_ref())
}

/// What the new session carries.
pub(crate) fn facts(call: &Call, input: &api::AssumeRoleRequest) -> Result<SessionFacts, ServiceError> {
    let before = call.caller.session_facts.source_identity.as_ref();
    if let (Some(before), Some(asked)) = (before, &input.source_identity)
        && before != asked
    {
        return Err(super::ops::validation(
            "The source identity of a session that was assumed with one cannot be changed",
        ));
    }
    let mut facts =
        SessionFacts { source_identity: source_identity(call, input).cloned(), ..SessionFacts::default() };
    for (key, value) in asked_tags(input) {
        if facts.tags.keys().any(|known| known.eq_ignore_ascii_case(key)) {
            return Err(invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
        }
        facts.tags.insert(key.to_owned(), value.to_owned());
    }
    for key in transitive_keys(input) {
        let known = facts.tags.keys().find(|known| known.eq_ignore_ascii_case(key)).cloned();
        let known = known.ok_or_else(|| {
            invalid("The specified transitive tag key must be included in the requested tags.")
        })?;
        facts.transitive.insert(known);
    }
    for (key, value) in inherited(call) {
        if facts.tags.keys().any(|known| known.eq_ignore_ascii_case(key)) {
            return Err(invalid(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
            ));
        }
        facts.tags.insert(key.clone(), value.clone());
        facts.transitive.insert(key.clone());
    }
    Ok(facts)
}

/// The characters that the tags take of what a session may carry.
pub(crate) fn size(facts: &SessionFacts) -> usize {
    facts.tags.iter().map(|(key, value)| key.chars().count() + value.chars().count()).sum()
}

fn invalid(message: &'static str) -> ServiceError {
    ServiceError::client("InvalidParameterValue", message)
}
