//! A subscription as it is asked for, with AWS's limits.
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html>
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html>

use serde_json::Value;
use std::ops::RangeInclusive;
use std::time::Duration;

const MAX_ITEMS: RangeInclusive<u64> = 1000..=10_000;
const MAX_BYTES: RangeInclusive<u64> = 262_144..=1_048_576;
const TIMEOUT_MS: RangeInclusive<u64> = 25..=30_000;
const TIMEOUT_MS_DEFAULT: u64 = 1000;
const TYPES: [&str; 3] = ["platform", "function", "extension"];
/// What the environment calls itself.
const HOSTS: [&str; 2] = ["sandbox.localdomain", "sandbox"];
/// The runtime API's own.
const RESERVED_PORT: u16 = 9001;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    Telemetry,
    Logs,
}

impl Api {
    /// The event that tells of a new subscription.
    pub fn subscription_event(self) -> &'static str {
        match self {
            Self::Telemetry => "platform.telemetrySubscription",
            Self::Logs => "platform.logsSubscription",
        }
    }

    /// How a line of the log begins that tells of a subscription.
    pub fn word(self) -> &'static str {
        match self {
            Self::Telemetry => "TELEMETRY",
            Self::Logs => "LOGS",
        }
    }

    pub fn invalid(self) -> &'static str {
        match self {
            Self::Telemetry => "ValidationError",
            Self::Logs => "Logs.ValidationError",
        }
    }

    /// The error when initialisation has ended.
    pub fn closed(self) -> (&'static str, &'static str) {
        match self {
            Self::Telemetry => {
                ("Telemetry.SubscriptionClosed", "Telemetry API subscription is closed already")
            }
            Self::Logs => ("Logs.SubscriptionClosed", "Logs API subscription is closed already"),
        }
    }

    fn items_default(self) -> u64 {
        match self {
            Self::Telemetry => 1000,
            Self::Logs => 10_000,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    Logs2020,
    Logs2021,
    Telemetry2022July,
    Telemetry2022December,
    Telemetry2025,
}

impl Schema {
    fn named(name: &str) -> Option<Self> {
        match name {
            "2020-08-15" => Some(Self::Logs2020),
            "2021-03-18" => Some(Self::Logs2021),
            "2022-07-01" => Some(Self::Telemetry2022July),
            "2022-12-13" => Some(Self::Telemetry2022December),
            "2025-01-29" => Some(Self::Telemetry2025),
            _ => None,
        }
    }

    pub fn is_of(self, api: Api) -> bool {
        let of_logs = matches!(self, Self::Logs2020 | Self::Logs2021);
        of_logs == (api == Api::Logs)
    }
}

/// Where messages go, inside the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Http { host: String, port: u16, path: String },
    Tcp { port: u16 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buffering {
    pub max_items: usize,
    pub max_bytes: usize,
    pub timeout: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub schema: Schema,
    pub types: Vec<String>,
    pub destination: Destination,
    pub buffering: Buffering,
}

impl Subscription {
    /// Reads what was asked; otherwise everything that is wrong with it, in one text.
    pub fn read(api: Api, body: &[u8]) -> Result<Self, String> {
        let document: Value =
            serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))?;
        let mut wrong = Vec::new();
        let schema = schema(api, &document, &mut wrong);
        let destination = destination(document.get("destination"), &mut wrong);
        let types = types(document.get("types"), &mut wrong);
        let buffering = buffering(api, document.get("buffering"), &mut wrong);
        match (schema, destination) {
            (Some(schema), Some(destination)) if wrong.is_empty() => {
                Ok(Self { schema, types, destination, buffering })
            }
            _ => Err(wrong.join("; ")),
        }
    }
}

/// The older API's version could be left out.
fn schema(api: Api, document: &Value, wrong: &mut Vec<String>) -> Option<Schema> {
    let found = match (document.get("schemaVersion"), api) {
        (None | Some(Value::Null), Api::Logs) => Some(Schema::Logs2020),
        (Some(Value::String(name)), _) => Schema::named(name).filter(|schema| schema.is_of(api)),
        _ => None,
    };
    if found.is_none() {
        wrong.push("schemaVersion is not valid".to_owned());
    }
    found
}

fn destination(wanted: Option<&Value>, wrong: &mut Vec<String>) -> Option<Destination> {
    let Some(wanted) = wanted.filter(|wanted| wanted.is_object()) else {
        wrong.push("destination is not provided".to_owned());
        return None;
    };
    let found = match wanted.get("protocol").and_then(Value::as_str) {
        Some("HTTP") => http(wanted.get("URI").and_then(Value::as_str).unwrap_or_default()),
        Some("TCP") => tcp(wanted),
        _ => Err("protocol is not valid"),
    };
    found.map_err(|why| wrong.push(why.to_owned())).ok()
}

