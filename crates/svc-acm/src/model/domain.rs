//! Domain names in certificates, and the hosts that they stand for.
//! <https://www.rfc-editor.org/rfc/rfc9525#section-6.3>

/// Whether a name of a certificate stands for a host: its own, or a wildcard for exactly one label.
pub fn covers(name: &str, host: &str) -> bool {
    if let Some(parent) = name.strip_prefix("*.") {
        let below = host.split_once('.').filter(|(label, _)| !label.is_empty());
        return below.is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent))
            || name.eq_ignore_ascii_case(host);
    }
    name.eq_ignore_ascii_case(host)
}

/// Whether a domain is another one or above it.
pub fn is_above(domain: &str, name: &str) -> bool {
    let (domain, name) = (domain.to_ascii_lowercase(), name.to_ascii_lowercase());
    let name = name.strip_prefix("*.").unwrap_or(&name);
    name == domain || name.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        for (name, host, stands) in [
            ("api.example.com", "api.example.com", true),
            ("api.example.com", "API.Example.com", true),
            ("api.example.com", "example.com", false),
            ("*.example.com", "api.example.com", true),
            ("*.example.com", "*.example.com", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.example.com", ".example.com", false),
        ] {
            assert_eq!(covers(name, host), stands, "{name} {host}");
        }
    }

    #[test]
    fn a_domain_is_above_what_ends_with_it() {
        for (domain, name, above) in [
            ("example.com", "www.example.com", true),
            ("example.com", "*.example.com", true),
            ("example.com", "example.com", true),
            ("example.com", "badexample.com", false),
            ("www.example.com", "example.com", false),
        ] {
            assert_eq!(is_above(domain, name), above, "{domain} {name}");
        }
    }
}
