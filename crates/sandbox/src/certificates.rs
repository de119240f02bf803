//! The certificate authorities that code inside an environment trusts.

use std::fs;

/// Where distributions keep the bundle of all authorities.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The machine's own authorities, as far as it has any, followed by `authority`, all in PEM. Write the result to a
/// file and give that as [`crate::EnvironmentSpec::ca_bundle`].
pub fn with_system_certificates(authority: &str) -> String {
    let mut bundle = BUNDLES.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    if !bundle.is_empty() && !bundle.ends_with('\n') {
        bundle.push('\n');
    }
    bundle.push_str(authority);
    bundle
}

/// Where programs inside look for the bundle: the first is Debian's place, the others name it too.
pub(crate) const INSIDE: &str = "/etc/ssl/certs/ca-certificates.crt";
pub(crate) const INSIDE_LINKS: [&str; 2] = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
/// By which variables programs are told that bring a bundle of their own: OpenSSL's, Python's requests, curl's, the
/// AWS SDKs', Node's.
pub(crate) const VARIABLES: [&str; 5] =
    ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_added_authority_comes_last_on_a_line_of_its_own() {
        let bundle = with_system_certificates("-----BEGIN CERTIFICATE-----\nx\n");
        let (before, _) = bundle.rsplit_once("-----BEGIN CERTIFICATE-----\nx\n").unwrap();
        assert!(before.is_empty() || before.ends_with('\n'));
    }
}
