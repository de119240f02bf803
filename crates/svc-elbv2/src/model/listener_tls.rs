//! Certificates and security policies of listeners, as the API takes them.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html>

use crate::api;
use crate::invalid::validation;
use crate::model::ssl_policy;
use crate::state::ListenerTls;
use service::ServiceError;

/// What a request says of a listener's TLS.
#[derive(Debug, Default)]
pub struct Wish {
    pub policy: Option<String>,
    pub certificates: Option<Vec<api::Certificate>>,
    pub mutual: Option<api::MutualAuthenticationAttributes>,
    pub alpn: Option<Vec<String>>,
}

/// What a listener of this protocol then has; `before` is what it had.
pub fn read(
    protocol: &str,
    wish: Wish,
    before: Option<&ListenerTls>,
) -> Result<Option<ListenerTls>, ServiceError> {
    refuse(&wish)?;
    let given = wish.certificates.unwrap_or_default();
    if !is_encrypted(protocol) {
        // The texts are AWS's.
        return match (wish.policy, given.as_slice()) {
            (Some(_), _) => {
                Err(validation(format!("An SSL policy cannot be specifed for {protocol} listeners")))
            }
            (None, []) => Ok(None),
            (None, _) => {
                Err(validation(format!("A certificate cannot be specified for {protocol} listeners")))
            }
        };
    }
    let policy = wish.policy.or(before.map(|tls| tls.policy.clone()));
    let policy = ssl_policy::named(policy.as_deref().unwrap_or(ssl_policy::USUAL))?.name.to_owned();
    let certificate = match (one(given)?, before) {
        (Some(arn), _) => arn,
        (None, Some(before)) => before.certificate.clone(),
        (None, None) => {
            return Err(validation(format!("A certificate must be specified for {protocol} listeners")));
        }
    };
    let list = before.map(|tls| tls.list.clone()).unwrap_or_default();
    Ok(Some(ListenerTls { policy, certificate, list }))
}

fn is_encrypted(protocol: &str) -> bool {
    matches!(protocol, "HTTPS" | "TLS")
}

fn refuse(wish: &Wish) -> Result<(), ServiceError> {
    let mode = wish.mutual.as_ref().and_then(|mutual| mutual.mode.as_deref()).unwrap_or("off");
    if mode != "off" {
        return Err(ServiceError::not_implemented(&format!("Mutual authentication in the mode {mode}")));
    }
    match wish.alpn.iter().flatten().find(|policy| *policy != "None") {
        Some(policy) => Err(ServiceError::not_implemented(&format!("The ALPN policy {policy}"))),
        None => Ok(()),
    }
}

/// The one certificate that may be given.
fn one(given: Vec<api::Certificate>) -> Result<Option<String>, ServiceError> {
    if given.len() > 1 {
        return Err(validation("Only one certificate can be specified for a listener"));
    }
    let Some(given) = given.into_iter().next() else { return Ok(None) };
    Ok(Some(arn(given)?))
}

/// The ARN of a certificate that a request names.
pub fn arn(given: api::Certificate) -> Result<String, ServiceError> {
    if given.is_default.is_some() {
        return Err(validation(
            "You cannot set the isDefault parameter for a certificate that you are configuring for a listener",
        ));
    }
    let arn = given.certificate_arn.filter(|arn| !arn.is_empty());
    arn.ok_or_else(|| validation("A certificate ARN must be specified"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(policy: Option<&str>, arns: &[&str]) -> Wish {
        let certificate =
            |arn: &&str| api::Certificate { certificate_arn: Some((*arn).to_owned()), is_default: None };
        Wish {
            policy: policy.map(str::to_owned),
            certificates: Some(arns.iter().map(certificate).collect()),
            ..Wish::default()
        }
    }

    #[test]
    fn a_listener_with_tls_has_one_certificate_and_one_without_has_none() {
        let read = |protocol: &str, wish| super::read(protocol, wish, None).map_err(|error| error.message);
        assert_eq!(read("HTTP", Wish::default()), Ok(None));
        assert_eq!(read("HTTPS", wish(None, &["a"])).unwrap().unwrap().policy, ssl_policy::USUAL);
        for (protocol, wish, wanted) in [
            ("HTTPS", Wish::default(), "A certificate must be specified for HTTPS listeners"),
            ("TLS", wish(None, &["a", "b"]), "Only one certificate can be specified for a listener"),
            ("HTTPS", wish(Some("x"), &["a"]), "SSL policy 'x' not found"),
            ("HTTP", wish(None, &["a"]), "A certificate cannot be specified for HTTP listeners"),
            ("TCP", wish(Some("x"), &[]), "An SSL policy cannot be specifed for TCP listeners"),
        ] {
            assert_eq!(read(protocol, wish), Err(wanted.to_owned()));
        }
    }

    #[test]
    fn what_is_not_said_stays() {
        let before = ListenerTls {
            policy: "ELBSecurityPolicy-TLS13-1-3-2021-06".to_owned(),
            certificate: "a".to_owned(),
            list: vec!["c".to_owned()],
        };
        let after = read("HTTPS", wish(None, &["b"]), Some(&before)).unwrap().unwrap();
        assert_eq!(after, ListenerTls { certificate: "b".to_owned(), ..before.clone() });
        assert_eq!(read("HTTP", Wish::default(), Some(&before)).unwrap(), None);
    }
}
