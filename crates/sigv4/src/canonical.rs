//! The canonical request and the string to sign.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request>

use crate::key::sha256_hex;
use crate::{ALGORITHM, CredentialScope, Request, Rules, TERMINATOR};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// The canonical request of `request` for these headers and this payload hash. `signed_headers`
/// is in lower case and sorted.
pub(crate) fn canonical_request(
    request: &Request<'_>,
    signed_headers: &[String],
    payload_hash: &str,
    rules: Rules,
) -> String {
    let mut out = String::with_capacity(512);
    for line in [request.method, &canonical_path(request.path, rules), &canonical_query(request, rules)] {
        out.push_str(line);
        out.push('\n');
    }
    for name in signed_headers {
        out.push_str(name);
        out.push(':');
        push_canonical_header(&mut out, request, name);
        out.push('\n');
    }
    out.push('\n');
    for (n, name) in signed_headers.iter().enumerate() {
        out.push_str(if n == 0 { "" } else { ";" });
        out.push_str(name);
    }
    out.push('\n');
    out.push_str(payload_hash);
    out
}

pub(crate) fn string_to_sign(amz_date: &str, scope: &CredentialScope, canonical_request: &str) -> String {
    let CredentialScope { date, region, service } = scope;
    let hash = sha256_hex(canonical_request.as_bytes());
    let scope = [date, "/", region, "/", service, "/", TERMINATOR].concat();
    [ALGORITHM, amz_date, &scope, &hash].join("\n")
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, RESERVED).collect()
}

fn canonical_path(path: &str, rules: Rules) -> String {
    let path = if path.is_empty() { "/" } else { path };
    let path = if rules.normalize_path { normalize(path) } else { path.to_owned() };
    if rules.encode_path_again {
        percent_encode(path.as_bytes(), RESERVED_IN_PATH).collect()
    } else {
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(&path).collect();
        percent_encode(&decoded, RESERVED_IN_PATH).collect()
    }
}

/// RFC 3986 section 6.2.2.3, with empty segments removed as well.
fn normalize(path: &str) -> String {
    let mut kept: Vec<&str> = vec![""];
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => kept.truncate(1.max(kept.len() - 1)),
            other => kept.push(other),
        }
    }
    // What ends in a slash ends in one, and so does what nothing is left of.
    if path.ends_with('/') || kept.len() == 1 {
        kept.push("");
    }
    kept.join("/")
}

fn canonical_query(request: &Request<'_>, rules: Rules) -> String {
    let presigned = request.query_value("X-Amz-Signature").is_some();
    let left_out = |key: &[u8]| {
        presigned
            && (key == b"X-Amz-Signature" || (key == b"X-Amz-Security-Token" && !rules.signed_query_token))
    };
    let mut pairs: Vec<(String, String)> = request
        .query_pairs()
        .filter(|(key, _)| !left_out(key))
        .map(|(key, value)| (encode(&key), encode(&value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

/// Values of a repeated header joined by commas, each with its white space, line folds
/// included, collapsed.
fn push_canonical_header(out: &mut String, request: &Request<'_>, name: &str) {
    for (n, value) in request.header_values(name).enumerate() {
        out.push_str(if n == 0 { "" } else { "," });
        for (n, word) in value.split_ascii_whitespace().enumerate() {
            out.push_str(if n == 0 { "" } else { " " });
            out.push_str(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_normalise_as_aws_says() {
        for (from, to) in [
            ("", "/"),
            ("/", "/"),
            ("/./", "/"),
            ("//example//", "/example/"),
            ("/a/b/../..", "/"),
            ("/../../etc", "/etc"),
            ("/../", "/"),
            ("/..", "/"),
            ("a/b", "/a/b"),
            ("/a/./b/", "/a/b/"),
            ("/a%3Ab/@c", "/a%253Ab/%40c"),
        ] {
            assert_eq!(canonical_path(from, Rules::STANDARD), to, "{from}");
        }
    }

    #[test]
    fn s3_signs_the_key_as_it_is() {
        for (from, to) in [("/a//b/../c", "/a//b/../c"), ("/a%20b", "/a%20b"), ("/a b%3a", "/a%20b%3A")] {
            assert_eq!(canonical_path(from, Rules::S3), to, "{from}");
        }
    }

    #[test]
    fn repeated_and_folded_header_values_become_one_line() {
        let headers =
            [("My-Header".to_owned(), " a\r\n   b ".to_owned()), ("my-header".to_owned(), "c  d".to_owned())];
        let request = Request { method: "GET", path: "/", query: "", headers: &headers, body: b"" };
        let mut out = String::new();
        push_canonical_header(&mut out, &request, "my-header");
        assert_eq!(out, "a b,c d");
    }
}
