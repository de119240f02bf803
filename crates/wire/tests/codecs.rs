//! Each protocol on one small service: what a request means, and what answers look like.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use expect_test::{Expect, expect};
use serde_json::json;
use std::collections::BTreeMap;
use wire::http::{Request, Response};
use wire::schema::{Model, Wanted, load::load};
use wire::{ErrorReply, Fields, Value};

fn model(protocol: &str) -> Model {
    let member = |shape: &str| json!({"shape": shape});
    let at = |shape: &str, location: &str, name: &str| json!({"shape": shape, "location": location, "locationName": name});
    let rest = protocol.starts_with("rest");
    let mut members = json!({
        "Name": {"shape": "String", "locationName": "name"},
        "Count": member("Integer"),
        "Created": member("Timestamp"),
        "Data": member("Blob"),
        "Tags": member("Tags"),
        "Labels": member("Labels"),
        "Flat": {"shape": "Strings", "locationName": "item", "flattened": true},
    });
    if rest {
        members["Id"] = at("String", "uri", "Id");
        members["Version"] = at("Integer", "querystring", "version");
        members["Etag"] = at("String", "header", "ETag");
    }
    let uri = if rest { "/things/{Id}" } else { "/" };
    let document = json!({
        "metadata": {
            "protocol": protocol, "jsonVersion": "1.1", "targetPrefix": "Svc", "xmlNamespace": "https://svc/",
        },
        "operations": {
            "Do": {
                "http": {"method": "POST", "requestUri": uri}, "input": member("Thing"),
                "output": {"shape": "Thing", "resultWrapper": "DoResult"}, "errors": [member("Missing")],
            },
            "Later": {"http": {"method": "GET", "requestUri": "/later"}},
        },
        "shapes": {
            "Thing": {"type": "structure", "members": members},
            "Missing": {
                "type": "structure", "exception": true, "members": {"Message": member("String"), "Which": member("String")},
                "error": {"code": "Thing.Missing", "httpStatusCode": 404},
            },
            "Tags": {"type": "list", "member": {"shape": "Tag", "locationName": "Tag"}},
            "Tag": {"type": "structure", "members": {"Key": member("String"), "Value": member("String")}},
            "Labels": {"type": "map", "key": member("String"), "value": member("String")},
            "Strings": {"type": "list", "member": member("String")},
            "String": {"type": "string"}, "Integer": {"type": "integer"},
            "Timestamp": {"type": "timestamp"}, "Blob": {"type": "blob"},
        },
    });
    load(&document, &["Do"]).unwrap()
}

fn decode(protocol: &str, request: Request, want: Expect) {
    let model = model(protocol);
    let request = Request { method: "POST".into(), ..request };
    let text = match model.wanted(&request) {
        Wanted::Operation(operation) => match wire::decode_input(&model, operation, &request) {
            Ok(value) => show(&value),
            Err(e) => {
                let reply = e.reply(model.service.protocol);
                format!("{} {}: {}", reply.status, reply.code, reply.message)
            }
        },
        other => format!("{other:?}"),
    };
    want.assert_eq(&text);
}

