//! Stickiness: the cookie that leads a client back to its target.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

const NAME: &str = "AWSALB";

/// The target that the client's cookie names.
pub(crate) fn target(header: &str) -> Option<String> {
    let value = header.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == NAME).then_some(value)
    })?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

/// `Set-Cookie` for a target. Whoever changes it reaches another healthy target of the group, and no more.
pub(crate) fn set(target: &str, duration: Duration) -> String {
    format!("{NAME}={}; Max-Age={}; Path=/", URL_SAFE_NO_PAD.encode(target), duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_names_the_target_that_it_was_made_for() {
        let cookie = set("i-1:80", Duration::from_secs(60));
        assert!(cookie.ends_with("; Max-Age=60; Path=/"), "{cookie}");
        let pair = cookie.split(';').next().unwrap();
        assert_eq!(target(&format!("a=b; {pair}; c=d")).as_deref(), Some("i-1:80"));
        for other in ["", "AWSALB=%%", "xAWSALB=aQ", "AWSALB=_w"] {
            assert_eq!(target(other), None, "{other}");
        }
    }
}
