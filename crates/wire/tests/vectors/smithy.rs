//! Smithy's own cases for the same protocols, as data. They come without the model that they
//! stand on: botocore's vectors bring it for the operations that they have too, and
//! `shapes.json` beside this file has the others, in the same form.

use crate::{Suite, Tally, input, output, smithy_exempt};
use serde_json::{Value as Json, json};

/// What stands for one protocol: the models of botocore's vectors, those made for these cases.
struct Models {
    own: Json,
    inputs: Vec<Json>,
    outputs: Vec<Json>,
}

impl Models {
    fn read(vectors: &[&str]) -> Self {
        let suites = |folder: &str| {
            let files =
                vectors.iter().filter_map(|v| crate::read(&format!("protocols-botocore/{folder}/{v}.json")));
            files.flat_map(|file| file.as_array().unwrap().clone()).collect()
        };
        let own = serde_json::from_str(include_str!("shapes.json")).unwrap();
        Self { own, inputs: suites("input"), outputs: suites("output") }
    }

    /// The suite and the vector that have the operation or the error of a group, the one of
    /// the same name as the case first.
    fn of_botocore(&self, folder: &str, group: &Json, case: &Json) -> Option<(Json, Json)> {
        let suites = if folder == "input" { &self.inputs } else { &self.outputs };
        let pairs = || suites.iter().flat_map(|s| s["cases"].as_array().unwrap().iter().map(move |c| (s, c)));
        let concerns = |given: &Json| {
            let mut errors = given["errors"].as_array().into_iter().flatten();
            given["name"] == group["shape"] || errors.any(|e| e["shape"] == group["shape"])
        };
        let found = pairs()
            .find(|(_, c)| c["id"] == case["id"] && concerns(&c["given"]))
            .or_else(|| pairs().find(|(_, c)| concerns(&c["given"])));
        found.map(|(suite, vector)| (suite.clone(), vector["given"].clone()))
    }

    /// What is made for the case itself or for the operation of its group.
    fn of_ours(&self, name: &Json, group: &Json) -> Option<(Json, Json)> {
        let mut given = self.own["operations"].get(name.as_str()?)?.clone();
        let http = &group["http"];
        given["name"] = group["shape"].clone();
        given["http"] = json!({
            "method": http["method"].as_str().unwrap_or("POST"),
            "requestUri": http["uri"].as_str().unwrap_or("/"),
            "responseCode": http["code"].as_u64().unwrap_or(200),
        });
        let suite = json!({"metadata": self.inputs[0]["metadata"], "shapes": self.own["shapes"]});
        Some((suite, given))
    }

    fn check(&self, folder: &str, group: &Json, case: &Json) -> Result<(), String> {
        let found = self.of_ours(&case["id"], group);
        let found = found.or_else(|| self.of_botocore(folder, group, case));
        let found = found.or_else(|| self.of_ours(&group["shape"], group));
        let (suite, given) = found.ok_or_else(|| format!("no model has `{}`", group["shape"]))?;
        let code = error_code(&suite, &given, group);
        let suite = Suite { json: &suite };
        match folder {
            "input" => input::check(&suite, &as_input(given, case)),
            _ => output::check(&suite, &as_output(given, code, case)),
        }
    }
}

/// The code that an error has on the wire, if the group is about an error.
fn error_code(suite: &Json, given: &Json, group: &Json) -> Option<Json> {
    let name = group["shape"].as_str()?;
    let code = suite["shapes"][name]["error"].get("code").cloned();
    let mut errors = given["errors"].as_array()?.iter();
    errors.any(|e| e["shape"] == name).then(|| code.unwrap_or_else(|| json!(name)))
}

/// A case of a request as botocore's vectors have it.
fn as_input(given: Json, case: &Json) -> Json {
    let parameters = case["queryParams"].as_array().into_iter().flatten().filter_map(Json::as_str);
    let mut uri = case["uri"].as_str().unwrap().to_owned();
    for parameter in parameters {
        uri.push(if uri.contains('?') { '&' } else { '?' });
        uri.push_str(parameter);
    }
    let serialized =
        json!({"method": case["method"], "uri": uri, "headers": case["headers"], "body": case["body"]});
    let params = case.get("params").cloned().unwrap_or_else(|| json!({}));
    json!({"given": given, "serialized": serialized, "params": params})
}

/// A case of a response as botocore's vectors have it.
fn as_output(given: Json, code: Option<Json>, case: &Json) -> Json {
    let response = json!({
        "status_code": case["code"], "headers": case["headers"], "forbidden": case["forbidHeaders"],
        "body": case["body"], "any_body": case.get("body").is_none(),
    });
    let params = case.get("params").cloned().unwrap_or_else(|| json!({}));
    match code {
        Some(code) => json!({"given": given, "errorCode": code, "error": params, "response": response}),
        None => json!({"given": given, "result": params, "response": response}),
    }
}

fn run(name: &str, vectors: &[&str]) {
    let Some(file) = crate::read(&format!("protocols-smithy/{name}.json")) else {
        println!("protocols-smithy/{name}: the corpora are not here, nothing ran");
        return;
    };
    let models = Models::read(vectors);
    let (mut tally, mut clients) = (Tally::default(), 0);
    for group in file["groups"].as_array().unwrap() {
        let folder = match group["kind"].as_str().unwrap() {
            "httpRequestTests" => "input",
            "httpResponseTests" => "output",
            // Those are in `malformed.rs`.
            _ => continue,
        };
        for case in group["cases"].as_array().unwrap() {
            // What only a client does, such as sending its defaults, no server can be asked for.
            if case["appliesTo"] == "client" {
                clients += 1;
                continue;
            }
            let id = format!("{folder}/{name}/{}", case["id"].as_str().unwrap());
            tally.add(&id, models.check(folder, group, case), smithy_exempt::reason(&id));
        }
    }
    println!("protocols-smithy/{name}: {clients} cases are for clients only");
    tally.finish(&format!("protocols-smithy/{name}"));
}

macro_rules! protocols {
    ($($test:ident $name:literal $vectors:expr;)*) => {
        $(#[test] fn $test() { run($name, &$vectors); })*

        #[test]
        fn every_file_is_named() {
            let Some(folder) = crate::corpora() else { return };
            let named = [$(concat!($name, ".json")),*];
            for entry in std::fs::read_dir(folder.join("protocols-smithy")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                let known = named.contains(&name.as_str()) || smithy_exempt::FILES.iter().any(|(f, _)| *f == name);
                assert!(known, "{name} is neither run nor left out for a reason");
            }
        }
    };
}

protocols! {
    aws_json_1_0 "awsJson1_0" ["json_1_0", "json_1_0-query-compatible"];
    aws_json_1_1 "awsJson1_1" ["json"];
    aws_query "awsQuery" ["query"];
    ec2_query "ec2Query" ["ec2"];
    rest_json "restJson1" ["rest-json"];
    rest_xml "restXml" ["rest-xml"];
    rest_xml_with_namespace "restXmlWithNamespace" ["rest-xml"];
    rpc_v2_cbor_query_compatible "rpcv2Cbor"
        ["smithy-rpc-v2-cbor-query-compatible", "smithy-rpc-v2-cbor-non-query-compatible"];
    rpc_v2_cbor "smithy-protocol-tests-rpcv2Cbor" ["smithy-rpc-v2-cbor"];
}
