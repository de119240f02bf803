//! Conditions of rules, as the API takes and gives them.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html>

use crate::invalid::validation;
use crate::state::Condition;
use crate::{CONDITION_VALUES_PER_RULE_MAX, api};
use ipnet::IpNet;
use service::ServiceError;

const VALUE_MAX: usize = 128;
const METHOD_MAX: usize = 40;

/// Reads a rule's conditions.
pub fn read(given: Option<Vec<api::RuleCondition>>) -> Result<Vec<Condition>, ServiceError> {
    let given = given.unwrap_or_default();
    if given.is_empty() {
        return Err(validation("A condition must be specified"));
    }
    let read: Vec<Condition> = given.into_iter().map(one).collect::<Result<_, _>>()?;
    let count: usize = read.iter().map(|condition| values(condition).len()).sum();
    if count > CONDITION_VALUES_PER_RULE_MAX {
        return Err(validation(format!(
            "A rule can only have '{CONDITION_VALUES_PER_RULE_MAX}' condition values"
        )));
    }
    Ok(read)
}

fn one(given: api::RuleCondition) -> Result<Condition, ServiceError> {
    let field = given.field.clone().unwrap_or_default();
    let condition = match field.as_str() {
        "host-header" => {
            let config = given.host_header_config.unwrap_or_default();
            let values = either(given.values, config.values)?;
            alternatives(
                values,
                either(given.regex_values, config.regex_values)?,
                Condition::Host,
                Condition::HostLike,
            )?
        }
        "path-pattern" => {
            let config = given.path_pattern_config.unwrap_or_default();
            let values = either(given.values, config.values)?;
            alternatives(
                values,
                either(given.regex_values, config.regex_values)?,
                Condition::Path,
                Condition::PathLike,
            )?
        }
        "http-header" => {
            let config = given.http_header_config.unwrap_or_default();
            let name = config.http_header_name.filter(|name| !name.is_empty());
            let name = name.ok_or_else(|| validation("A condition value must be specified"))?;
            let like = name.clone();
            alternatives(
                config.values.unwrap_or_default(),
                either(given.regex_values, config.regex_values)?,
                |values| Condition::Header { name, values },
                |values| Condition::HeaderLike { name: like, values },
            )?
        }
        "http-request-method" => {
            Condition::Method(given.http_request_method_config.and_then(|c| c.values).unwrap_or_default())
        }
        "query-string" => {
            let pairs = given.query_string_config.and_then(|c| c.values).unwrap_or_default();
            Condition::Query(pairs.into_iter().map(|p| (p.key, p.value.unwrap_or_default())).collect())
        }
        "source-ip" => Condition::SourceIp(given.source_ip_config.and_then(|c| c.values).unwrap_or_default()),
        _ => {
            return Err(validation(format!(
                "Condition field '{field}' must be one of '[path-pattern, host-header, http-header, \
                 http-request-method, query-string, source-ip]'"
            )));
        }
    };
    check(&condition)?;
    Ok(condition)
}

/// A condition has values or regular expressions, not both.
fn alternatives(
    values: Vec<String>,
    expressions: Vec<String>,
    plain: impl FnOnce(Vec<String>) -> Condition,
    like: impl FnOnce(Vec<String>) -> Condition,
) -> Result<Condition, ServiceError> {
    match (values.is_empty(), expressions.is_empty()) {
        (_, true) => Ok(plain(values)),
        (true, false) => Ok(like(expressions)),
        (false, false) => Err(validation("You cannot specify both Values and RegexValues for a condition")),
    }
}

/// The values of the old form or of the new one, not of both.
fn either(old: Option<Vec<String>>, new: Option<Vec<String>>) -> Result<Vec<String>, ServiceError> {
    match (old.filter(|v| !v.is_empty()), new.filter(|v| !v.is_empty())) {
        (Some(old), Some(new)) if old != new => {
            Err(validation("You cannot specify both Values and a configuration for a condition"))
        }
        (Some(values), _) | (None, Some(values)) => Ok(values),
        (None, None) => Ok(Vec::new()),
    }
}

/// All texts of a condition.
fn values(condition: &Condition) -> Vec<&str> {
    match condition {
        Condition::Host(values)
        | Condition::Path(values)
        | Condition::HostLike(values)
        | Condition::PathLike(values)
        | Condition::HeaderLike { values, .. }
        | Condition::Header { values, .. }
        | Condition::Method(values)
        | Condition::SourceIp(values) => values.iter().map(String::as_str).collect(),
        Condition::Query(pairs) => pairs.iter().map(|(_, value)| value.as_str()).collect(),
    }
}

fn check(condition: &Condition) -> Result<(), ServiceError> {
    let values = values(condition);
    if values.is_empty() {
        return Err(validation("A condition value must be specified"));
    }
    if let Some(long) = values.iter().find(|value| value.chars().count() > VALUE_MAX) {
        return Err(validation(format!(
            "Condition value '{long}' cannot be longer than '{VALUE_MAX}' characters"
        )));
    }
    let wrong = match condition {
        Condition::SourceIp(_) => values.iter().find(|value| value.parse::<IpNet>().is_err()),
        Condition::Method(_) => values.iter().find(|value| {
            let is_name = |c: char| c.is_ascii_uppercase() || c == '-' || c == '_';
            value.is_empty() || value.len() > METHOD_MAX || !value.chars().all(is_name)
        }),
        Condition::Host(_) => values.iter().find(|value| {
            !value.chars().all(|c| c.is_ascii_alphanumeric() || "-.*?".contains(c)) || value.is_empty()
        }),
        Condition::Path(_) => {
            values.iter().find(|value| value.is_empty() || value.contains(char::is_whitespace))
        }
        Condition::HostLike(_) | Condition::PathLike(_) | Condition::HeaderLike { .. } => {
            values.iter().find(|value| !balancer::rules::is_expression(value))
        }
        Condition::Header { .. } | Condition::Query(_) => None,
    };
    match wrong {
        Some(value) => Err(validation(format!("Condition value '{value}' is not valid"))),
        None => Ok(()),
    }
}

