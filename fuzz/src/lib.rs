//! What is fuzzed. Each target is a function of bytes in `targets`, which `fuzz_targets` gives to
//! libFuzzer and `crates/testkit/tests/fuzz.rs` to a mutator of its own, in every `cargo test`. What
//! once failed is in `cases/TARGET`, and is tried first by both.
//!
//! In this folder's parent, with `cargo install cargo-fuzz`:
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none decode_input fuzz/corpus/decode_input fuzz/cases/decode_input`

pub mod targets;

use serde_json::json;
use std::sync::LazyLock;
use wire::http::Request;
use wire::schema::Model;
use wire::schema::load::load;

/// One model per protocol, made once.
pub static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
    ["json", "query", "ec2", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"].iter().map(|p| model(p)).collect()
});

fn model(protocol: &str) -> Model {
    let member = |shape: &str| json!({"shape": shape});
    let mut members = json!({
        "String": member("String"), "Integer": member("Integer"), "Long": member("Long"),
        "Double": member("Double"), "Boolean": member("Boolean"), "Blob": member("Blob"),
        "Timestamp": member("Timestamp"), "HttpDate": member("HttpDate"), "List": member("List"),
        "Map": member("Map"), "Nested": member("Node"), "Union": member("Union"),
        "Flat": {"shape": "Strings", "flattened": true},
    });
    if protocol.starts_with("rest") {
        members["Headers"] = json!({"shape": "Dates", "location": "header", "locationName": "x-dates"});
        members["Names"] = json!({"shape": "Strings", "location": "header", "locationName": "x-names"});
        members["Query"] = json!({"shape": "Strings", "location": "querystring", "locationName": "q"});
    }
    let document = json!({
        "metadata": {"protocol": protocol, "jsonVersion": "1.1"},
        "operations": {"Op": {
            "http": {"method": "POST", "requestUri": "/"}, "input": member("Node"), "output": member("Node"),
        }},
        "shapes": {
            "Node": {"type": "structure", "members": members},
            "Union": {"type": "structure", "union": true, "members": {"A": member("String"), "B": member("Node")}},
            "List": {"type": "list", "member": {"shape": "Node"}},
            "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Node"}},
            "Strings": {"type": "list", "member": {"shape": "String"}},
            "Dates": {"type": "list", "member": {"shape": "HttpDate"}},
            "String": {"type": "string", "min": 1, "max": 8, "pattern": "(?!^[0-9]+$)[a-z0-9]*"},
            "Integer": {"type": "integer"}, "Long": {"type": "long"}, "Double": {"type": "double"},
            "Boolean": {"type": "boolean"}, "Blob": {"type": "blob"}, "Timestamp": {"type": "timestamp"},
            "HttpDate": {"type": "timestamp", "timestampFormat": "rfc822"},
        },
    });
    load(&document, &["Op"]).expect("the model is well-formed")
}

/// A request made of the input: its first line is the headers' and the query's text.
pub fn request(data: &[u8]) -> Request {
    let split = data.iter().position(|b| *b == b'\n').unwrap_or(0);
    let (line, body) = data.split_at(split);
    let text = String::from_utf8_lossy(line).into_owned();
    Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: text.clone(),
        headers: vec![("x-dates".to_owned(), text.clone()), ("x-names".to_owned(), text)],
        body: body.to_vec().into(),
    }
}
