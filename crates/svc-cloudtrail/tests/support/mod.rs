//! A record with a service of its own to record: a model with every kind of secret in it.

#![allow(dead_code, reason = "each test file uses its part")]

use base::{AccountId, RandomIds, Timestamp};
use policy::Principal;
use serde_json::{Value as Json, json};
use service::testing::{pipeline, root_call};
use service::{Call, Caller, Event, Pipeline, Said, ServiceError};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use store::{Durability, Store};
use svc_cloudtrail::{CloudTrail, Entry, Observed};
use wire::Value;
use wire::http::Request;
use wire::schema::Model;
use wire::schema::load::load;

/// 2026-01-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

pub struct World {
    pub trail: Arc<CloudTrail>,
    pipeline: Pipeline,
    runtime: tokio::runtime::Runtime,
}

impl World {
    pub fn open(dir: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store = Store::open(dir, Durability::Ephemeral).unwrap();
        let trail = Arc::new(CloudTrail::new(store.clone(), Arc::new(RandomIds)));
        let pipeline = pipeline(svc_cloudtrail::ops::registry(trail.clone()), &store);
        Self { trail, pipeline, runtime }
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// The status and the body of a call of CloudTrail itself.
    pub fn ask(&self, call: &Call, operation: &str, input: &Json) -> (u16, Json) {
        let target = format!("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{operation}");
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            headers: vec![("x-amz-target".into(), target)],
            body: input.to_string().into(),
            ..Request::default()
        };
        let response = self.block_on(self.pipeline.handle("cloudtrail", call, &request));
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    pub fn look_up(&self, input: &Json) -> Json {
        let (status, answer) = self.ask(&root(), "LookupEvents", input);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    pub fn fails(&self, operation: &str, input: &Json) -> String {
        let (status, answer) = self.ask(&root(), operation, input);
        format!("{status} {}: {}", answer["__type"].as_str().unwrap(), answer["message"].as_str().unwrap())
    }

    pub fn entry(&self, request_id: &str) -> Option<Entry> {
        self.block_on(self.trail.request(&AccountId::default(), request_id)).unwrap()
    }

    pub fn record(&self, event: Event<'_>) {
        self.trail.record(Observed::of(event).unwrap());
    }

    /// A read that went well, by its number.
    pub fn read(&self, number: usize) {
        let at = NOW.plus_ms(i64::try_from(number).unwrap() * 1000 - 86_400_000);
        let call = Call { request_id: format!("r{number}"), now: at, ..root() };
        self.record(event(&call, vault(), "ListVaults", None));
    }
}

pub fn root() -> Call {
    caller(Principal::Root { account: AccountId::default() }, "test")
}

pub fn caller(principal: Principal, key: &str) -> Call {
    let call = root_call(NOW);
    Call {
        caller: Caller { principal, access_key_id: key.into(), ..call.caller },
        request_id: "r".into(),
        user_agent: Some("tester/1".into()),
        ..call
    }
}

pub fn event<'a>(
    call: &'a Call,
    model: &'static Model,
    operation: &'a str,
    error: Option<&'a ServiceError>,
) -> Event<'a> {
    let shapes = model.operation(operation);
    Event { call, proven: true, model, operation, shapes, input: None, output: None, error }
}

/// What the pipeline would have the record note of a message.
pub fn said(
    model: &'static Model,
    operation: &str,
    is_output: bool,
    value: &Value,
) -> Option<service::Noted> {
    let operation = model.operation(operation).unwrap();
    let said = Said { model, operation, is_output, value };
    svc_cloudtrail::is_kept(&said).then(|| svc_cloudtrail::note(&said))
}

/// A service like Secrets Manager and RDS in one.
pub fn vault() -> &'static Model {
    made("vault", "json")
}

pub fn made(name: &str, protocol: &str) -> &'static Model {
    let member = |shape: &str| json!({ "shape": shape });
    let operation = |name: &str, uri: &str| {
        json!({ "name": name, "http": { "method": "POST", "requestUri": uri },
                "input": { "shape": "Message" }, "output": { "shape": "Message" },
                "errors": [{ "shape": "NoSuchVaultException" }] })
    };
    let names = ["PutVault", "ListVaults", "Invoke", "AssumeRole"];
    let mut operations: serde_json::Map<String, Json> =
        names.iter().map(|name| ((*name).to_owned(), operation(name, "/2015-03-31/vaults"))).collect();
    operations.insert("GetFunction".into(), operation("GetFunction", "/2015-03-31/functions/x"));
    let document = json!({
        "metadata": { "protocol": protocol, "endpointPrefix": name, "apiVersion": "2026-01-01",
                      "serviceId": name, "xmlNamespace": "urn:x" },
        "operations": operations,
        "shapes": {
            "Message": { "type": "structure", "members": {
                "VaultName": member("Text"), "RoleName": member("Text"), "SecretString": member("Text"), "masterUserPassword": member("Text"),
                "SecretBinary": member("Bytes"), "ZipFile": member("Bytes"), "Hidden": member("Hidden"),
                "Variables": member("Variables"), "Deep": member("Deep"), "Names": member("Names"),
                "Size": member("Number"), "On": member("Flag"), "Since": member("Time"), "DBName": member("Text"),
            } },
            "Deep": { "type": "structure", "members": { "Password": member("Text"), "Plain": member("Text") } },
            "Variables": { "type": "map", "key": member("Text"), "value": member("Hidden") },
            "Names": { "type": "list", "member": member("Text") },
            "Text": { "type": "string" },
            "Hidden": { "type": "string", "sensitive": true },
            "Bytes": { "type": "blob" },
            "Number": { "type": "integer" },
            "Flag": { "type": "boolean" },
            "Time": { "type": "timestamp" },
            "NoSuchVaultException": { "type": "structure", "exception": true, "members": {},
                                      "error": { "code": "NoSuchVault", "httpStatusCode": 404 } },
        },
    });
    let mut wanted: Vec<&str> = names.to_vec();
    wanted.push("GetFunction");
    Box::leak(Box::new(load(&document, &wanted).unwrap()))
}
