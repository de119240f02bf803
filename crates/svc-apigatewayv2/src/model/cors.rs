//! What an HTTP API itself says to browsers: it answers their questions ahead, and puts its own
//! headers over those of what is behind it.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>

use crate::state::Cors;
use wire::http::{Request, Response};

const PREFIX: &str = "access-control-";

/// Whether a request is a browser's question whether it may.
pub fn is_preflight(request: &Request) -> bool {
    request.method == "OPTIONS"
        && request.header("origin").is_some()
        && request.header("access-control-request-method").is_some()
}

/// The answer to it. What is not allowed is not named.
pub fn preflight(cors: &Cors, request: &Request) -> Response {
    let mut response = Response { status: 204, ..Response::default() };
    let Some(origin) = request.header("origin").and_then(|origin| allowed(cors, origin)) else {
        return response;
    };
    put(&mut response, "allow-origin", &origin);
    put(&mut response, "allow-methods", &list(cors.allow_methods.as_deref()));
    put(&mut response, "allow-headers", &list(cors.allow_headers.as_deref()));
    put(&mut response, "expose-headers", &list(cors.expose_headers.as_deref()));
    if let Some(seconds) = cors.max_age_s {
        put(&mut response, "max-age", &seconds.to_string());
    }
    credentials(cors, &mut response);
    response
}

/// Puts the configured headers on an answer, in place of its own.
pub fn dress(cors: &Cors, request: &Request, response: &mut Response) {
    let Some(origin) = request.header("origin") else { return };
    response.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with(PREFIX));
    let Some(origin) = allowed(cors, origin) else { return };
    put(response, "allow-origin", &origin);
    put(response, "expose-headers", &list(cors.expose_headers.as_deref()));
    credentials(cors, response);
}

fn credentials(cors: &Cors, response: &mut Response) {
    if cors.allow_credentials == Some(true) {
        put(response, "allow-credentials", "true");
    }
}

/// What the origin is told: itself, or that all are allowed. `https://*` allows all of its scheme.
fn allowed(cors: &Cors, origin: &str) -> Option<String> {
    let origins = cors.allow_origins.as_deref().unwrap_or_default();
    if origins.iter().any(|one| one == "*") {
        return Some("*".to_owned());
    }
    let same = |one: &String| {
        one.eq_ignore_ascii_case(origin)
            || one.strip_suffix('*').is_some_and(|scheme| origin.starts_with(scheme))
    };
    origins.iter().any(same).then(|| origin.to_owned())
}

fn list(configured: Option<&[String]>) -> String {
    configured.unwrap_or_default().join(",")
}

fn put(response: &mut Response, name: &str, value: &str) {
    if !value.is_empty() {
        response.headers.push((format!("{PREFIX}{name}"), value.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(origin: &str, expected: Expect) {
        let some = |texts: &[&str]| Some(texts.iter().map(|t| (*t).to_owned()).collect());
        let cors = Cors {
            allow_origins: some(&["https://a.example", "http://*"]),
            allow_methods: some(&["GET", "POST"]),
            allow_headers: some(&["x-own"]),
            expose_headers: some(&["date"]),
            max_age_s: Some(60),
            allow_credentials: Some(true),
        };
        let headers = vec![
            ("origin".to_owned(), origin.to_owned()),
            ("access-control-request-method".to_owned(), "POST".to_owned()),
        ];
        let request = Request { method: "OPTIONS".to_owned(), headers, ..Request::default() };
        assert!(is_preflight(&request));
        let own = vec![("Access-Control-Allow-Origin".to_owned(), "own".to_owned())];
        let mut answer = Response { status: 201, headers: own, ..Response::default() };
        dress(&cors, &request, &mut answer);
        let asked = preflight(&cors, &request);
        expected.assert_eq(&format!("{} {:?}\n{:?}", asked.status, asked.headers, answer.headers));
    }

    #[test]
    fn browsers_are_answered_and_told() {
        check(
            "https://a.example",
            expect![[r#"
                204 [("access-control-allow-origin", "https://a.example"), ("access-control-allow-methods", "GET,POST"), ("access-control-allow-headers", "x-own"), ("access-control-expose-headers", "date"), ("access-control-max-age", "60"), ("access-control-allow-credentials", "true")]
                [("access-control-allow-origin", "https://a.example"), ("access-control-expose-headers", "date"), ("access-control-allow-credentials", "true")]"#]],
        );
        check(
            "https://b.example",
            expect![[r#"
            204 []
            []"#]],
        );
        check(
            "http://any.example",
            expect![[r#"
                204 [("access-control-allow-origin", "http://any.example"), ("access-control-allow-methods", "GET,POST"), ("access-control-allow-headers", "x-own"), ("access-control-expose-headers", "date"), ("access-control-max-age", "60"), ("access-control-allow-credentials", "true")]
                [("access-control-allow-origin", "http://any.example"), ("access-control-expose-headers", "date"), ("access-control-allow-credentials", "true")]"#]],
        );
    }
}
