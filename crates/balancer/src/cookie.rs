//! Stickiness: the cookies that lead a client back to its target and to its target group.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use std::time::Duration;

/// The target, for as long as the load balancer says.
pub(crate) const TARGET: &str = "AWSALB";
/// The target, while the application's own cookie is there.
pub(crate) const APPLICATION: &str = "AWSALBAPP-0";
/// The target group.
pub(crate) const GROUP: &str = "AWSALBTG";

/// What the client's cookie of this name stands for.
pub(crate) fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.into_iter().find_map(|header| read(header, name))
}

fn read(header: &str, name: &str) -> Option<String> {
    let value = header.split(';').find_map(|pair| {
        let (own, value) = pair.trim().split_once('=')?;
        (own == name).then_some(value)
    })?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

/// Adds `Set-Cookie`. Whoever changes the cookie reaches another target or group of the same rule, and no more.
pub(crate) fn set(headers: &mut HeaderMap, name: &str, meant: &str, duration: Duration) {
    let value = format!("{name}={}; Max-Age={}; Path=/", URL_SAFE_NO_PAD.encode(meant), duration.as_secs());
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.append(SET_COOKIE, value);
    }
}

/// Whether an answer sets a cookie of this name.
pub(crate) fn is_set(headers: &HeaderMap, name: &str) -> bool {
    let set = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    set.into_iter().any(|value| value.split_once('=').is_some_and(|(own, _)| own.trim() == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_names_what_it_was_made_for() {
        let mut answer = HeaderMap::new();
        set(&mut answer, TARGET, "i-1:80", Duration::from_secs(60));
        assert!(is_set(&answer, TARGET) && !is_set(&answer, GROUP));
        let cookie = answer[SET_COOKIE].to_str().unwrap();
        assert!(cookie.ends_with("; Max-Age=60; Path=/"), "{cookie}");
        let pair = cookie.split(';').next().unwrap();
        let mut request = HeaderMap::new();
        request.insert(COOKIE, format!("a=b; {pair}; c=d").parse().unwrap());
        assert_eq!(find(&request, TARGET).as_deref(), Some("i-1:80"));
        assert_eq!(find(&request, GROUP), None);
        for other in ["", "AWSALB=%%", "xAWSALB=aQ", "AWSALB=_w"] {
            assert_eq!(read(other, TARGET), None, "{other}");
        }
    }
}
