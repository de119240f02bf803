//! Smithy's requests for restJson1 that break a constraint of the model: each must be read,
//! and exactly the expected kind of rule must be reported. The texts and the paths are not
//! compared: Smithy's own servers give others than AWS's services.

use crate::malformed::requests;
use serde_json::{Value as Json, json};
use wire::Constraint;
use wire::schema::{Model, Wanted};

/// The members of each operation's input, made from what the requests and answers show.
pub fn shapes(operation: &str) -> Option<Json> {
    let pattern = |text: &str| everywhere(json!({"type": "string", "pattern": text}));
    Some(match operation {
        "MalformedEnum" => {
            let mut shapes = everywhere(json!({"type": "string", "enum": ["abc", "def", "jkl"]}));
            shapes["In"]["members"]["stringWithEnumTrait"] = json!({"shape": "Other"});
            shapes["Other"] = json!({"type": "string", "enum": ["abc", "def"]});
            shapes
        }
        "MalformedPattern" => {
            let mut shapes = pattern("^[a-m]+$");
            shapes["In"]["members"]["evilString"] = json!({"shape": "Other"});
            shapes["Other"] = json!({"type": "string", "pattern": "^([0-9]+)+$"});
            shapes
        }
        "MalformedPatternOverride" => pattern("^[g-m]+$"),
        "SensitiveValidation" => {
            let mut shapes = pattern("^[a-m]+$");
            shapes["T"]["sensitive"] = json!(true);
            shapes
        }
        "MalformedLength" => lengths(2, 8, (2, 8)),
        "MalformedLengthOverride" => lengths(4, 6, (2, 8)),
        "MalformedLengthQueryString" => {
            let member = json!({"shape": "T", "location": "querystring", "locationName": "string"});
            let kind = json!({"type": "string", "min": 2, "max": 8});
            json!({"T": kind, "In": {"type": "structure", "members": {"string": member}}})
        }
        "MalformedRange" => ranges((2.0, 8.0), (2.2, 8.8)),
        "MalformedRangeOverride" => ranges((4.0, 6.0), (4.4, 6.6)),
        "MalformedRequired" => {
            let bound =
                |place: &str, name: &str| json!({"shape": "T", "location": place, "locationName": name});
            let members = json!({
                "string": {"shape": "T"}, "stringInQuery": bound("querystring", "stringInQuery"),
                "stringInHeader": bound("header", "string-in-headers"),
            });
            let required = ["string", "stringInQuery", "stringInHeader"];
            json!({"T": {"type": "string"}, "In": {"type": "structure", "required": required, "members": members}})
        }
        "RecursiveStructures" => {
            let members = json!({"union": {"shape": "Union"}, "string": {"shape": "T"}});
            json!({
                "T": {"type": "string", "enum": ["abc", "def"]},
                "Union": {"type": "structure", "union": true, "members": members},
                "In": {"type": "structure", "members": {"union": {"shape": "Union"}}},
            })
        }
        _ => return None,
    })
}

/// A string by itself, in a list, as a map's key and value, and in a union.
fn everywhere(string: Json) -> Json {
    let members = json!({
        "string": {"shape": "T"}, "list": {"shape": "List"}, "map": {"shape": "Map"}, "union": {"shape": "Union"},
    });
    json!({
        "T": string,
        "List": {"type": "list", "member": {"shape": "T"}},
        "Map": {"type": "map", "key": {"shape": "T"}, "value": {"shape": "T"}},
        "Union": {"type": "structure", "union": true, "members": {"first": {"shape": "T"}, "second": {"shape": "T"}}},
        "In": {"type": "structure", "members": members},
    })
}

