//! Smithy's malformed requests for restJson1 that concern the reading of a request: each
//! must be refused with `SerializationException`. The cases come without their model, so
//! the shapes of their operations are made here from what the requests show.
//!
//! Those that break a constraint are in `constraints.rs`; what neither has is left out for
//! a reason in the table below.

use serde_json::{Value as Json, json};
use wire::http::Request;
use wire::schema::Wanted;
use wire::schema::load::load;

/// `MalformedX/{xInPath}` with a member of the type in each place.
fn everywhere(name: &str, kind: Json) -> Json {
    let member = |place: &str, location: Option<&str>| {
        let wire_name = format!("{name}In{place}");
        match location {
            Some(location) => json!({"shape": "T", "location": location, "locationName": wire_name}),
            None => json!({"shape": "T"}),
        }
    };
    let members = json!({
        format!("{name}InBody"): member("Body", None),
        format!("{name}InPath"): member("Path", Some("uri")),
        format!("{name}InQuery"): member("Query", Some("querystring")),
        format!("{name}InHeader"): member("Header", Some("header")),
    });
    json!({"T": kind, "In": {"type": "structure", "members": members}})
}

fn body(name: &str, kind: Json) -> Json {
    let members = json!({name: {"shape": "T"}});
    json!({"In": {"type": "structure", "members": members}, "T": kind, "S": {"type": "string"}})
}

fn shapes(operation: &str) -> Option<Json> {
    let timestamp = |format: &str| json!({"type": "timestamp", "timestampFormat": format});
    Some(match operation {
        "MalformedBoolean" => everywhere("boolean", json!({"type": "boolean"})),
        "MalformedByte" => everywhere("byte", json!({"type": "byte"})),
        "MalformedShort" => everywhere("short", json!({"type": "short"})),
        "MalformedInteger" => everywhere("integer", json!({"type": "integer"})),
        "MalformedLong" => everywhere("long", json!({"type": "long"})),
        "MalformedFloat" => everywhere("float", json!({"type": "float"})),
        "MalformedDouble" => everywhere("double", json!({"type": "double"})),
        "MalformedBlob" => body("blob", json!({"type": "blob"})),
        "MalformedList" => body("bodyList", json!({"type": "list", "member": {"shape": "S"}})),
        "MalformedMap" => {
            body("bodyMap", json!({"type": "map", "key": {"shape": "S"}, "value": {"shape": "S"}}))
        }
        "MalformedString" => {
            let blob = json!({"shape": "S", "jsonvalue": true, "location": "header", "locationName": "amz-media-typed-header"});
            json!({"S": {"type": "string"}, "In": {"type": "structure", "members": {"blob": blob}}})
        }
        "MalformedRequestBody" => {
            let members = json!({"int": {"shape": "I"}, "float": {"shape": "F"}});
            json!({"I": {"type": "integer"}, "F": {"type": "float"}, "In": {"type": "structure", "members": members}})
        }
        "MalformedUnion" => {
            let members = json!({"int": {"shape": "I"}, "string": {"shape": "S"}});
            let mut shapes = body("union", json!({"type": "structure", "union": true, "members": members}));
            shapes["I"] = json!({"type": "integer"});
            shapes
        }
        "MalformedTimestampPathDefault" => in_place("uri", json!({"type": "timestamp"})),
        "MalformedTimestampPathHttpDate" => in_place("uri", timestamp("rfc822")),
        "MalformedTimestampPathEpoch" => in_place("uri", timestamp("unixTimestamp")),
        "MalformedTimestampQueryDefault" => in_place("querystring", json!({"type": "timestamp"})),
        "MalformedTimestampQueryHttpDate" => in_place("querystring", timestamp("rfc822")),
        "MalformedTimestampQueryEpoch" => in_place("querystring", timestamp("unixTimestamp")),
        "MalformedTimestampHeaderDefault" => in_place("header", json!({"type": "timestamp"})),
        "MalformedTimestampHeaderDateTime" => in_place("header", timestamp("iso8601")),
        "MalformedTimestampHeaderEpoch" => in_place("header", timestamp("unixTimestamp")),
        "MalformedTimestampBodyDefault" => body("timestamp", json!({"type": "timestamp"})),
        "MalformedTimestampBodyDateTime" => body("timestamp", timestamp("iso8601")),
        "MalformedTimestampBodyHttpDate" => body("timestamp", timestamp("rfc822")),
        _ => return None,
    })
}

fn in_place(location: &str, kind: Json) -> Json {
    let member = json!({"shape": "T", "location": location, "locationName": "timestamp"});
    json!({"T": kind, "In": {"type": "structure", "members": {"timestamp": member}}})
}

/// What Smithy refuses and moat, as AWS's services, reads.
const READ_ALL_THE_SAME: &[(&str, &str, &str)] = &[
    ("RestJsonBodyTimestampDateTimeRejectsUTCOffsets", "1996-12-19T16:39:57-08:00", OFFSET),
    ("RestJsonPathTimestampDefaultRejectsUTCOffsets", "", OFFSET),
];
const OFFSET: &str = "a moment with an offset is as clear as one in UTC";

