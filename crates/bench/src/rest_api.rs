//! A REST API in front of a function, with a method for each way to be let in, its users, keys and
//! usage plans, made through the API like anybody's.

use crate::caller::{Caller, Expected, Request};
use crate::failure::Failure;
use crate::package;
use crate::stack::{Echo, FUNCTIONS, IAM, role};
use base::{Clock, SystemClock};
use serde_json::{Value, json};
use sigv4::Credentials;
use std::net::SocketAddr;
use std::path::Path;
use testkit::Client;

const FUNCTION: &str = "gateway";
const ANSWER: &str = r#"{"statusCode":200,"body":"{}"}"#;
const STAGE: &str = "v1";

pub struct RestApi {
    address: SocketAddr,
    id: String,
    allowed: Credentials,
    denied: Credentials,
}

/// A key that a usage plan lets call with a rate and a burst.
#[derive(Debug, Clone)]
pub struct Key {
    pub value: String,
    pub rate: u32,
    pub burst: u32,
}

impl RestApi {
    pub fn make(address: SocketAddr, caller: &mut Caller, directory: &Path) -> Result<Self, Failure> {
        let function = function(caller, directory)?;
        let made = json(caller, "POST", "/restapis", &json!({ "name": "bench" }))?;
        let (id, root) = (text(&made, "id")?, text(&made, "rootResourceId")?);
        let methods = [
            ("signed", json!({ "authorizationType": "AWS_IAM" })),
            ("keyed", json!({ "authorizationType": "NONE", "apiKeyRequired": true })),
        ];
        for (part, method) in methods {
            let resource = json(
                caller,
                "POST",
                &format!("/restapis/{id}/resources/{root}"),
                &json!({ "pathPart": part }),
            )?;
            let path = format!("/restapis/{id}/resources/{}/methods/GET", text(&resource, "id")?);
            json(caller, "PUT", &path, &method)?;
            let uri = format!(
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
            );
            let integration = json!({ "type": "AWS_PROXY", "httpMethod": "POST", "uri": uri });
            json(caller, "PUT", &format!("{path}/integration"), &integration)?;
        }
        json(caller, "POST", &format!("/restapis/{id}/deployments"), &json!({ "stageName": STAGE }))?;
        let allow = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:*:{id}/{STAGE}/GET/signed"}}]}}"#
        );
        let (allowed, denied) =
            (user(caller, "gateway-allowed", Some(&allow))?, user(caller, "gateway-denied", None)?);
        Ok(Self { address, id, allowed, denied })
    }

    /// One that only the API key could let in, and it has none.
    pub fn without_key(&self) -> Request {
        self.plain("/keyed", &[], Expected::Status(403))
    }

    pub fn with_key(&self, key: &Key, expected: Expected) -> Request {
        self.plain("/keyed", &[("x-api-key", &key.value)], expected)
    }

    pub fn signed_by_allowed(&self) -> Request {
        self.signed(&self.allowed, Expected::Success)
    }

    pub fn signed_by_denied(&self) -> Request {
        self.signed(&self.denied, Expected::Status(403))
    }

    /// The function itself, invoked through the Lambda API.
    pub fn invoke(caller: &Caller) -> Request {
        caller.rest("lambda", "POST", &format!("{FUNCTIONS}/{FUNCTION}/invocations"), &json!({}))
    }

    /// A key and a plan of its own.
    pub fn key(&self, caller: &mut Caller, number: usize, rate: u32, burst: u32) -> Result<Key, Failure> {
        let value = format!("a-key-of-more-than-twenty-{number}");
        let key = json!({ "name": value, "enabled": true, "value": value });
        let key = text(&json(caller, "POST", "/apikeys", &key)?, "id")?;
        let stage = json!({ "apiId": self.id, "stage": STAGE });
        let throttle = json!({ "rateLimit": rate, "burstLimit": burst });
        let plan = json!({ "name": value, "apiStages": [stage], "throttle": throttle });
        let plan = text(&json(caller, "POST", "/usageplans", &plan)?, "id")?;
        let member = json!({ "keyId": key, "keyType": "API_KEY" });
        json(caller, "POST", &format!("/usageplans/{plan}/keys"), &member)?;
        Ok(Key { value, rate, burst })
    }

    fn host(&self) -> String {
        format!("{}.execute-api.us-east-1.amazonaws.com", self.id)
    }

    fn plain(&self, path: &str, headers: &[(&str, &str)], expected: Expected) -> Request {
        Request {
            what: format!("GET {path}"),
            bytes: get(&self.host(), &format!("/{STAGE}{path}"), headers),
            expected,
        }
    }

    fn signed(&self, credentials: &Credentials, expected: Expected) -> Request {
        let mut client = Client::new(self.address).with_credentials(credentials.clone());
        client.host = self.host();
        let target = format!("/{STAGE}/signed");
        let bytes = client.signed("execute-api", "GET", &target, &[], b"", SystemClock.now());
        Request { what: "GET /signed".to_owned(), bytes, expected }
    }
}

/// A request as it goes over the wire.
pub fn get(host: &str, target: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n").into_bytes()
}

/// The ARN of a function that API Gateway may invoke.
fn function(caller: &mut Caller, directory: &Path) -> Result<String, Failure> {
    let body = json!({
        "FunctionName": FUNCTION, "Role": role(caller, "bench-gateway")?, "Runtime": "provided.al2023",
        "Handler": "bootstrap", "Code": { "ZipFile": package::bootstrap(directory)? }, "MemorySize": 128,
        "Timeout": 10, "Environment": { "Variables": { "ANSWER": ANSWER } },
    });
    let made = caller.ok(&caller.rest("lambda", "POST", FUNCTIONS, &body))?;
    let arn = text(&serde_json::from_slice(&made.body)?, "FunctionArn")?;
    let echo = Echo { name: FUNCTION.to_owned(), language: "Rust", in_vpc: false };
    echo.wait(caller, |c| c["State"] == "Active")?;
    let permission = json!({
        "StatementId": "gateway", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com",
    });
    caller.ok(&caller.rest("lambda", "POST", &format!("{FUNCTIONS}/{FUNCTION}/policy"), &permission))?;
    Ok(arn)
}

fn user(caller: &mut Caller, name: &str, policy: Option<&str>) -> Result<Credentials, Failure> {
    let own = ("UserName", name);
    caller.ok(&caller.query(IAM.0, IAM.1, "CreateUser", &[own]))?;
    if let Some(policy) = policy {
        let words = [own, ("PolicyName", "bench"), ("PolicyDocument", policy)];
        caller.ok(&caller.query(IAM.0, IAM.1, "PutUserPolicy", &words))?;
    }
    let answer = caller.ok(&caller.query(IAM.0, IAM.1, "CreateAccessKey", &[own]))?;
    let field = |field: &'static str| {
        let missing = || Failure::Missing { what: "CreateAccessKey".to_owned(), field, body: String::new() };
        answer.xml(field).ok_or_else(missing)
    };
    Ok(Credentials::new(field("AccessKeyId")?, field("SecretAccessKey")?))
}

fn json(caller: &mut Caller, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
    let answer = caller.ok(&caller.rest("apigateway", method, path, body))?;
    Ok(serde_json::from_slice(&answer.body)?)
}

fn text(value: &Value, field: &'static str) -> Result<String, Failure> {
    let missing = || Failure::Missing { what: "API Gateway".to_owned(), field, body: value.to_string() };
    value[field].as_str().map(str::to_owned).ok_or_else(missing)
}
