//! Security policies: which versions of TLS a listener speaks, and with which ciphers.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
//!
//! A policy is what may be spoken at most. moat speaks TLS 1.2 and 1.3, and of their ciphers those with forward
//! secrecy and authenticated encryption, so what it says of a policy is that part of it.

use crate::invalid::{ssl_policy_not_found, validation};
use service::ServiceError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SslPolicy {
    pub name: &'static str,
    pub has_tls12: bool,
    pub has_tls13: bool,
}

/// What a listener has when its maker names none (through the API, not the console).
pub const USUAL: &str = "ELBSecurityPolicy-2016-08";

const TLS13_CIPHERS: [&str; 3] =
    ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const TLS12_CIPHERS: [&str; 4] = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
];

const fn policy(name: &'static str, has_tls12: bool, has_tls13: bool) -> SslPolicy {
    SslPolicy { name, has_tls12, has_tls13 }
}

const POLICIES: [SslPolicy; 18] = [
    policy(USUAL, true, false),
    policy("ELBSecurityPolicy-TLS13-1-2-2021-06", true, true),
    policy("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", true, true),
    policy("ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", true, true),
    policy("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", true, true),
    policy("ELBSecurityPolicy-TLS13-1-1-2021-06", true, true),
    policy("ELBSecurityPolicy-TLS13-1-0-2021-06", true, true),
    policy("ELBSecurityPolicy-TLS13-1-3-2021-06", false, true),
    policy("ELBSecurityPolicy-TLS-1-2-2017-01", true, false),
    policy("ELBSecurityPolicy-TLS-1-1-2017-01", true, false),
    policy("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", true, false),
    policy("ELBSecurityPolicy-FS-2018-06", true, false),
    policy("ELBSecurityPolicy-2015-05", true, false),
    policy("ELBSecurityPolicy-TLS-1-0-2015-04", true, false),
    policy("ELBSecurityPolicy-FS-1-2-Res-2019-08", true, false),
    policy("ELBSecurityPolicy-FS-1-1-2019-08", true, false),
    policy("ELBSecurityPolicy-FS-1-2-2019-08", true, false),
    policy("ELBSecurityPolicy-FS-1-2-Res-2020-10", true, false),
];

impl SslPolicy {
    pub fn versions(&self) -> Vec<&'static str> {
        let tls13 = self.has_tls13.then_some("TLSv1.3");
        tls13.into_iter().chain(self.has_tls12.then_some("TLSv1.2")).collect()
    }

    /// The preferred ones first.
    pub fn ciphers(&self) -> Vec<&'static str> {
        let mut ciphers = Vec::new();
        ciphers.extend(if self.has_tls13 { &TLS13_CIPHERS[..] } else { &[] });
        ciphers.extend(if self.has_tls12 { &TLS12_CIPHERS[..] } else { &[] });
        ciphers
    }
}

pub fn all() -> &'static [SslPolicy] {
    &POLICIES
}

/// The policy of a name. Those that promise what rustls with ring does not have are refused by name.
pub fn named(name: &str) -> Result<SslPolicy, ServiceError> {
    if let Some(known) = POLICIES.iter().find(|known| known.name == name) {
        return Ok(*known);
    }
    if name.is_empty() {
        return Err(validation("An SSL policy must be specified"));
    }
    let promises = [("-FIPS-", "validated cryptography (FIPS)"), ("-PQ-", "post-quantum key exchange")];
    let beyond =
        promises.iter().find(|(part, _)| name.starts_with("ELBSecurityPolicy-") && name.contains(part));
    match beyond {
        Some((_, what)) => {
            Err(ServiceError::not_implemented(&format!("The security policy {name} with {what}")))
        }
        None => Err(ssl_policy_not_found(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_known_refused_by_name_or_unknown() {
        let code = |name: &str| named(name).map(|p| p.versions().join(" ")).map_err(|e| e.code.into_owned());
        for (name, wanted) in [
            ("ELBSecurityPolicy-2016-08", Ok("TLSv1.2")),
            ("ELBSecurityPolicy-TLS13-1-2-2021-06", Ok("TLSv1.3 TLSv1.2")),
            ("ELBSecurityPolicy-TLS13-1-3-2021-06", Ok("TLSv1.3")),
            ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", Err("NotImplemented")),
            ("ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04", Err("NotImplemented")),
            ("ELBSecurityPolicy-2099-01", Err("SSLPolicyNotFound")),
            ("", Err("ValidationError")),
        ] {
            assert_eq!(code(name), wanted.map(str::to_owned).map_err(str::to_owned), "{name}");
        }
    }

    #[test]
    fn no_policy_is_empty() {
        assert!(all().iter().all(|policy| policy.has_tls12 || policy.has_tls13));
        assert_eq!(named("ELBSecurityPolicy-TLS13-1-3-2021-06").unwrap().ciphers(), TLS13_CIPHERS);
    }
}
