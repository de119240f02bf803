//! Bodies as bytes and as text, and parts of a request as mappings read them.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html>

use crate::state::ContentHandling;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use wire::http::Request;

/// A body as an integration's `contentHandling` wants it. `None` when text was to be base64 and is not.
pub(super) fn handled(body: &Bytes, handling: Option<ContentHandling>, is_binary: bool) -> Option<Bytes> {
    match handling {
        Some(ContentHandling::ToText) if is_binary => Some(BASE64.encode(body).into()),
        Some(ContentHandling::ToBinary) if !is_binary && !body.is_empty() => {
            BASE64.decode(body.trim_ascii()).ok().map(Bytes::from)
        }
        _ => Some(body.clone()),
    }
}

/// The parameters of the query, decoded.
pub(super) fn query(http: &Request) -> Vec<(String, String)> {
    form_urlencoded::parse(http.query.as_bytes()).into_owned().collect()
}

/// The type without its parameters; JSON where none is given.
pub(super) fn content_type(header: Option<&str>) -> &str {
    let kind = header.and_then(|kind| kind.split(';').next()).map(str::trim);
    kind.filter(|kind| !kind.is_empty()).unwrap_or("application/json")
}