fn show(value: &Value) -> String {
    match value {
        Value::Struct(fields) => {
            let mut parts: Vec<_> = fields.iter().map(|(k, v)| format!("{k}={}", show(v))).collect();
            parts.sort();
            format!("{{{}}}", parts.join(" "))
        }
        Value::Map(map) => {
            format!(
                "map{{{}}}",
                map.iter().map(|(k, v)| format!("{k}={}", show(v))).collect::<Vec<_>>().join(" ")
            )
        }
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Value::Blob(bytes) => format!("blob({})", String::from_utf8_lossy(bytes)),
        Value::Timestamp(at) => at.iso8601(),
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn form(body: &str) -> Request {
    Request { path: "/".into(), body: body.to_owned().into(), ..Request::default() }
}

fn target(operation: &str, body: &str) -> Request {
    let headers = vec![("X-Amz-Target".to_owned(), format!("Svc.{operation}"))];
    Request { headers, ..form(body) }
}

fn rest(path: &str, query: &str, body: &str) -> Request {
    let headers = vec![("etag".to_owned(), "v1".to_owned())];
    Request { path: path.into(), query: query.into(), headers, ..form(body) }
}

#[test]
fn aws_query_requests() {
    decode(
        "query",
        form(
            "Action=Do&Version=1&name=a%20b&Count=3&Tags.Tag.1.Key=k&Tags.Tag.1.Value=v&Labels.entry.1.key=x&Labels.entry.1.value=y&item.2=q&item.1=p",
        ),
        expect!["{Count=3 Flat=[p q] Labels=map{x=y} Name=a b Tags=[{Key=k Value=v}]}"],
    );
    decode(
        "query",
        form("Action=Do&Tags.member.1.Key=k&Tags.member.10.Key=z&Tags.member.2.Key=l"),
        expect!["{Tags=[{Key=k} {Key=l} {Key=z}]}"],
    );
    decode(
        "query",
        form("Action=Do&Created=2026-01-02T03:04:05Z&Data=aGk%3D&Tags="),
        expect!["{Created=2026-01-02T03:04:05Z Data=blob(hi) Tags=[]}"],
    );
    decode(
        "query",
        form("Action=Do&Count=many"),
        expect!["400 MalformedInput: `Count`: `many` is not a valid integer"],
    );
    decode(
        "query",
        form("Action=Do&Tags.member.x.Key=k"),
        expect!["400 MalformedInput: `Tags`: `x` is not a valid number"],
    );
    decode("query", form("Action=Later"), expect![[r#"Known("Later")"#]]);
    decode("query", form("Action=Never"), expect![[r#"Unknown(Some("Never"))"#]]);
    decode("query", form("Version=1"), expect!["Unknown(None)"]);
}

#[test]
fn ec2_query_requests() {
    decode(
        "ec2",
        form("Action=Do&Name=a&Tags.1.Key=k&Tags.1.Value=v&Tags.2.Key=l&Item.1=p"),
        expect!["{Flat=[p] Name=a Tags=[{Key=k Value=v} {Key=l}]}"],
    );
    decode(
        "ec2",
        form("Action=Do&Count=1.5"),
        expect!["400 InvalidParameterValue: `Count`: `1.5` is not a valid integer"],
    );
}

#[test]
fn aws_json_requests() {
    decode(
        "json",
        target(
            "Do",
            r#"{"name":"a","Count":3,"Created":1767323045,"Data":"aGk=","Tags":[{"Key":"k","Value":null}],"Labels":{"x":"y"},"Unknown":1}"#,
        ),
        expect!["{Count=3 Created=2026-01-02T03:04:05Z Data=blob(hi) Labels=map{x=y} Name=a Tags=[{Key=k}]}"],
    );
    decode("json", target("Do", ""), expect!["{}"]);
    decode(
        "json",
        target("Do", r#"{"name":7}"#),
        expect!["400 SerializationException: NUMBER_VALUE can not be converted to a String"],
    );
    decode(
        "json",
        target("Do", r#"{"Tags":{}}"#),
        expect!["400 SerializationException: Start of structure or map found where not expected."],
    );
    decode(
        "json",
        target("Do", r#"{"Labels":[]}"#),
        expect!["400 SerializationException: Start of list found where not expected"],
    );
    decode(
        "json",
        target("Do", "{"),
        expect!["400 SerializationException: the request body is not valid JSON"],
    );
    decode("json", target("Later", "{}"), expect![[r#"Known("Later")"#]]);
}

#[test]
fn rest_json_requests() {
    decode(
        "rest-json",
        rest("/things/a%2Fb", "version=2", r#"{"name":"n","Count":3}"#),
        expect!["{Count=3 Etag=v1 Id=a/b Name=n Version=2}"],
    );
    decode("rest-json", rest("/things/a", "", ""), expect!["{Etag=v1 Id=a}"]);
    decode(
        "rest-json",
        rest("/things/a", "version=two", ""),
        expect!["400 SerializationException: `Version`: `two` is not a valid integer"],
    );
    decode("rest-json", rest("/things/a/b", "", ""), expect!["Unknown(None)"]);
    decode(
        "rest-json",
        rest("/things/a", "", "[]"),
        expect!["400 SerializationException: the request body is not valid JSON"],
    );
}

fn thing(rest: bool) -> Value {
    let tag: Fields = [("Key", Value::from("k<")), ("Value", Value::from("v"))].into_iter().collect();
    let mut fields: Fields = [
        ("Name", Value::from("a&b")),
        ("Count", Value::Int(3)),
        ("Created", Value::Timestamp(base::Timestamp(1_767_323_045_678))),
        ("Data", Value::Blob(b"hi".to_vec())),
        ("Tags", Value::List(vec![Value::Struct(tag)])),
        ("Labels", Value::Map(BTreeMap::from([("x".to_owned(), Value::from("y"))]))),
        ("Flat", Value::List(vec![Value::from("p"), Value::from("q")])),
    ]
    .into_iter()
    .collect();
    if rest {
        fields.set("Etag", Value::from("v\r\n2"));
    }
    Value::Struct(fields)
}

fn text(response: Response) -> String {
    let headers: Vec<_> = response.headers.iter().map(|(n, v)| format!("{n}: {v}\n")).collect();
    format!("{}\n{}\n{}", response.status, headers.concat(), String::from_utf8_lossy(&response.body))
}

fn answer(protocol: &str, want: Expect) {
    let model = model(protocol);
    let value = thing(protocol.starts_with("rest"));
    want.assert_eq(&text(wire::encode_output(&model, &model.operations[0], value, "req-1")));
}

fn error(protocol: &str, want: Expect) {
    let mut reply = ErrorReply::client("Thing.Missing", "no such <thing>").with_status(404);
    reply.fields.push(("Which", Value::from("t")));
    want.assert_eq(&text(wire::encode_error(&model(protocol), &reply, "req-1")));
}

#[test]
fn answers() {
    answer(
        "query",
        expect![[r#"
        200
        Content-Type: text/xml
        x-amzn-RequestId: req-1

        <?xml version="1.0" encoding="UTF-8"?>
        <DoResponse xmlns="https://svc/"><DoResult><Count>3</Count><Created>2026-01-02T03:04:05.678Z</Created><Data>aGk=</Data><item>p</item><item>q</item><Labels><entry><key>x</key><value>y</value></entry></Labels><name>a&amp;b</name><Tags><Tag><Key>k&lt;</Key><Value>v</Value></Tag></Tags></DoResult><ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></DoResponse>
    "#]],
    );
    answer(
        "ec2",
        expect![[r#"
        200
        Content-Type: text/xml;charset=UTF-8
        x-amzn-RequestId: req-1

        <?xml version="1.0" encoding="UTF-8"?>
        <DoResponse xmlns="https://svc/"><requestId>req-1</requestId><Count>3</Count><Created>2026-01-02T03:04:05.678Z</Created><Data>aGk=</Data><item>p</item><item>q</item><Labels><entry><key>x</key><value>y</value></entry></Labels><name>a&amp;b</name><Tags><Tag><Key>k&lt;</Key><Value>v</Value></Tag></Tags></DoResponse>
    "#]],
    );
    answer(
        "json",
        expect![[r#"
        200
        Content-Type: application/x-amz-json-1.1
        x-amzn-RequestId: req-1

        {"Count":3,"Created":1767323045.678,"Data":"aGk=","Labels":{"x":"y"},"Tags":[{"Key":"k<","Value":"v"}],"item":["p","q"],"name":"a&b"}"#]],
    );
    answer(
        "rest-json",
        expect![[r#"
        200
        Content-Type: application/json
        ETag: v  2
        x-amzn-RequestId: req-1

        {"Count":3,"Created":1767323045.678,"Data":"aGk=","Labels":{"x":"y"},"Tags":[{"Key":"k<","Value":"v"}],"item":["p","q"],"name":"a&b"}"#]],
    );
}

#[test]
fn errors() {
    error(
        "query",
        expect![[r#"
        404
        Content-Type: text/xml
        x-amzn-RequestId: req-1

        <?xml version="1.0" encoding="UTF-8"?>
        <ErrorResponse xmlns="https://svc/"><Error><Type>Sender</Type><Code>Thing.Missing</Code><Message>no such &lt;thing&gt;</Message><Which>t</Which></Error><RequestId>req-1</RequestId></ErrorResponse>
    "#]],
    );
    error(
        "ec2",
        expect![[r#"
        404
        Content-Type: text/xml;charset=UTF-8
        x-amzn-RequestId: req-1

        <?xml version="1.0" encoding="UTF-8"?>
        <Response><Errors><Error><Code>Thing.Missing</Code><Message>no such &lt;thing&gt;</Message><Which>t</Which></Error></Errors><RequestID>req-1</RequestID></Response>
    "#]],
    );
    error(
        "json",
        expect![[r#"
        404
        Content-Type: application/x-amz-json-1.1
        x-amzn-errortype: Missing
        x-amzn-RequestId: req-1

        {"Message":"no such <thing>","Which":"t","__type":"Missing"}"#]],
    );
    error(
        "rest-json",
        expect![[r#"
        404
        Content-Type: application/json
        x-amzn-errortype: Thing.Missing
        x-amzn-RequestId: req-1

        {"Message":"no such <thing>","Which":"t"}"#]],
    );
}