/// In the shape of the API.
pub fn show(condition: &Condition) -> api::RuleCondition {
    let mut shown = api::RuleCondition::default();
    let field = match condition {
        Condition::Host(values) => {
            shown.values = Some(values.clone());
            shown.host_header_config =
                Some(api::HostHeaderConditionConfig { values: Some(values.clone()), regex_values: None });
            "host-header"
        }
        Condition::Path(values) => {
            shown.values = Some(values.clone());
            shown.path_pattern_config =
                Some(api::PathPatternConditionConfig { values: Some(values.clone()), regex_values: None });
            "path-pattern"
        }
        Condition::HostLike(values) => {
            shown.regex_values = Some(values.clone());
            shown.host_header_config =
                Some(api::HostHeaderConditionConfig { values: None, regex_values: Some(values.clone()) });
            "host-header"
        }
        Condition::PathLike(values) => {
            shown.regex_values = Some(values.clone());
            shown.path_pattern_config =
                Some(api::PathPatternConditionConfig { values: None, regex_values: Some(values.clone()) });
            "path-pattern"
        }
        Condition::HeaderLike { name, values } => {
            shown.http_header_config = Some(api::HttpHeaderConditionConfig {
                http_header_name: Some(name.clone()),
                values: None,
                regex_values: Some(values.clone()),
            });
            "http-header"
        }
        Condition::Header { name, values } => {
            shown.http_header_config = Some(api::HttpHeaderConditionConfig {
                http_header_name: Some(name.clone()),
                values: Some(values.clone()),
                regex_values: None,
            });
            "http-header"
        }
        Condition::Method(values) => {
            shown.http_request_method_config =
                Some(api::HttpRequestMethodConditionConfig { values: Some(values.clone()) });
            "http-request-method"
        }
        Condition::Query(pairs) => {
            let pair = |(key, value): &(Option<String>, String)| api::QueryStringKeyValuePair {
                key: key.clone(),
                value: Some(value.clone()),
            };
            let values = Some(pairs.iter().map(pair).collect());
            shown.query_string_config = Some(api::QueryStringConditionConfig { values });
            "query-string"
        }
        Condition::SourceIp(values) => {
            shown.source_ip_config = Some(api::SourceIpConditionConfig { values: Some(values.clone()) });
            "source-ip"
        }
    };
    shown.field = Some(field.to_owned());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(field: &str, values: &[&str]) -> Result<Vec<Condition>, String> {
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        let mut condition = api::RuleCondition { field: Some(field.to_owned()), ..Default::default() };
        match field {
            "source-ip" => {
                condition.source_ip_config = Some(api::SourceIpConditionConfig { values: Some(values) })
            }
            "http-request-method" => {
                condition.http_request_method_config =
                    Some(api::HttpRequestMethodConditionConfig { values: Some(values) });
            }
            _ => condition.values = Some(values),
        }
        read(Some(vec![condition])).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_read_is_shown_as_it_was() {
        for (field, value) in [
            ("path-pattern", "/a/*"),
            ("host-header", "*.a.b"),
            ("source-ip", "10.0.0.0/8"),
            ("http-request-method", "GET"),
        ] {
            let read = given(field, &[value]).unwrap();
            let shown = read.iter().map(show).collect();
            assert_eq!(super::read(Some(shown)).unwrap(), read, "{field}");
        }
    }

    #[test]
    fn expressions_stand_in_the_place_of_values() {
        let path = |values: Option<&str>, like: Option<&str>| {
            let list = |text: Option<&str>| text.map(|text| vec![text.to_owned()]);
            let config = api::PathPatternConditionConfig { values: list(values), regex_values: list(like) };
            let field = Some("path-pattern".to_owned());
            read(Some(vec![api::RuleCondition {
                field,
                path_pattern_config: Some(config),
                ..Default::default()
            }]))
        };
        let found = path(None, Some("^/a[0-9]+$")).unwrap();
        assert_eq!(found, [Condition::PathLike(vec!["^/a[0-9]+$".to_owned()])]);
        assert_eq!(read(Some(found.iter().map(show).collect())).unwrap(), found);
        for (values, like) in [(Some("/a"), Some("/a")), (None, Some("(")), (None, Some("((a{99}){99}){99}"))]
        {
            assert!(path(values, like).is_err(), "{values:?} {like:?}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (field, values) in [
            ("path-pattern", &[][..]),
            ("path-pattern", &["/a b"]),
            ("path-pattern", &["1", "2", "3", "4", "5", "6"]),
            ("host-header", &["a/b"]),
            ("source-ip", &["10.0.0.0"]),
            ("http-request-method", &["get"]),
            ("moon-phase", &["full"]),
        ] {
            assert!(given(field, values).is_err(), "{field} {values:?}");
        }
    }
}
