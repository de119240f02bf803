//! `$context.requestId` and `$stageVariables.name` in the words of gateway responses and in the
//! format of access logs. Neither is a template: nothing is computed in them.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference>

use std::collections::BTreeMap;
use vtl::Json;

/// The text with what stands for its variables; `absent` where there is nothing.
pub fn filled(
    text: &str,
    context: &Json,
    stage_variables: &BTreeMap<String, String>,
    absent: &str,
) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len() * 2), text);
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let is_braced = after.starts_with('{');
        let name = name(after.strip_prefix('{').unwrap_or(after));
        let value = match name.split_once('.') {
            Some(("context", path)) => Some(of_context(context, path)),
            Some(("stageVariables", name)) => Some(stage_variables.get(name).cloned()),
            _ => None,
        };
        let end = name.len() + usize::from(is_braced);
        match value {
            Some(value) => {
                out.push_str(value.as_deref().unwrap_or(absent));
                let tail = after.get(end..).unwrap_or_default();
                rest = if is_braced { tail.strip_prefix('}').unwrap_or(tail) } else { tail };
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// `context.identity.sourceIp`; a point at its end is the sentence's.
fn name(text: &str) -> &str {
    let length =
        text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')).count();
    text.get(..length).unwrap_or_default().trim_end_matches(['.', '-'])
}

fn of_context(context: &Json, path: &str) -> Option<String> {
    let path: Vec<&str> = path.split('.').collect();
    context.at(&path).filter(|value| **value != Json::Null).map(Json::plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_take_their_places() {
        let context = Json::parse(
            r#"{"requestId":"r-1","status":200,"identity":{"user":null},"error":{"messageString":"\"no\""}}"#,
        )
        .unwrap();
        let stage = BTreeMap::from([("v".to_owned(), "blue".to_owned())]);
        for (text, expected) in [
            ("id=$context.requestId.", "id=r-1."),
            ("$context.requestId-$context.status", "r-1-200"),
            ("${context.status}0 $stageVariables.v", "2000 blue"),
            ("$context.identity.user $context.nothing $stageVariables.x", "- - -"),
            ("{\"message\":$context.error.messageString}", "{\"message\":\"no\"}"),
            ("costs 5$ $other $", "costs 5$ $other $"),
        ] {
            assert_eq!(filled(text, &context, &stage, "-"), expected, "{text}");
        }
    }
}
