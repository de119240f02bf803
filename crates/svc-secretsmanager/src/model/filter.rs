//! The filters of ListSecrets.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html>

use super::secret::Secret;
use crate::api::Filter;

/// Whether a secret passes every filter. Within one filter any value will do; a value that
/// begins with `!` asks for the opposite.
pub(crate) fn passes(secret: &Secret, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| {
        let key = filter.key.as_deref().unwrap_or_default();
        let values = filter.values.as_deref().unwrap_or_default();
        let (unwanted, wanted): (Vec<&String>, Vec<&String>) =
            values.iter().partition(|v| v.starts_with('!'));
        let absent = unwanted.iter().all(|v| !matches(secret, key, v.strip_prefix('!').unwrap_or(v)));
        absent && (wanted.is_empty() || wanted.iter().any(|v| matches(secret, key, v)))
    })
}

fn matches(secret: &Secret, key: &str, value: &str) -> bool {
    let mut tags = secret.tags.iter();
    match key {
        "name" => secret.name.starts_with(value),
        "description" => begins_anycase(secret.description.as_deref(), value),
        "tag-key" => tags.any(|tag| tag.key.starts_with(value)),
        "tag-value" => tags.any(|tag| tag.value.starts_with(value)),
        "owning-service" => secret.owning_service.as_deref().is_some_and(|s| s.starts_with(value)),
        "primary-region" => secret.scope.region.as_str().starts_with(value),
        "all" => value.split_whitespace().all(|word| mentions(secret, word)),
        _ => false,
    }
}

fn begins_anycase(text: Option<&str>, value: &str) -> bool {
    text.is_some_and(|text| text.to_lowercase().starts_with(&value.to_lowercase()))
}

/// Whether any attribute has a word that begins with this one, in any case.
fn mentions(secret: &Secret, word: &str) -> bool {
    let word = word.to_lowercase();
    let texts = [Some(secret.name.as_str()), secret.description.as_deref(), secret.owning_service.as_deref()];
    let tags = secret.tags.iter().flat_map(|tag| [tag.key.as_str(), tag.value.as_str()]);
    texts.into_iter().flatten().chain(tags).any(|text| {
        text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|part| part.starts_with(&word))
            || text.to_lowercase().starts_with(&word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Tag;
    use base::{Scope, Timestamp};

    fn check(key: &str, values: &[&str]) -> bool {
        let mut secret = Secret::new(Scope::default(), "prod/Orders".into(), "abcdef".into(), Timestamp(0));
        secret.description = Some("Database of Orders".into());
        secret.tags = vec![Tag { key: "team".into(), value: "Blue".into() }];
        let values = values.iter().map(ToString::to_string).collect();
        passes(&secret, &[Filter { key: Some(key.into()), values: Some(values) }])
    }

    #[test]
    fn filters_match_prefixes() {
        assert!(check("name", &["prod/"]) && check("name", &["test", "prod"]));
        assert!(!check("name", &["orders"]) && !check("name", &["PROD"]));
        assert!(check("description", &["database of"]) && !check("description", &["orders"]));
        assert!(check("tag-key", &["te"]) && check("tag-value", &["Bl"]) && !check("tag-value", &["bl"]));
        assert!(check("all", &["orders blue"]) && !check("all", &["orders red"]));
        assert!(check("primary-region", &["us-east-1"]) && !check("owning-service", &["rds"]));
    }

    #[test]
    fn an_exclamation_mark_asks_for_the_opposite() {
        assert!(!check("name", &["!prod"]) && check("name", &["!test"]));
        assert!(check("name", &["prod", "!test"]) && !check("name", &["prod", "!prod/O"]));
    }
}
