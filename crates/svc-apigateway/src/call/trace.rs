//! Execution logs: what happened to a request on its way, for the API's owner. Nothing is made of it unless the
//! stage logs the method; secrets of the request stand in no line.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>

use super::{Aimed, Answered, Known, Refusal};
use crate::state::{LogLevel, Logging};
use std::fmt::Write;
use wire::http::Request;

/// Bytes of a line; AWS cuts what is longer.
const LINE_BYTES: usize = 1024;
const CUT: &str = "[TRUNCATED]";
/// Headers whose values are secrets.
const SECRET: [&str; 5] =
    ["authorization", "proxy-authorization", "x-api-key", "x-amz-security-token", "cookie"];
/// Values of a signed query that are secrets.
const SECRET_QUERY: [&str; 2] = ["x-amz-security-token", "x-amz-signature"];
/// A token is a secret without its scheme too, if it is as long as this.
const SHORTEST_TOKEN: usize = 8;
/// The end of a secret that is shown, so that its owner recognises it; a short one shows nothing.
const SHOWN: usize = 6;
const SHORTEST_SHOWN: usize = 20;

/// What is to be written down of one request.
#[derive(Debug)]
pub(crate) struct Trace {
    request_id: String,
    logging: Logging,
    secrets: Vec<String>,
    pub(super) lines: Vec<String>,
}

impl Trace {
    /// None where the stage does not log the method.
    pub(super) fn of(aimed: &Aimed<'_>) -> Option<Self> {
        if aimed.stage.logging.is_empty() {
            return None;
        }
        let logging = *aimed.of_method(&aimed.stage.logging)?.1;
        if logging.level == LogLevel::Off {
            return None;
        }
        let mut trace = Self::new(aimed.request.http, aimed.request.request_id, logging);
        trace.begin(aimed);
        Some(trace)
    }

    fn new(http: &Request, request_id: &str, logging: Logging) -> Self {
        let mut secrets = secrets(http);
        // A secret within another goes after it.
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self { request_id: request_id.to_owned(), logging, secrets, lines: Vec::new() }
    }

    fn begin(&mut self, aimed: &Aimed<'_>) {
        let request = aimed.request;
        self.info(|| format!("Extended Request Id: {}", request.request_id));
        self.info(|| format!("Starting execution for request: {}", request.request_id));
        let (verb, path) = (&request.http.method, &aimed.matched.resource.path);
        self.info(|| format!("HTTP Method: {verb}, Resource Path: {path}"));
        let parameters = aimed.matched.parameters.iter();
        self.data(|_| format!("Method request path: {}", braced(parameters)));
        self.data(|_| {
            let query = super::payload::query(request.http);
            format!("Method request query string: {}", braced(query.iter().map(|(n, v)| (n, v))))
        });
        self.data(|_| format!("Method request headers: {}", headers(&request.http.headers)));
        self.data(|own| {
            format!("Method request body before transformations: {}", own.body(&request.http.body))
        });
    }

    fn info(&mut self, line: impl FnOnce() -> String) {
        if self.logging.level == LogLevel::Info {
            self.note(&line());
        }
    }

    fn data(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.logging.level == LogLevel::Info && self.logging.traces_data {
            self.note(&line(self));
        }
    }

    /// The beginning of a body: what comes after is cut anyway. It does not end within a secret, of which the
    /// beginning would not be known for one.
    fn body(&self, body: &[u8]) -> String {
        let Some(start) = body.get(..LINE_BYTES * 4) else {
            return String::from_utf8_lossy(body).into_owned();
        };
        let mut text = String::from_utf8_lossy(start).trim_end_matches('\u{fffd}').to_owned();
        let begun = |secret: &String| {
            let parts = secret.char_indices().rev().filter_map(|(end, _)| secret.get(..end));
            parts.map(str::len).find(|end| secret.get(..*end).is_some_and(|part| text.ends_with(part)))
        };
        let begun = self.secrets.iter().filter_map(begun).max().unwrap_or_default();
        text.truncate(text.len() - begun);
        text
    }

