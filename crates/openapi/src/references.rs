//! References inside schemas.

use serde_json::Value as Json;

/// The key of references.
pub(crate) const REFERENCE: &str = "$ref";

/// Changes each reference of a schema for which there is another.
pub fn with_references(schema: &mut Json, other: &dyn Fn(&str) -> Option<String>) {
    match schema {
        Json::Object(members) => {
            if let Some(Json::String(reference)) = members.get_mut(REFERENCE)
                && let Some(changed) = other(reference)
            {
                *reference = changed;
            }
            members.values_mut().for_each(|member| with_references(member, other));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| with_references(item, other)),
        _ => {}
    }
}

/// How models are referred to in a definition.
pub(crate) const MODELS: &str = "#/models/";
