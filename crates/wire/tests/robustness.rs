//! No input makes a decoder panic, run long or nest without bound; what is encoded is
//! well-formed whatever the strings hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use wire::http::Request;
use wire::schema::{Model, load::load};
use wire::{DecodeError, ErrorReply, Fields, Value};

/// A recursive shape with a member of every kind, in a protocol.
fn model(protocol: &str) -> Model {
    let member = |shape: &str| json!({"shape": shape});
    let members = json!({
        "String": member("String"), "Integer": member("Integer"), "Float": member("Float"),
        "Boolean": member("Boolean"), "Blob": member("Blob"), "Timestamp": member("Timestamp"),
        "List": member("List"), "Map": member("Map"), "Nested": member("Node"),
        "Document": member("Document"),
    });
    let shapes = json!({
        "Node": {"type": "structure", "members": members},
        "List": {"type": "list", "member": {"shape": "Node"}},
        "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Node"}},
        "String": {"type": "string"}, "Integer": {"type": "integer"}, "Float": {"type": "double"},
        "Boolean": {"type": "boolean"}, "Blob": {"type": "blob"}, "Timestamp": {"type": "timestamp"},
        "Document": {"type": "structure", "members": {}, "document": true},
    });
    let document = json!({
        "metadata": {"protocol": protocol, "jsonVersion": "1.1", "xmlNamespace": "https://example.com/"},
        "shapes": shapes,
        "operations": {"Op": {
            "http": {"method": "POST", "requestUri": "/"}, "input": member("Node"), "output": member("Node"),
        }},
    });
    load(&document, &["Op"]).unwrap()
}

fn decode(model: &Model, body: &[u8]) -> Result<Value, DecodeError> {
    let request = Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        body: body.to_vec().into(),
        ..Request::default()
    };
    wire::decode_input(model, &model.operations[0], &request)
}

const PROTOCOLS: [&str; 6] = ["json", "query", "ec2", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"];

#[test]
fn nesting_is_bounded() {
    let json = |n: usize| format!("{}{{}}{}", r#"{"Nested":"#.repeat(n), "}".repeat(n));
    let form = |n: usize| format!("{}String=x", "Nested.".repeat(n));
    let xml = |n: usize| format!("<Node>{}{}</Node>", "<Nested>".repeat(n), "</Nested>".repeat(n));
    let cbor = |n: usize| [b"\xa1fNested".repeat(n), vec![0xa0]].concat();
    let nested = model("smithy-rpc-v2-cbor");
    assert!(decode(&nested, &cbor(60)).is_ok());
    assert_eq!(decode(&nested, &cbor(70)), Err(DecodeError::TooDeep { limit: 64 }));
    assert_eq!(decode(&nested, &cbor(100_000)), Err(DecodeError::TooDeep { limit: 64 }));
    for (protocol, fine, deep, absurd) in [
        ("rest-xml", xml(60), xml(70), xml(100_000)),
        ("json", json(60), json(70), json(100_000)),
        ("rest-json", json(60), json(70), json(100_000)),
        ("query", form(60), form(70), form(100_000)),
        ("ec2", form(60), form(70), form(100_000)),
    ] {
        let model = model(protocol);
        assert!(decode(&model, fine.as_bytes()).is_ok(), "{protocol}");
        assert_eq!(decode(&model, deep.as_bytes()), Err(DecodeError::TooDeep { limit: 64 }), "{protocol}");
        assert!(decode(&model, absurd.as_bytes()).is_err(), "{protocol}");
    }
}

#[test]
fn parameters_are_bounded() {
    let body = "a=1&".repeat(20_000);
    assert_eq!(decode(&model("query"), body.as_bytes()), Err(DecodeError::TooMany { limit: 16_384 }));
}

#[test]
fn invalid_utf8_is_refused() {
    for protocol in PROTOCOLS {
        let body = match protocol {
            "smithy-rpc-v2-cbor" => [b"\xa1fString".as_slice(), &[0x62, 0xff, 0xfe]].concat(),
            _ => [b"{\"String\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat(),
        };
        assert_eq!(decode(&model(protocol), &body), Err(DecodeError::NotUtf8), "{protocol}");
    }
}

/// Text that is likely to reach deep into a parser.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{\"Nested\":".to_owned()),
        Just("\"List\":[".to_owned()),
        Just("]".to_owned()),
        Just("}".to_owned()),
        Just(",".to_owned()),
        Just("\"Timestamp\":1e400".to_owned()),
        Just("List.member.".to_owned()),
        Just("Map.entry.1.key=".to_owned()),
        Just("&".to_owned()),
        Just("List.99999999999.String=1".to_owned()),
        Just("Nested.".to_owned()),
        Just("=".to_owned()),
        Just("<Nested>".to_owned()),
        Just("</Nested>".to_owned()),
        Just("&#x41;&lt;".to_owned()),
        Just("Timestamp=9999-99-99T99:99:99Z".to_owned()),
        Just("%ff%00".to_owned()),
        "\\PC{0,8}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn decoders_take_any_bytes(body in prop::collection::vec(any::<u8>(), 0..512)) {
        for protocol in PROTOCOLS {
            let _ = decode(&model(protocol), &body);
        }
    }

    #[test]
    fn decoders_take_any_fragments(body in fragments()) {
        for protocol in PROTOCOLS {
            let model = model(protocol);
            if let Ok(value) = decode(&model, body.as_bytes()) {
                let _ = wire::validate(&model, model.operations[0].input.unwrap(), &value);
            }
        }
    }

    #[test]
    fn routes_and_headers_take_anything(path in "\\PC{0,40}", query in "\\PC{0,40}", header in "\\PC{0,40}") {
        let request = Request {
            method: "GET".to_owned(), path, query, headers: vec![("x-amz-target".to_owned(), header)],
            ..Request::default()
        };
        for protocol in PROTOCOLS {
            let _ = model(protocol).wanted(&request);
        }
    }

    #[test]
    fn answers_are_well_formed(text in any::<String>(), key in any::<String>()) {
        let inner: Fields = [("String", Value::from(text.as_str()))].into_iter().collect();
        let map = BTreeMap::from([(key, Value::Struct(inner.clone()))]);
        let fields: Fields =
            [("Map", Value::Map(map)), ("List", Value::List(vec![Value::Struct(inner)]))].into_iter().collect();
        for protocol in PROTOCOLS {
            let model = model(protocol);
            let answer = wire::encode_output(&model, &model.operations[0], Value::Struct(fields.clone()), "id");
            let error = wire::encode_error(&model, &ErrorReply::client("Code", text.as_str()), "id");
            for body in [answer.body, error.body] {
                let well_formed = match protocol {
                    "smithy-rpc-v2-cbor" => continue,
                    "query" | "ec2" | "rest-xml" => is_xml(std::str::from_utf8(&body).unwrap()),
                    _ => serde_json::from_slice::<serde_json::Value>(&body).is_ok(),
                };
                prop_assert!(well_formed, "{protocol}: {body:?}");
            }
        }
    }
}

/// Well-formed, with every character one that XML 1.0 allows.
fn is_xml(text: &str) -> bool {
    let mut reader = quick_xml::Reader::from_str(text);
    let allowed =
        text.chars().all(|c| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\n' | '\t'));
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return allowed,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
