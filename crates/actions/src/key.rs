//! Condition keys: those of every request, and those with a part that the caller chooses.

use crate::reference::GLOBAL_KEYS;

/// Whether the key can be in the context of any request, whatever its action.
pub fn is_global(key: &str) -> bool {
    GLOBAL_KEYS.iter().any(|form| matches(form, key))
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
