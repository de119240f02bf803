//! The protocol vectors that AWS's own Python client is tested with, run against the server
//! side: what the client sends must decode to its parameters, and what a service gives must
//! be encoded as the client expects it; and Smithy's cases of the same protocols in the same
//! way. The vectors are data beside the checkout: in
//! `$MOAT_CORPORA`, else in `../shared/corpora` from the workspace.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cbor;
mod constraints;
mod exempt;
mod input;
mod malformed;
mod output;
mod params;
mod smithy;
mod smithy_exempt;
mod xml;

use serde_json::Value as Json;
use std::path::PathBuf;

/// The folder of the corpora, if it is there.
fn corpora() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora");
    let folder = std::env::var_os("MOAT_CORPORA").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn read(name: &str) -> Option<Json> {
    let path = corpora()?.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    Some(serde_json::from_str(&text).unwrap())
}

/// Counts what ran; a vector fails unless a reason is on record, and then it must fail.
#[derive(Default)]
struct Tally {
    passed: usize,
    exempt: usize,
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, id: &str, result: Result<(), String>, exempt: Option<&'static str>) {
        match (result, exempt) {
            (Ok(()), None) => self.passed += 1,
            (Err(_), Some(_)) => self.exempt += 1,
            (Ok(()), Some(_)) => {
                self.failures.push(format!("{id}: passes, but is on the list of exemptions"))
            }
            (Err(error), None) => self.failures.push(format!("{id}: {error}")),
        }
    }

    fn finish(self, what: &str) {
        let Self { passed, exempt, failures } = self;
        println!("{what}: {passed} vectors passed, {exempt} exempt for a reason on record");
        assert!(failures.is_empty(), "{what}: {} failed\n{}", failures.len(), failures.join("\n"));
        assert!(passed > 0, "{what}: no vector ran");
    }
}

/// Runs every case of one file, each with the model of its suite.
fn run(folder: &str, file: &str, case: impl Fn(&Suite<'_>, &Json) -> Result<(), String>) {
    let name = format!("protocols-botocore/{folder}/{file}.json");
    let Some(suites) = read(&name) else {
        println!("{name}: the corpora are not here, nothing ran");
        return;
    };
    if suites.as_array().is_some_and(Vec::is_empty) {
        println!("{name}: the file has no vectors");
        return;
    }
    let mut tally = Tally::default();
    for suite in suites.as_array().unwrap() {
        for c in suite["cases"].as_array().unwrap() {
            let id = format!("{folder}/{file}/{}", c["id"].as_str().unwrap());
            tally.add(&id, case(&Suite { json: suite }, c), exempt::reason(&id));
        }
    }
    tally.finish(&name);
}

struct Suite<'j> {
    json: &'j Json,
}

impl Suite<'_> {
    /// The suite's model with the case's operation as its only one.
    fn model(&self, case: &Json) -> wire::schema::Model {
        let name = case["given"]["name"].as_str().unwrap();
        let document = serde_json::json!({
            "metadata": self.json["metadata"],
            "shapes": self.json["shapes"],
            "operations": { name: case["given"] },
        });
        wire::schema::load::load(&document, &[name]).unwrap()
    }
}

macro_rules! suites {
    ($($test:ident $file:literal)*) => {$(
        mod $test {
            #[test]
            fn inputs() {
                super::run("input", $file, super::input::check);
            }

            #[test]
            fn outputs() {
                super::run("output", $file, super::output::check);
            }
        }
    )*};
}

suites! {
    aws_json_1_0 "json_1_0"
    aws_json_1_0_query_compatible "json_1_0-query-compatible"
    aws_json_1_1 "json"
    aws_query "query"
    ec2_query "ec2"
    rest_json "rest-json"
    rest_xml "rest-xml"
    rpc_v2_cbor "smithy-rpc-v2-cbor"
    rpc_v2_cbor_query_compatible "smithy-rpc-v2-cbor-query-compatible"
    rpc_v2_cbor_non_query_compatible "smithy-rpc-v2-cbor-non-query-compatible"
}
