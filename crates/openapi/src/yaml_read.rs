//! YAML as a tree of JSON: the core schema, anchors and merge keys, at a bounded cost.
//! <https://yaml.org/spec/1.2.2/>
//!
//! The parser only hands out events. What an alias stands for is copied and counted here, so that a
//! few lines cannot become a million.

use crate::Object;
use crate::document::Malformed;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Number, Value as Json};
use std::collections::HashMap;

/// How deep a document may nest; as deep as JSON may.
const DEPTH: usize = 127;
/// What a document may weigh: each value counts one, and each 32 bytes of a text.
const WEIGHT: usize = 1_000_000;
const MERGE: &str = "<<";

pub fn read(text: &str) -> Result<Json, Malformed> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|refused| Malformed::Syntax(refused.to_string()))?;
        if let Some(root) = tree.take(event)? {
            return Ok(root);
        }
    }
    Ok(Json::Null)
}

/// A value with what it weighs.
type Weighed = (Json, usize);

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    anchors: HashMap<usize, Weighed>,
    weight: usize,
    /// Whether the key that was read last is the merge key, which has no quotes.
    is_merge: bool,
}

struct Open {
    kind: Collection,
    anchor: usize,
    weight: usize,
}

enum Collection {
    Sequence(Vec<Json>),
    Mapping { members: Object, key: Option<(String, bool)>, merged: Vec<Json> },
}

impl Tree {
    /// The document, when the event ends it.
    fn take(&mut self, event: Event<'_>) -> Result<Option<Json>, Malformed> {
        match event {
            Event::SequenceStart(anchor, _) => self.open(Collection::Sequence(Vec::new()), anchor)?,
            Event::MappingStart(anchor, _) => {
                let kind = Collection::Mapping { members: Object::new(), key: None, merged: Vec::new() };
                self.open(kind, anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(None) };
                let (anchor, weight) = (open.anchor, open.weight + 1);
                return self.close(open.kind.finished(), anchor, weight);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let weight = 1 + text.len() / 32;
                self.spend(weight)?;
                self.is_merge = style == ScalarStyle::Plain && text == MERGE;
                // A key is the text that it was written as.
                let is_text = style != ScalarStyle::Plain
                    || self.expects_key()
                    || tag.is_some_and(|tag| tag.suffix == "str");
                let value = if is_text { Json::String(text.into_owned()) } else { plain(&text) };
                return self.close(value, anchor, weight);
            }
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).ok_or_else(unknown_anchor)?;
                let weight = known.1;
                let is_too_deep = self.open.len() + depth_of(&known.0, DEPTH) > DEPTH;
                self.spend(weight)?;
                if is_too_deep {
                    return Err(Malformed::TooDeep);
                }
                let value = self.anchors.get(&anchor).map(|(value, _)| value.clone());
                return self.close(value.unwrap_or_default(), 0, weight);
            }
            Event::DocumentEnd | Event::StreamEnd => return Ok(Some(Json::Null)),
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
        }
        Ok(None)
    }

    fn spend(&mut self, weight: usize) -> Result<(), Malformed> {
        self.weight = self.weight.saturating_add(weight);
        if self.weight > WEIGHT { Err(Malformed::TooMuch) } else { Ok(()) }
    }

    fn open(&mut self, kind: Collection, anchor: usize) -> Result<(), Malformed> {
        self.spend(1)?;
        if self.open.len() >= DEPTH {
            return Err(Malformed::TooDeep);
        }
        if self.expects_key() {
            return Err(Malformed::Syntax("a key is no text".to_owned()));
        }
        self.open.push(Open { kind, anchor, weight: 0 });
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: Collection::Mapping { key: None, .. }, .. }))
    }

    /// Puts a value that is whole where it belongs; the outermost is the document.
    fn close(&mut self, value: Json, anchor: usize, weight: usize) -> Result<Option<Json>, Malformed> {
        if anchor != 0 {
            self.spend(weight)?;
            self.anchors.insert(anchor, (value.clone(), weight));
        }
        let Some(open) = self.open.last_mut() else { return Ok(Some(value)) };
        open.weight += weight;
        match &mut open.kind {
            Collection::Sequence(items) => items.push(value),
            Collection::Mapping { members, key, merged } => match (key.take(), value) {
                (None, Json::String(text)) => *key = Some((text, std::mem::take(&mut self.is_merge))),
                (None, _) => return Err(Malformed::Syntax("a key is no text".to_owned())),
                (Some((_, true)), value) => merged.push(value),
                (Some((name, false)), value) => drop(members.insert(name, value)),
            },
        }
        Ok(None)
    }
}

fn unknown_anchor() -> Malformed {
    Malformed::Syntax("an alias stands for what is not whole yet".to_owned())
}