/// Members of every kind that has a length; what is in lists and maps has its own.
fn lengths(min: u32, max: u32, inner: (u32, u32)) -> Json {
    let members = json!({
        "blob": {"shape": "Blob"}, "string": {"shape": "Text"}, "minString": {"shape": "MinText"},
        "maxString": {"shape": "MaxText"}, "list": {"shape": "List"}, "map": {"shape": "Map"},
    });
    json!({
        "Blob": {"type": "blob", "min": min, "max": max},
        "Text": {"type": "string", "min": min, "max": max},
        "MinText": {"type": "string", "min": min},
        "MaxText": {"type": "string", "max": max},
        "Inner": {"type": "string", "min": inner.0, "max": inner.1},
        "InnerList": {"type": "list", "min": inner.0, "max": inner.1, "member": {"shape": "Inner"}},
        "List": {"type": "list", "min": min, "max": max, "member": {"shape": "Inner"}},
        "Map": {"type": "map", "min": min, "max": max, "key": {"shape": "Inner"}, "value": {"shape": "InnerList"}},
        "In": {"type": "structure", "members": members},
    })
}

/// A number of each kind with both bounds, with the lower and with the upper.
fn ranges(whole: (f64, f64), broken: (f64, f64)) -> Json {
    let mut shapes = json!({"In": {"type": "structure", "members": {}}});
    let kinds = [("byte", whole), ("short", whole), ("integer", whole), ("long", whole), ("float", broken)];
    for (kind, (min, max)) in kinds {
        let mut capital = kind.to_owned();
        capital[..1].make_ascii_uppercase();
        let rules = [
            (kind.to_owned(), json!({"type": kind, "min": min, "max": max})),
            (format!("min{capital}"), json!({"type": kind, "min": min})),
            (format!("max{capital}"), json!({"type": kind, "max": max})),
        ];
        for (name, rule) in rules {
            shapes["In"]["members"][&name] = json!({"shape": name});
            shapes[name] = rule;
        }
    }
    shapes
}

/// Whether the rule is of the kind that Smithy's text says.
fn is_of_kind(constraint: &Constraint, text: &str) -> bool {
    let begins = match constraint {
        Constraint::Required => "Member must not be null",
        Constraint::MinLength(_) | Constraint::MaxLength(_) => "Member must have length",
        Constraint::MinValue(_) | Constraint::MaxValue(_) => "Member must be ",
        Constraint::Pattern(_) => "Member must satisfy regular expression pattern",
        Constraint::Enum(_) => "Member must satisfy enum value set",
    };
    text.starts_with(begins)
}

/// What is wrong with one request's report.
fn mistake(model: &Model, request: &wire::http::Request, text: &str) -> Option<String> {
    let Wanted::Operation(operation) = model.wanted(request) else { return Some("no route".to_owned()) };
    let value = match wire::decode_input(model, operation, request) {
        Ok(value) => value,
        Err(error) => return Some(error.to_string()),
    };
    let found = wire::validate(model, operation.input.unwrap(), &value);
    let fine = found.len() == 1 && is_of_kind(&found[0].constraint, text);
    (!fine).then(|| format!("want {text}, got {found:?}"))
}

#[test]
fn broken_constraints_are_reported() {
    let Some(file) = crate::read("protocols-smithy/restJson1.json") else {
        println!("protocols-smithy: the corpora are not here, nothing ran");
        return;
    };
    let (mut ran, mut failures) = (0, Vec::new());
    for group in file["groups"].as_array().unwrap() {
        let name = group["shape"].as_str().unwrap();
        let malformed = group["kind"] == "httpMalformedRequestTests";
        let Some(shapes) = shapes(name).filter(|_| malformed) else { continue };
        let model = crate::malformed::model(group, shapes);
        for case in group["cases"].as_array().unwrap() {
            let answer = case["response"]["body"]["assertion"]["contents"].as_str().unwrap();
            let text = answer.split("failed to satisfy constraint: ").nth(1).unwrap();
            for (value, request) in requests(&case["request"], &case["testParameters"]) {
                ran += 1;
                let mistake = mistake(&model, &request, text);
                failures.extend(mistake.map(|m| format!("{} `{value}`: {m}", case["id"])));
            }
        }
    }
    println!("protocols-smithy/restJson1: {ran} requests that break a constraint");
    assert!(failures.is_empty(), "{} of {ran}:\n{}", failures.len(), failures.join("\n"));
    assert!(ran > 100);
}
