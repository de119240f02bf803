//! What a request that came over HTTP/2 is as one of HTTP/1.1, which targets speak.

use hyper::header::{COOKIE, HOST, HeaderValue};
use hyper::http::request::Parts;

/// Names the host in `Host` and puts the cookies together (RFC 9113, 8.2.3 and 8.3.1). `None` when the request
/// names two different hosts, which two readers would read differently.
pub(crate) fn lower(parts: &mut Parts) -> Option<()> {
    if let Some(authority) = parts.uri.authority() {
        let authority = HeaderValue::from_str(authority.as_str()).ok()?;
        if parts.headers.get_all(HOST).iter().any(|host| host != authority) {
            return None;
        }
        parts.headers.insert(HOST, authority);
    }
    let crumbs: Vec<&[u8]> = parts.headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if crumbs.len() > 1 {
        let whole = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])).ok()?;
        parts.headers.insert(COOKIE, whole);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    #[test]
    fn the_authority_is_the_host_and_cookies_are_one_header() {
        let request = Request::get("https://a.example:8443/x").header(COOKIE, "a=1").header(COOKIE, "b=2");
        let mut parts = request.body(()).unwrap().into_parts().0;
        lower(&mut parts).unwrap();
        assert_eq!(
            (&parts.headers[HOST], &parts.headers[COOKIE]),
            (&"a.example:8443".parse().unwrap(), &"a=1; b=2".parse().unwrap())
        );
        parts.headers.insert(HOST, HeaderValue::from_static("b.example"));
        assert!(lower(&mut parts).is_none());
    }
}
