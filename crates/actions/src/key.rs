//! Condition keys: those of every request, and those with a part that the caller chooses.

use crate::reference::GLOBAL_KEYS;

/// Whether the key can be in the context of any request, whatever its action.
pub fn is_global(key: &str) -> bool {
    GLOBAL_KEYS.iter().any(|form| matches(form, key))
}

/// Whether the key is one that AWS defines for services of which there are tables, or for all.
/// What an identity provider says of its users has the provider's name instead.
pub fn is_of_service(key: &str) -> bool {
    let prefix = key.split_once(':').map_or("", |(prefix, _)| prefix);
    prefix.eq_ignore_ascii_case("aws") || crate::service(prefix).is_some()
}

/// Whether a key is of a form such as `aws:RequestTag/${TagKey}`; keys are compared ignoring case.
pub(crate) fn matches(form: &str, key: &str) -> bool {
    let Some((before, rest)) = form.split_once("${") else { return form.eq_ignore_ascii_case(key) };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let fits = |text: Option<&str>, part: &str| text.is_some_and(|text| text.eq_ignore_ascii_case(part));
    key.len() > before.len() + after.len()
        && fits(key.get(..before.len()), before)
        && fits(key.get(key.len() - after.len()..), after)
}