    fn note(&mut self, text: &str) {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), &masked(secret));
            }
        }
        if text.len() > LINE_BYTES {
            let end = (0..=LINE_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
            text.truncate(end);
            text.push_str(CUT);
        }
        self.lines.push(format!("({}) {text}", self.request_id));
    }

    /// That the usage plan let it through, or none was asked.
    pub(super) fn admitted(&mut self, aimed: &Aimed<'_>, known_key: Option<&str>) {
        let (api, stage) = (&aimed.api.id, &aimed.stage.name);
        let (verb, path) = (&aimed.request.http.method, &aimed.matched.resource.path);
        self.info(|| match known_key {
            Some(key) => {
                format!("Usage Plan check succeeded for API Key {} and API Stage {api}/{stage}", masked(key))
            }
            None => format!(
                "API Key  authorized because method '{verb} {path}' does not require API Key. Request will not contribute to throttle or quota limits"
            ),
        });
    }

    /// What goes to the integration.
    pub(super) fn sending(&mut self, uri: &str, sent: &[(String, String)], sent_body: &[u8]) {
        self.data(|_| format!("Endpoint request URI: {uri}"));
        self.data(|_| format!("Endpoint request headers: {}", headers(sent)));
        self.data(|own| format!("Endpoint request body after transformations: {}", own.body(sent_body)));
        self.info(|| format!("Sending request to {uri}"));
    }

    /// What came back from it.
    pub(super) fn received(&mut self, got: &[(String, String)], got_body: &[u8]) {
        self.data(|_| format!("Endpoint response headers: {}", headers(got)));
        self.data(|own| format!("Endpoint response body before transformations: {}", own.body(got_body)));
    }

    /// How it ended.
    fn end(&mut self, status: Option<u16>, latency_ms: Option<i64>, answered: &Answered) {
        if let (Some(status), Some(latency)) = (status, latency_ms) {
            self.info(|| format!("Received response. Status: {status}, Integration latency: {latency} ms"));
        }
        let response = &answered.response;
        self.data(|own| format!("Method response body after transformations: {}", own.body(&response.body)));
        self.data(|_| format!("Method response headers: {}", headers(&response.headers)));
        match &answered.refused {
            None => self.info(|| "Successfully completed execution".to_owned()),
            Some(refusal) => self.note(&failed(refusal)),
        }
        let line = format!("Method completed with status: {}", response.status);
        match answered.refused {
            Some(_) => self.note(&line),
            None => self.info(|| line),
        }
    }
}

/// All lines of a request that is over; none where nothing is logged.
pub(super) fn ended(known: &mut Known, answered: &Answered) -> Vec<String> {
    let Some(mut trace) = known.trace.take() else { return Vec::new() };
    trace.end(known.integration_status, known.integration_latency_ms, answered);
    trace.lines
}

fn failed(refusal: &Refusal) -> String {
    match refusal.status {
        500.. => format!("Execution failed due to configuration error: {}", refusal.reason),
        _ => format!("Execution failed: {}", refusal.reason),
    }
}

/// `{name=value, name=value}`.
fn braced<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let mut out = String::from("{");
    for (n, (name, value)) in pairs.enumerate() {
        let _ = write!(out, "{}{name}={value}", if n > 0 { ", " } else { "" });
    }
    out.push('}');
    out
}

/// Also those that the request did not bring: an integration may have secrets of its own.
fn headers(headers: &[(String, String)]) -> String {
    let shown = |(name, value): &(String, String)| {
        let value = if is_secret(name) { masked(value) } else { value.clone() };
        (name.clone(), value)
    };
    let shown: Vec<_> = headers.iter().map(shown).collect();
    braced(shown.iter().map(|(name, value)| (name, value)))
}

fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

/// The secrets that a request brings, in all forms in which they are written down.
fn secrets(http: &Request) -> Vec<String> {
    let mut secrets: Vec<String> = Vec::new();
    for (_, value) in http.headers.iter().filter(|(name, _)| is_secret(name)) {
        let token = value.split_once(' ').map(|(_, token)| token.trim());
        secrets.extend(token.filter(|token| token.len() >= SHORTEST_TOKEN).map(str::to_owned));
        secrets.push(value.clone());
    }
    for pair in http.query.split('&') {
        let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else { continue };
        if SECRET_QUERY.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
            secrets.extend(pair.split_once('=').map(|(_, raw)| raw.to_owned()));
            secrets.push(value.into_owned());
        }
    }
    // As a function's event has them.
    let in_json = |secret: &String| {
        let quoted = serde_json::Value::from(secret.as_str()).to_string();
        quoted.strip_prefix('"')?.strip_suffix('"').map(str::to_owned)
    };
    let quoted: Vec<String> = secrets.iter().filter_map(in_json).collect();
    secrets.extend(quoted);
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

