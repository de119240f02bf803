//! Which hosts are this machine: only to them may things go unencrypted.

use std::net::IpAddr;

/// Whether a URL's host, with or without a port, is this machine by definition.
/// <https://www.rfc-editor.org/rfc/rfc6761#section-6.3>
pub fn is_loopback_host(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in
            ["127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:8080", "localhost", "LOCALHOST:1", "a.localhost"]
        {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in
            ["", "10.0.0.1", "127.0.0.1.example.com", "localhost.example.com", "[::2]", "example.com:80"]
        {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