/// Groups that do not run.
const LEFT_OUT: &[(&str, &str)] = &[
    ("MalformedAcceptWithBody", ACCEPT),
    ("MalformedAcceptWithPayload", ACCEPT),
    ("MalformedAcceptWithGenericString", ACCEPT),
    ("MalformedContentTypeWithBody", CONTENT_TYPE),
    ("MalformedContentTypeWithPayload", CONTENT_TYPE),
    ("MalformedContentTypeWithoutBody", CONTENT_TYPE),
    ("MalformedContentTypeWithoutBodyEmptyInput", CONTENT_TYPE),
    ("HttpStringPayload", CONTENT_TYPE),
    ("MalformedUniqueItems", "AWS's models as botocore has them do not say whose items are unique"),
];
const ACCEPT: &str = "AWS's own services answer in their protocol whatever the client accepts";
const CONTENT_TYPE: &str = "AWS's own services read the body in their protocol whatever its type is called";

/// Small integers are integers in AWS's models as botocore has them, so these fit.
fn fits_an_integer(operation: &str, value: &str) -> bool {
    matches!(operation, "MalformedByte" | "MalformedShort") && value.parse::<i32>().is_ok()
}

/// The model of one group's operation.
pub fn model(group: &Json, shapes: Json) -> wire::schema::Model {
    let name = group["shape"].as_str().unwrap();
    let operation =
        json!({"http": {"method": "POST", "requestUri": group["http"]["uri"]}, "input": {"shape": "In"}});
    let document = json!({
        "metadata": {"protocol": "rest-json"}, "shapes": shapes, "operations": {name: operation},
    });
    load(&document, &[name]).unwrap()
}

#[test]
fn malformed_requests_are_refused() {
    let Some(file) = crate::read("protocols-smithy/restJson1.json") else {
        println!("protocols-smithy: the corpora are not here, nothing ran");
        return;
    };
    let (mut ran, mut left_out, mut failures) = (0, 0, Vec::new());
    for group in file["groups"].as_array().unwrap() {
        let name = group["shape"].as_str().unwrap();
        if group["kind"] != "httpMalformedRequestTests" {
            continue;
        }
        let Some(shapes) = shapes(name) else {
            left_out += group["cases"].as_array().unwrap().len() * usize::from(is_left_out(name));
            continue;
        };
        let model = model(group, shapes);
        for case in group["cases"].as_array().unwrap() {
            for (value, request) in requests(&case["request"], &case["testParameters"]) {
                ran += 1;
                let id = case["id"].as_str().unwrap();
                let Wanted::Operation(operation) = model.wanted(&request) else {
                    failures.push(format!("{id}: no route for {}", request.path));
                    continue;
                };
                let refused = wire::decode_input(&model, operation, &request)
                    .is_err_and(|e| e.reply(model.service.protocol).code == "SerializationException");
                let lenient = READ_ALL_THE_SAME.iter().any(|(c, v, _)| *c == id && *v == value)
                    || fits_an_integer(name, &value);
                if refused == lenient {
                    failures.push(format!("{id}: `{value}` refused: {refused}"));
                }
            }
        }
    }
    println!("protocols-smithy/restJson1: {ran} malformed requests, {left_out} cases left out for a reason");
    assert!(failures.is_empty(), "{} of {ran}:\n{}", failures.len(), failures.join("\n"));
    assert!(ran > 100);
}

/// Whether a group is in the table; if not, the constraints must have it.
fn is_left_out(name: &str) -> bool {
    let listed = LEFT_OUT.iter().any(|(group, _)| *group == name);
    assert!(listed != crate::constraints::shapes(name).is_some(), "{name} must be in one of the two");
    listed
}

/// The request for each value of the parameters.
pub fn requests(json: &Json, parameters: &Json) -> Vec<(String, Request)> {
    let Some(values) = parameters["value"].as_array() else {
        return vec![(String::new(), request(json, ""))];
    };
    let values = values.iter().map(|v| v.as_str().unwrap());
    values.map(|v| (v.to_owned(), request(json, v))).collect()
}

fn request(json: &Json, value: &str) -> Request {
    let quoted = Json::from(value).to_string();
    let fill = |text: &str| text.replace("$value:L", value).replace("$value:S", &quoted);
    let headers = json["headers"].as_object().into_iter().flatten();
    let query = json["queryParams"].as_array().into_iter().flatten();
    let query: Vec<_> = query.map(|q| fill(q.as_str().unwrap())).collect();
    let uri = fill(json["uri"].as_str().unwrap());
    let (path, more) = uri.split_once('?').unwrap_or((&uri, ""));
    Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: if more.is_empty() { query.join("&") } else { more.to_owned() },
        headers: headers.map(|(n, v)| (n.clone(), fill(v.as_str().unwrap()))).collect(),
        body: fill(json["body"].as_str().unwrap_or_default()).into(),
    }
}