/// Stars, and the end of a secret that is long enough for that to tell nothing.
fn masked(secret: &str) -> String {
    let length = secret.chars().count();
    let shown = if length >= SHORTEST_SHOWN { SHOWN } else { 0 };
    let end: String = secret.chars().skip(length - shown).collect();
    "*".repeat((length - shown).min(SHORTEST_SHOWN)) + &end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(level: LogLevel, traces_data: bool) -> Trace {
        let http = Request {
            headers: vec![("Authorization".to_owned(), "Bearer 0123456789abcdefghij".to_owned())],
            ..Request::default()
        };
        Trace::new(&http, "r-1", Logging { level, traces_data })
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let mut trace = trace(LogLevel::Info, true);
        trace.data(|_| "a=Bearer 0123456789abcdefghij, {\"b\":\"Bearer 0123456789abcdefghij\"}".to_owned());
        let stars = "*".repeat(20);
        assert_eq!(trace.lines, [format!("(r-1) a={stars}efghij, {{\"b\":\"{stars}efghij\"}}")]);
        assert_eq!((masked("secret"), masked("")), ("******".to_owned(), String::new()));
    }

    #[test]
    fn secrets_are_masked_in_all_their_forms() {
        let token = "abcdefghijklmnopqrstuvwxyz";
        let http = Request {
            headers: vec![
                ("cookie".to_owned(), format!("s=\"{token}\"")),
                ("authorization".to_owned(), format!("Bearer {token}0")),
            ],
            query: format!("a=b&X-Amz-Security-Token=%2F{token}1"),
            ..Request::default()
        };
        let mut trace = Trace::new(&http, "r-1", Logging { level: LogLevel::Info, traces_data: true });
        let event = serde_json::json!({ "cookie": http.headers[0].1, "token": format!("{token}0") });
        let query = braced(super::super::payload::query(&http).iter().map(|(n, v)| (n, v)));
        let own = headers(&[("X-Api-Key".to_owned(), token.to_owned())]);
        trace.data(|_| format!("{event} {query} {} {own}", http.query));
        let line = &trace.lines[0];
        assert!(!line.contains("abcdef") && line.contains("a=b") && line.contains("vwxyz1"), "{line}");
    }

    #[test]
    fn a_body_is_not_cut_within_a_secret() {
        let token = "s3cr3t-".repeat(300);
        let http =
            Request { headers: vec![("authorization".to_owned(), token.clone())], ..Request::default() };
        let mut trace = Trace::new(&http, "r-1", Logging { level: LogLevel::Info, traces_data: true });
        // The first is masked, and makes room in the line for the second, which is not all there.
        trace.data(|own| own.body(format!("{{\"a\":\"{token}\",\"b\":\"{token}{token}\"}}").as_bytes()));
        assert!(!trace.lines[0].contains("s3cr3t-s3"), "{:?}", trace.lines);
        assert_eq!(trace.body(b"short"), "short");
    }

    #[test]
    fn a_level_writes_its_lines_only() {
        for (level, traces_data, count) in
            [(LogLevel::Error, true, 1), (LogLevel::Info, false, 2), (LogLevel::Info, true, 3)]
        {
            let mut trace = trace(level, traces_data);
            trace.info(|| "info".to_owned());
            trace.data(|_| "data".to_owned());
            trace.note("error");
            assert_eq!(trace.lines.len(), count, "{level:?} {traces_data}");
        }
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let mut trace = trace(LogLevel::Error, false);
        trace.note(&"ä".repeat(1000));
        assert!(trace.lines[0].ends_with("ä[TRUNCATED]") && trace.lines[0].len() < 1100);
    }
}