fn http(uri: &str) -> Result<Destination, &'static str> {
    let uri: http::Uri = uri.parse().map_err(|_| "URI is not valid")?;
    let host = uri.host().unwrap_or_default();
    if uri.scheme_str() != Some("http") || !HOSTS.contains(&host) {
        return Err("URI is not valid: it must be http://sandbox.localdomain:PORT");
    }
    let port = uri.port_u16().ok_or("URI port is not provided")?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    Ok(Destination::Http { host: host.to_owned(), port: usable(port)?, path })
}

/// The older API gives the port, the newer one may give an address.
fn tcp(wanted: &Value) -> Result<Destination, &'static str> {
    let given = wanted.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
    let uri = wanted.get("URI").and_then(Value::as_str).unwrap_or_default();
    let of_uri = uri.rsplit_once(':').and_then(|(_, port)| port.trim_end_matches('/').parse().ok());
    let port = given.or(of_uri).filter(|port| *port > 0).ok_or("port is not provided")?;
    Ok(Destination::Tcp { port: usable(port)? })
}

fn usable(port: u16) -> Result<u16, &'static str> {
    if port == RESERVED_PORT { Err("port 9001 is reserved") } else { Ok(port) }
}

fn types(wanted: Option<&Value>, wrong: &mut Vec<String>) -> Vec<String> {
    let given: Vec<&Value> = wanted.and_then(Value::as_array).into_iter().flatten().collect();
    if given.is_empty() {
        wrong.push("types should not be empty".to_owned());
    }
    let mut types: Vec<String> = Vec::new();
    for value in given {
        match value.as_str().filter(|name| TYPES.contains(name)) {
            Some(name) if types.iter().any(|known| known == name) => {}
            Some(name) => types.push(name.to_owned()),
            None => wrong.push(format!("type {value} is not valid")),
        }
    }
    types
}

fn buffering(api: Api, wanted: Option<&Value>, wrong: &mut Vec<String>) -> Buffering {
    let mut number = |name: &str, range: RangeInclusive<u64>, default: u64| {
        let given = match wanted.and_then(|wanted| wanted.get(name)) {
            None | Some(Value::Null) => return default,
            Some(value) => value.as_u64(),
        };
        if let Some(number) = given.filter(|number| range.contains(number)) {
            return number;
        }
        wrong.push(format!("{name} must be between {} and {}", range.start(), range.end()));
        default
    };
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Buffering {
        max_items: size(number("maxItems", MAX_ITEMS, api.items_default())),
        max_bytes: size(number("maxBytes", MAX_BYTES, *MAX_BYTES.start())),
        timeout: Duration::from_millis(number("timeoutMs", TIMEOUT_MS, TIMEOUT_MS_DEFAULT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(api: Api, body: &str, expected: Expect) {
        let text = match Subscription::read(api, body.as_bytes()) {
            Ok(read) => format!("{read:?}"),
            Err(wrong) => wrong,
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn both_apis_have_their_defaults() {
        check(
            Api::Telemetry,
            r#"{"schemaVersion":"2022-12-13","types":["platform","platform","function"],"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:4243"}}"#,
            expect![[
                r#"Subscription { schema: Telemetry2022December, types: ["platform", "function"], destination: Http { host: "sandbox.localdomain", port: 4243, path: "/" }, buffering: Buffering { max_items: 1000, max_bytes: 262144, timeout: 1s } }"#
            ]],
        );
        check(
            Api::Logs,
            r#"{"types":["extension"],"destination":{"protocol":"TCP","port":8080},"buffering":{"maxItems":2000,"timeoutMs":25}}"#,
            expect![[
                r#"Subscription { schema: Logs2020, types: ["extension"], destination: Tcp { port: 8080 }, buffering: Buffering { max_items: 2000, max_bytes: 262144, timeout: 25ms } }"#
            ]],
        );
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        check(
            Api::Logs,
            r#"{"types":[],"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain"}}"#,
            expect!["URI port is not provided; types should not be empty"],
        );
        check(
            Api::Telemetry,
            r#"{"schemaVersion":"2020-08-15","types":["x"],"destination":{"protocol":"HTTP","URI":"http://169.254.169.254:80"},"buffering":{"maxItems":1,"maxBytes":5,"timeoutMs":90000}}"#,
            expect![[
                r#"schemaVersion is not valid; URI is not valid: it must be http://sandbox.localdomain:PORT; type "x" is not valid; maxItems must be between 1000 and 10000; maxBytes must be between 262144 and 1048576; timeoutMs must be between 25 and 30000"#
            ]],
        );
        check(
            Api::Telemetry,
            r#"{"schemaVersion":"2022-07-01","types":["platform"],"destination":{"protocol":"TCP","URI":"tcp://sandbox.localdomain:9001"}}"#,
            expect!["port 9001 is reserved"],
        );
    }
}
