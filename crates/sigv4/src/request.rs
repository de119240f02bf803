//! The request as it is on the wire, borrowed.

/// What is signed. Path and query are raw, as the request line had them.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// Without the question mark.
    pub query: &'a str,
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// Every value of a header, in the order received.
    pub(crate) fn header_values<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        let named = self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.header_values(name).next().map(str::trim)
    }

    /// The decoded value of the first query parameter of this exact name.
    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        self.query_pairs()
            .find(|(key, _)| key == name.as_bytes())
            .and_then(|(_, value)| String::from_utf8(value).ok())
    }

    /// Every query parameter, percent-decoded. A plus sign is a plus sign: clients that sign
    /// encode a space as `%20`.
    pub(crate) fn query_pairs(&self) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
        self.query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
    }
}

fn decode(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}