/// How deep a value nests, as far as `most`.
fn depth_of(value: &Json, most: usize) -> usize {
    if most == 0 {
        return 0;
    }
    match value {
        Json::Array(items) => 1 + items.iter().map(|item| depth_of(item, most - 1)).max().unwrap_or(0),
        Json::Object(members) => 1 + members.values().map(|one| depth_of(one, most - 1)).max().unwrap_or(0),
        _ => 0,
    }
}

impl Collection {
    /// What is merged into a mapping stands behind its own members, and behind what was merged first.
    fn finished(self) -> Json {
        match self {
            Self::Sequence(items) => Json::Array(items),
            Self::Mapping { mut members, merged, .. } => {
                for one in merged {
                    let all = if let Json::Array(all) = one { all } else { vec![one] };
                    for object in all {
                        if let Json::Object(object) = object {
                            for (name, value) in object {
                                members.entry(name).or_insert(value);
                            }
                        }
                    }
                }
                Json::Object(members)
            }
        }
    }
}

/// A scalar without quotes, by the core schema.
fn plain(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "true" | "True" | "TRUE" => return Json::Bool(true),
        "false" | "False" | "FALSE" => return Json::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| Json::String(text.to_owned()), Json::Number)
}

fn number(text: &str) -> Option<Number> {
    let unsigned = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().map(Number::from);
    if let Some(digits) = text.strip_prefix("0x") {
        return unsigned(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return unsigned(digits, 8);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        let text = text.strip_prefix('+').unwrap_or(text);
        let whole = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
        if let Ok(whole) = whole {
            return Some(whole);
        }
    }
    let is_float = digits.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b))
        && digits.bytes().any(|b| b.is_ascii_digit());
    is_float.then(|| text.parse::<f64>().ok().and_then(Number::from_f64)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&match read(text) {
            Ok(value) => value.to_string(),
            Err(refused) => refused.to_string().lines().next().unwrap().to_owned(),
        });
    }

    #[test]
    fn scalars_are_of_the_core_schema() {
        check(
            "[1, -2, +3, 0x10, 0o17, 1.5, 1e3, 007, 1.2.3, .5, .inf, 12-31, ~, null, true, no, '1', \"a\\tb\", !!str 5, 99999999999999999999]",
            &expect![[
                r#"[1,-2,3,16,15,1.5,1000.0,7,"1.2.3",0.5,".inf","12-31",null,null,true,"no","1","a\tb","5",1e+20]"#
            ]],
        );
    }

    #[test]
    fn blocks_anchors_and_merge_keys() {
        check(
            "a: |\n  x\n  y\nb: >\n  x\n  y\n200: ok\n? k\n: v\n",
            &expect![[r#"{"200":"ok","a":"x\ny\n","b":"x y\n","k":"v"}"#]],
        );
        check(
            "base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\ntwo: {<<: [{z: 1}, *b]}",
            &expect![[r#"{"base":{"x":1,"y":2},"one":{"x":1,"y":3},"two":{"x":1,"y":2,"z":1}}"#]],
        );
        check("---\na: 1\n---\nb: 2\n", &expect![[r#"{"a":1}"#]]);
        check("", &expect!["null"]);
    }

    #[test]
    fn what_is_wrong_is_refused() {
        check(
            "a: *b",
            &expect![
                "the document is neither JSON nor YAML: while parsing node, found unknown anchor at byte 3 line 1 column 4"
            ],
        );
        check(
            "a: &a [*a]",
            &expect!["the document is neither JSON nor YAML: an alias stands for what is not whole yet"],
        );
        check("{[1]: 2}", &expect!["the document is neither JSON nor YAML: a key is no text"]);
        check(
            "a: [1",
            &expect![
                "the document is neither JSON nor YAML: while parsing a flow sequence, expected ',' or ']' at byte 5 line 2 column 1"
            ],
        );
        check(
            "a: 'x",
            &expect![
                "the document is neither JSON nor YAML: while scanning a quoted scalar, found unexpected end of stream at byte 3 line 1 column 4"
            ],
        );
    }

    #[test]
    fn laughs_and_depth_are_bounded() {
        let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for n in 1..20 {
            let before = n - 1;
            laughs.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{before}"); 10].join(", ")));
        }
        assert_eq!(read(&laughs), Err(Malformed::TooMuch));
        // The parser has a limit of its own, too.
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&"- ".repeat(100_000)).is_err());
        assert!(read(&format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH))).is_ok());
        // Aliases cannot make it deeper than it may be written.
        let mut deep = "a0: &a0 [x]\n".to_owned();
        for n in 1..200 {
            deep.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
        }
        assert_eq!(read(&deep), Err(Malformed::TooDeep));
    }
}
