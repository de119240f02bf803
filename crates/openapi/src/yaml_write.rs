//! A tree as YAML: blocks, keys without quotes where they need none, texts always in quotes.

use serde_json::Value as Json;

/// A document's text in YAML.
pub fn yaml(document: &Json) -> String {
    let mut out = String::from("---\n");
    match document {
        Json::Object(members) if !members.is_empty() => block(document, 0, &mut out),
        Json::Array(items) if !items.is_empty() => block(document, 0, &mut out),
        other => {
            scalar(other, &mut out);
            out.push('\n');
        }
    }
    out
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', 2 * depth));
}

fn block(value: &Json, depth: usize, out: &mut String) {
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                indent(depth, out);
                key(name, out);
                out.push(':');
                under(member, depth, out);
            }
        }
        Json::Array(items) => {
            for item in items {
                indent(depth, out);
                out.push('-');
                under(item, depth, out);
            }
        }
        other => scalar(other, out),
    }
}

/// What stands behind a key or a dash.
fn under(value: &Json, depth: usize, out: &mut String) {
    let is_block = match value {
        Json::Object(members) => !members.is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        out.push('\n');
        block(value, depth + 1, out);
    } else {
        out.push(' ');
        scalar(value, out);
        out.push('\n');
    }
}

fn scalar(value: &Json, out: &mut String) {
    match value {
        Json::Object(_) => out.push_str("{}"),
        Json::Array(_) => out.push_str("[]"),
        Json::String(text) => quoted(text, out),
        other => out.push_str(&other.to_string()),
    }
}

fn key(name: &str, out: &mut String) {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '$')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/$_-.".contains(&b));
    if is_plain { out.push_str(name) } else { quoted(name, out) }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            ' '..='~' => out.push(c),
            other if u32::from(other) <= 0xffff => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => out.push_str(&format!("\\U{:08x}", u32::from(other))),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml_read::read;
    use expect_test::expect;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn blocks_are_written() {
        let document = json!({
            "a": {"b c": [1, {"x": [], "y": {}}, [true, null]], "200": "x\ny: \"z\" é 😀"}, "e": 1.5, "/p/{a}": "",
        });
        expect![[r#"
            ---
            "/p/{a}": ""
            a:
              "200": "x\ny: \"z\" \u00e9 \U0001f600"
              "b c":
                - 1
                -
                  x: []
                  y: {}
                -
                  - true
                  - null
            e: 1.5
        "#]]
        .assert_eq(&yaml(&document));
        assert_eq!(read(&yaml(&document)), Ok(document));
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let text = "(<<)?[a-z~:#&*!|> \\-\\n\"'\\\\\\u{0}-\\u{a0}\\u{2028}😀]{0,8}";
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            text.prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
                prop::collection::btree_map(text, inner, 0..5)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in any_json()) {
            prop_assert_eq!(read(&yaml(&value)), Ok(value));
        }
    }
}
