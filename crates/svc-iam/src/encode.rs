//! Policy documents leave IAM percent-encoded.
//! <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>

use std::fmt::Write;

/// Everything but letters, digits and `-._~` as `%XX`.
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(super::percent("{\"a-b\": ~é}"), "%7B%22a-b%22%3A%20~%C3%A9%7D");
    }
}
