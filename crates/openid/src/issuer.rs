//! An identity provider that issues tokens, by its URL.
//! <https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig>

use base::is_loopback_host;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// As the tokens have it.
    pub url: String,
    /// Host and path, as IAM knows it.
    pub name: String,
}

impl Issuer {
    /// `None` for what is no URL that may be asked.
    pub fn of(url: &str) -> Option<Self> {
        let name = without_scheme(url)?;
        Some(Self { url: url.to_owned(), name: name.to_owned() })
    }

    pub fn configuration_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.url.trim_end_matches('/'))
    }
}

/// Keys are believed for where they come from, so only this machine may send them unencrypted.
pub(crate) fn without_scheme(url: &str) -> Option<&str> {
    let host = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
    match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (!host(rest).is_empty()).then_some(rest),
        (_, Some(rest)) => is_loopback_host(&host(rest)).then_some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_asked_unencrypted() {
        let name = |url| Issuer::of(url).map(|issuer| issuer.name);
        assert_eq!(name("https://issuer.example/a/b").as_deref(), Some("issuer.example/a/b"));
        assert_eq!(name("http://127.0.0.1:8080/realm").as_deref(), Some("127.0.0.1:8080/realm"));
        for url in
            ["", "https://", "https:///x", "http://issuer.example", "ftp://127.0.0.1", "issuer.example"]
        {
            assert_eq!(name(url), None, "{url}");
        }
        let keycloak = Issuer::of("http://localhost/realm/").unwrap();
        assert_eq!(keycloak.configuration_url(), "http://localhost/realm/.well-known/openid-configuration");
    }
}
