//! What Lambda itself says to browsers: it answers their questions ahead, and puts its own
//! headers over the function's.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors>

use crate::model::Cors;
use wire::http::{Request, Response};

const PREFIX: &str = "access-control-";

/// The answer to a browser's question whether it may, or nothing if the request is none.
pub fn preflight(cors: &Cors, request: &Request) -> Option<Response> {
    let method = request.header("access-control-request-method")?;
    if request.method != "OPTIONS" {
        return None;
    }
    let mut response = Response { status: 200, ..Response::default() };
    let Some(origin) = request.header("origin").and_then(|origin| allowed(cors, origin)) else {
        return Some(response);
    };
    put(&mut response, "allow-origin", &origin);
    put(&mut response, "allow-methods", &list(cors.allow_methods.as_deref(), method));
    let headers = request.header("access-control-request-headers").unwrap_or_default();
    put(&mut response, "allow-headers", &list(cors.allow_headers.as_deref(), headers));
    if cors.allow_credentials == Some(true) {
        put(&mut response, "allow-credentials", "true");
    }
    put(&mut response, "max-age", &cors.max_age_s.unwrap_or(0).to_string());
    Some(response)
}

/// Puts the configured headers on the function's answer, in place of its own.
pub fn dress(cors: &Cors, request: &Request, response: &mut Response) {
    let Some(origin) = request.header("origin") else { return };
    response.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with(PREFIX));
    let Some(origin) = allowed(cors, origin) else { return };
    put(response, "allow-origin", &origin);
    put(response, "expose-headers", &list(cors.expose_headers.as_deref(), ""));
    if cors.allow_credentials == Some(true) {
        put(response, "allow-credentials", "true");
    }
    response.headers.push(("vary".to_owned(), "Origin".to_owned()));
}

/// What the origin is told: itself, or that all are allowed.
fn allowed(cors: &Cors, origin: &str) -> Option<String> {
    let origins = cors.allow_origins.as_deref().unwrap_or_default();
    if origins.iter().any(|o| o.eq_ignore_ascii_case(origin)) {
        return Some(origin.to_owned());
    }
    let all = origins.iter().any(|o| o == "*");
    // Browsers take no asterisk with credentials.
    all.then(|| if cors.allow_credentials == Some(true) { origin.to_owned() } else { "*".to_owned() })
}

/// The configured names; an asterisk allows what was asked for.
fn list(configured: Option<&[String]>, asked: &str) -> String {
    let configured = configured.unwrap_or_default();
    if configured.iter().any(|one| one == "*") && !asked.is_empty() {
        return asked.to_owned();
    }
    configured.join(",")
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

    fn cors() -> Cors {
        Cors {
            allow_origins: Some(vec!["https://a.example".to_owned()]),
            allow_methods: Some(vec!["*".to_owned()]),
            allow_headers: Some(vec!["x-own".to_owned()]),
            expose_headers: Some(vec!["date".to_owned()]),
            max_age_s: Some(60),
            ..Cors::default()
        }
    }

    fn check(method: &str, headers: &[(&str, &str)], expected: Expect) {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let request = Request { method: method.to_owned(), headers, ..Request::default() };
        let response = preflight(&cors(), &request).unwrap_or_else(|| {
            let own = vec![("Access-Control-Allow-Origin".to_owned(), "own".to_owned())];
            let mut response = Response { status: 201, headers: own, ..Response::default() };
            dress(&cors(), &request, &mut response);
            response
        });
        expected.assert_eq(&format!("{} {:?}", response.status, response.headers));
    }

    #[test]
    fn browsers_are_answered_and_told() {
        let asked = ("access-control-request-method", "PUT");
        check(
            "OPTIONS",
            &[("origin", "https://a.example"), asked],
            expect![[
                r#"200 [("access-control-allow-origin", "https://a.example"), ("access-control-allow-methods", "PUT"), ("access-control-allow-headers", "x-own"), ("access-control-max-age", "60")]"#
            ]],
        );
        check("OPTIONS", &[("origin", "https://b.example"), asked], expect!["200 []"]);
        check(
            "GET",
            &[("origin", "https://a.example")],
            expect![[
                r#"201 [("access-control-allow-origin", "https://a.example"), ("access-control-expose-headers", "date"), ("vary", "Origin")]"#
            ]],
        );
        check("GET", &[("origin", "https://b.example")], expect!["201 []"]);
        check("GET", &[], expect![[r#"201 [("Access-Control-Allow-Origin", "own")]"#]]);
    }
}
