//! Which route a message of a WebSocket API is for: `$request.body.action`.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html>

use super::json_path;
use serde_json::Value;

/// Whether an expression can be evaluated here: one place in the message.
pub fn is_known(expression: &str) -> bool {
    inner(expression).is_some()
}

/// The key that the expression gives for a message; nothing for one that is no JSON, or lacks the place.
pub fn key(expression: &str, message: &[u8]) -> Option<String> {
    let path = inner(expression)?;
    let body: Value = serde_json::from_slice(message).ok()?;
    json_path::find(&body, path).map(json_path::text)
}

/// The path in the body. AWS takes the braces that its templates have.
fn inner(expression: &str) -> Option<&str> {
    let bare = expression.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let bare = bare.or_else(|| expression.strip_prefix('$'))?;
    bare.strip_prefix("request.body.").filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_its_route() {
        let key = |expression, message: &str| key(expression, message.as_bytes());
        assert_eq!(key("$request.body.action", r#"{"action":"join"}"#).as_deref(), Some("join"));
        assert_eq!(key("${request.body.a.b}", r#"{"a":{"b":7}}"#).as_deref(), Some("7"));
        assert_eq!(key("$request.body.action", "hello"), None);
        assert_eq!(key("$request.body.action", "{}"), None);
        assert!(!is_known("$request.header.x") && !is_known("x"));
    }
}
