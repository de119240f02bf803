//! Filter patterns: what FilterLogEvents, subscription filters and metric filters look for.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>
//!
//! Three kinds: terms of unstructured events, conditions on JSON events (`{ $.x = 1 }`), and columns of
//! space-delimited events (`[a, b = 1, ...]`). Regular expressions (`%x%`) may be part of each.

mod columns;
mod comparison;
mod json;
mod scan;
mod terms;

use columns::Columns;
use json::Json;
use std::collections::BTreeMap;
use terms::Terms;

/// Of a pattern for JSON or columns.
const REGULAR_EXPRESSIONS: usize = 2;

#[derive(Debug, Clone, PartialEq)]
pub enum FilterPattern {
    Terms(Terms),
    Json(Json),
    Columns(Columns),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("Invalid character(s) in term '{0}'")]
    Term(String),
    #[error("Invalid filter pattern: unclosed quote")]
    Unclosed,
    #[error("Invalid filter pattern")]
    Malformed,
}

impl FilterPattern {
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        match text.chars().next() {
            Some('{') => Json::parse(text).map(Self::Json),
            Some('[') => Columns::parse(text).map(Self::Columns),
            _ => Terms::parse(text).map(Self::Terms),
        }
    }

    pub fn matches(&self, message: &str) -> bool {
        match self {
            Self::Terms(terms) => terms.matches(message),
            Self::Json(json) => json.matches(message),
            Self::Columns(columns) => columns.extract(message).is_some(),
        }
    }

    /// What a matching event's columns hold, by `$name` or `$position`; nothing of other kinds of events.
    pub fn extract(&self, message: &str) -> Option<BTreeMap<String, String>> {
        match self {
            Self::Columns(columns) => columns.extract(message),
            _ => self.matches(message).then(BTreeMap::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAIL: &str = r#"{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"], "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": null, "cluster.name": "c", "latency": 55.5, "errorCode": 400, "ThisFlag": true}"#;
    const USERS: &str = r#"{"user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
        "actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]]}"#;
    const ACCESS: &str =
        r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#;

    /// The documented examples.
    #[test]
    fn structured_patterns_match_as_documented() {
        for (pattern, message, want) in [
            (r#"{ $.eventType = "UpdateTrail" }"#, TRAIL, true),
            ("{ $.sourceIPAddress != 123.123.* }", TRAIL, true),
            ("{ $.sourceIPAddress = 111.111.* }", TRAIL, true),
            (r#"{ $.arrayKey[0] = "value" }"#, TRAIL, true),
            (r#"{ $.arrayKey = "value" }"#, TRAIL, false),
            (r#"{ $.arrayKey != "value" }"#, TRAIL, false),
            ("{ $.objectList[1].id = 2 }", TRAIL, true),
            ("{ $.objectList[*].id = 2 }", TRAIL, true),
            ("{ $.SomeObject IS NULL }", TRAIL, true),
            ("{ $.eventType IS NULL }", TRAIL, false),
            ("{ $.SomeOtherObject NOT EXISTS }", TRAIL, true),
            ("{ $.SomeObject NOT EXISTS }", TRAIL, false),
            ("{ $.ThisFlag IS TRUE }", TRAIL, true),
            ("{ $.ThisFlag IS FALSE }", TRAIL, false),
            ("{ $.['cluster.name'] = \"c\" }", TRAIL, true),
            ("{ $.latency >= 50 && $.latency < 1e2 }", TRAIL, true),
            ("{ $.latency > +100 }", TRAIL, false),
            ("{ $.latency = * }", TRAIL, true),
            ("{ $.absent = * }", TRAIL, false),
            ("{ $.absent != x }", TRAIL, false),
            ("{ $.errorCode = 400 }", TRAIL, true),
            ("{ $.errorCode != 500 }", TRAIL, true),
            ("{ $.eventType = *Trail }", TRAIL, true),
            ("{ $.eventType = Up*Trail }", TRAIL, false),
            ("{ $.eventType = %Up[a-z]+T% }", TRAIL, true),
            ("{ $.eventType != %^Up% }", TRAIL, false),
            ("{ $.eventType = \"UpdateTrail\" }", "not JSON", false),
            (r#"{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }"#, USERS, true),
            (r#"{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }"#, USERS, false),
            (
                r#"{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }"#,
                USERS,
                true,
            ),
            (
                r#"{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }"#,
                USERS,
                false,
            ),
            ("[w1=ERROR, w2]", "ERROR message", true),
            ("[w1=ERROR, w2]", "ERROR WARN message", false),
            ("[w1=ERROR || w1=WARN, w2]", "WARN message", true),
            ("[w1!=ERROR && w1!=WARN, w2]", "INFO message", true),
            ("[w1!=ERROR && w1!=WARN, w2]", "WARN message", false),
            ("[ip, user, username, timestamp, request, status_code = 4*, bytes > 1000]", ACCESS, true),
            (
                "[ip, user, username, timestamp, request, status_code = 4* && status_code != 404, bytes]",
                ACCESS,
                false,
            ),
            ("[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]", ACCESS, true),
            ("[..., request = %GET .index%, status_code, bytes]", ACCESS, true),
            ("[ip, user, ...]", ACCESS, true),
            ("[..., bytes < 1000]", ACCESS, false),
            ("[a, b]", ACCESS, false),
            ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true),
            ("%4[0-9]{2}% -SUCCESS", "[ERROR 401] UNAUTHORIZED REQUEST", true),
            ("%^SUCCESS%", "[SUCCESS 200] AUTHORIZED REQUEST", false),
        ] {
            let parsed = FilterPattern::parse(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
            assert_eq!(parsed.matches(message), want, "{pattern} on {message}");
            assert_eq!(parsed.extract(message).is_some(), want, "{pattern} on {message}");
        }
    }

    #[test]
    fn columns_are_extracted_by_name_or_position() {
        let pattern = FilterPattern::parse("[..., request=*.html*, status_code=4*,]").unwrap();
        let fields = pattern.extract(ACCESS).unwrap();
        let shown: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            shown.join("|"),
            "$1=127.0.0.1|$2=-|$3=frank|$4=10/Oct/2000:13:25:15 -0700|$7=1534|$request=GET /index.html HTTP/1.0|$status_code=404"
        );
        assert_eq!(FilterPattern::parse("ERROR").unwrap().extract("ERROR 1"), Some(BTreeMap::new()));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for pattern in [
            "{",
            "{ }",
            "{ $.a }",
            "{ $.a = }",
            "{ $.a = 1",
            "{ a = 1 }",
            "{ $.a > x }",
            "{ $.a = 1 && }",
            "{ ($.a = 1 }",
            "{ $.a[x] = 1 }",
            "{ $.a IS BIG }",
            "{ $.a = 1 } x",
            "{ $.a = %x% && $.b = %x% && $.c = %x% }",
            "[",
            "[a",
            "[a b]",
            "[a, ..., b, ...]",
            "[a > x]",
            "[a = 1 && b = 2]",
            "[a] x",
            "{ $.a = %(x)% }",
            "%x",
            "%[%",
            "{ $.a = \"x }",
        ] {
            assert!(FilterPattern::parse(pattern).is_err(), "{pattern}");
        }
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(1000), ")".repeat(1000));
        assert_eq!(FilterPattern::parse(&deep), Err(PatternError::Malformed), "depth is bounded");
    }
}
