//! The path of a request as routes and policies read it.
//!
//! A part is compared as it reads after percent-decoding, and policies are asked about the very same
//! text, so that no spelling of a path reaches a route that a policy forbids. A part whose decoding
//! would hold a slash or a percent sign stays as it came.

/// The parts between slashes. `/` has none; a slash at the end makes an empty last one.
pub fn parts(path: &str) -> Vec<String> {
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.is_empty() {
        return Vec::new();
    }
    path.split('/').map(read).collect()
}

/// The whole path, with its first slash.
pub fn canonical(path: &str) -> String {
    format!("/{}", parts(path).join("/"))
}

fn read(raw: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(raw).decode_utf8();
    let plain = |text: &str| !text.contains(['/', '%', '\\']) && !text.chars().any(char::is_control);
    match decoded {
        Ok(text) if plain(&text) => text.into_owned(),
        _ => raw.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_once() {
        assert_eq!(canonical("/orders/l%61test"), "/orders/latest");
        assert_eq!(canonical("/a%2Fb/c%25/"), "/a%2Fb/c%25/");
        assert_eq!(canonical("/a/%2e%2e/b"), "/a/../b");
        assert_eq!((canonical(""), canonical("/")), ("/".to_owned(), "/".to_owned()));
    }
}
