//! Stickiness: the cookies that lead a client back to its target and to its target group.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html>
//!
//! A cookie's value says nothing of what it stands for, and only who holds the installation's key can make one:
//! a client cannot choose where it is led.

use crate::needs::Tags;
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

/// The same cookie for browsers that send one to other sites only when it says so; an application's has none.
fn other_sites(name: &str) -> Option<&'static str> {
    match name {
        TARGET => Some("AWSALBCORS"),
        GROUP => Some("AWSALBTGCORS"),
        _ => None,
    }
}

/// The cookies of one target or of one group.
pub(crate) struct Cookies {
    name: &'static str,
    value: String,
    /// What `Set-Cookie` says.
    set: Vec<HeaderValue>,
}

impl Cookies {
    /// `meant` is what they stand for, among all that cookies of this name stand for.
    pub(crate) fn new(name: &'static str, meant: &str, duration: Duration, tags: &dyn Tags) -> Self {
        let value = URL_SAFE_NO_PAD.encode(tags.tag(name, meant.as_bytes()));
        let own = format!("{name}={value}; Max-Age={}; Path=/", duration.as_secs());
        let other = other_sites(name).map(|other| {
            format!("{other}={value}; Max-Age={}; Path=/; SameSite=None; Secure", duration.as_secs())
        });
        let set = [Some(own), other].into_iter().flatten();
        let set = set.filter_map(|cookie| HeaderValue::try_from(cookie).ok()).collect();
        Self { name, value, set }
    }

    /// Whether one of them is what the client sent.
    pub(crate) fn are(&self, given: &Given<'_>) -> bool {
        given.name == self.name && given.values.iter().any(|value| is_same(value, &self.value))
    }

    pub(crate) fn set(&self, headers: &mut HeaderMap) {
        for cookie in &self.set {
            headers.append(SET_COOKIE, cookie.clone());
        }
    }
}

/// Looks at every byte, so that the time that it takes does not tell how much of a made-up value was right.
fn is_same(given: &str, own: &str) -> bool {
    let differ = given.bytes().zip(own.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == own.len() && std::hint::black_box(differ) == 0
}

/// What a client sent under a name, or under the name for other sites.
pub(crate) struct Given<'a> {
    name: &'static str,
    values: Vec<&'a str>,
}

/// `None` when the client sent nothing under this name.
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<Given<'a>> {
    let sent = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = sent.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let own = pairs.filter(|(given, _)| *given == name || other_sites(name) == Some(*given));
    let values: Vec<&str> = own.map(|(_, value)| value).collect();
    (!values.is_empty()).then_some(Given { name, values })
}

/// Whether an answer sets a cookie of this name.
pub(crate) fn is_set(headers: &HeaderMap, name: &str) -> bool {
    let set = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    set.into_iter().any(|value| value.split_once('=').is_some_and(|(own, _)| own.trim() == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not secret, but each its own.
    struct Plain;

    impl Tags for Plain {
        fn tag(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
            let mut tag = [0; 32];
            for (at, byte) in [purpose.as_bytes(), b"/", text].concat().into_iter().enumerate() {
                tag[at % 32] ^= byte;
            }
            tag
        }
    }

    fn cookies(name: &'static str, meant: &str) -> Cookies {
        Cookies::new(name, meant, Duration::from_secs(60), &Plain)
    }

    fn set(cookies: &Cookies) -> Vec<String> {
        let mut answer = HeaderMap::new();
        cookies.set(&mut answer);
        answer.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn each_name_has_one_for_other_sites_but_an_applications() {
        for (name, wanted) in [
            (
                TARGET,
                vec![
                    "AWSALB=#; Max-Age=60; Path=/",
                    "AWSALBCORS=#; Max-Age=60; Path=/; SameSite=None; Secure",
                ],
            ),
            (
                GROUP,
                vec![
                    "AWSALBTG=#; Max-Age=60; Path=/",
                    "AWSALBTGCORS=#; Max-Age=60; Path=/; SameSite=None; Secure",
                ],
            ),
            (APPLICATION, vec!["AWSALBAPP-0=#; Max-Age=60; Path=/"]),
        ] {
            let own = cookies(name, "i-1:80");
            let shown: Vec<String> = set(&own).iter().map(|line| line.replace(&own.value, "#")).collect();
            assert_eq!(shown, wanted);
        }
    }

    #[test]
    fn only_what_was_set_leads_back() {
        let own = cookies(TARGET, "i-1:80");
        let (value, other) = (own.value.as_str(), cookies(TARGET, "i-2:80").value);
        let group = cookies(GROUP, "i-1:80").value;
        for (sent, leads) in [
            (format!("a=b; AWSALB={value}; c=d"), true),
            (format!("AWSALBCORS={value}"), true),
            (format!("AWSALB=old; AWSALBCORS={value}"), true),
            (format!("AWSALB={value}x"), false),
            (format!("AWSALB={}", value.get(1..).unwrap()), false),
            (format!("AWSALB={other}"), false),
            (format!("AWSALB={group}"), false),
            (format!("AWSALBTG={value}"), false),
            (format!("AWSALB={}", URL_SAFE_NO_PAD.encode("i-1:80")), false),
            ("AWSALB=i-1:80".to_owned(), false),
            ("AWSALB=".to_owned(), false),
        ] {
            let mut request = HeaderMap::new();
            request.insert(COOKIE, sent.parse().unwrap());
            assert_eq!(find(&request, TARGET).is_some_and(|given| own.are(&given)), leads, "{sent}");
        }
        assert!(find(&HeaderMap::new(), TARGET).is_none());
    }

    #[test]
    fn a_cookie_of_an_answer_is_found_by_its_name() {
        let mut answer = HeaderMap::new();
        answer.insert(SET_COOKIE, HeaderValue::from_static("session=1; Path=/"));
        assert!(is_set(&answer, "session") && !is_set(&answer, "ses"));
    }
}
