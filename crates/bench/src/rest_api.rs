//! A REST API in front of a function, a mock and a server, with a method for each way to be let in, its
//! users, keys and usage plans, and an HTTP API in front of the server, made through the API like anybody's.

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

/// What stands behind a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    Function,
    /// Nothing: the gateway answers.
    Mock,
    /// A server, whose answers are passed on.
    Server,
}

impl Behind {
    const ALL: [Self; 3] = [Self::Function, Self::Mock, Self::Server];

    /// In a method's path.
    fn part(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Mock => "mock",
            Self::Server => "server",
        }
    }
}

pub struct RestApi {
    address: SocketAddr,
    id: String,
    /// The HTTP API.
    http_id: String,
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
    /// `server` is the URL of what stands behind a proxy; without it there is none.
    pub fn make(
        address: SocketAddr,
        caller: &mut Caller,
        directory: &Path,
        server: Option<&str>,
    ) -> Result<Self, Failure> {
        let function = function(caller, directory)?;
        let made = json(caller, "POST", "/restapis", &json!({ "name": "bench" }))?;
        let (id, root) = (text(&made, "id")?, text(&made, "rootResourceId")?);
        for behind in Behind::ALL {
            let Some(integration) = integration(behind, &function, server) else { continue };
            for (word, method) in [
                ("signed", json!({ "authorizationType": "AWS_IAM" })),
                ("keyed", json!({ "authorizationType": "NONE", "apiKeyRequired": true })),
            ] {
                let part = json!({ "pathPart": format!("{word}-{}", behind.part()) });
                let resource = json(caller, "POST", &format!("/restapis/{id}/resources/{root}"), &part)?;
                let path = format!("/restapis/{id}/resources/{}/methods/GET", text(&resource, "id")?);
                json(caller, "PUT", &path, &method)?;
                json(caller, "PUT", &format!("{path}/integration"), &integration)?;
                if behind == Behind::Mock {
                    json(caller, "PUT", &format!("{path}/responses/200"), &json!({}))?;
                    let response = json!({ "responseTemplates": { "application/json": "{}" } });
                    json(caller, "PUT", &format!("{path}/integration/responses/200"), &response)?;
                }
            }
        }
        json(caller, "POST", &format!("/restapis/{id}/deployments"), &json!({ "stageName": STAGE }))?;
        let http_id = http_api(caller, server)?;
        let allow = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"execute-api:Invoke","Resource":["arn:aws:execute-api:us-east-1:*:{id}/{STAGE}/GET/signed-*","arn:aws:execute-api:us-east-1:*:{http_id}/$default/GET/signed"]}}]}}"#
        );
        let (allowed, denied) =
            (user(caller, "gateway-allowed", Some(&allow))?, user(caller, "gateway-denied", None)?);
        Ok(Self { address, id, http_id, allowed, denied })
    }

    /// One that only the API key could let in, and it has none.
    pub fn without_key(&self) -> Request {
        self.plain(Behind::Function, &[], Expected::Status(403))
    }

    pub fn with_key(&self, behind: Behind, key: &Key, expected: Expected) -> Request {
        self.plain(behind, &[("x-api-key", &key.value)], expected)
    }

    pub fn signed_by_allowed(&self, behind: Behind) -> Request {
        let target = format!("/{STAGE}/signed-{}", behind.part());
        self.signed(&self.allowed, &self.id, &target, Expected::Success)
    }

    pub fn signed_by_denied(&self) -> Request {
        let target = format!("/{STAGE}/signed-{}", Behind::Function.part());
        self.signed(&self.denied, &self.id, &target, Expected::Status(403))
    }

    /// To the HTTP API, and the server behind it.
    pub fn http_signed(&self) -> Request {
        self.signed(&self.allowed, &self.http_id, "/signed", Expected::Success)
    }

    pub fn http_open(&self) -> Request {
        let bytes = get(&host(&self.http_id), "/open", &[]);
        Request { what: "GET /open".to_owned(), bytes, expected: Expected::Success }
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

    fn plain(&self, behind: Behind, headers: &[(&str, &str)], expected: Expected) -> Request {
        let path = format!("/{STAGE}/keyed-{}", behind.part());
        Request { what: format!("GET {path}"), bytes: get(&host(&self.id), &path, headers), expected }
    }

    fn signed(&self, credentials: &Credentials, api: &str, target: &str, expected: Expected) -> Request {
        let mut client = Client::new(self.address).with_credentials(credentials.clone());
        client.host = host(api);
        let bytes = client.signed("execute-api", "GET", target, &[], b"", SystemClock.now());
        Request { what: format!("GET {target}"), bytes, expected }
    }
}

fn host(api: &str) -> String {
    format!("{api}.execute-api.us-east-1.amazonaws.com")
}

fn integration(behind: Behind, function: &str, server: Option<&str>) -> Option<Value> {
    Some(match behind {
        Behind::Function => {
            let uri = format!(
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
            );
            json!({ "type": "AWS_PROXY", "httpMethod": "POST", "uri": uri })
        }
        Behind::Mock => {
            json!({ "type": "MOCK", "requestTemplates": { "application/json": "{\"statusCode\": 200}" } })
        }
        Behind::Server => json!({ "type": "HTTP_PROXY", "httpMethod": "GET", "uri": server? }),
    })
}

/// An HTTP API in front of the server, with a method that wants a signature and one that does not.
fn http_api(caller: &mut Caller, server: Option<&str>) -> Result<String, Failure> {
    let made = json(caller, "POST", "/v2/apis", &json!({ "name": "bench", "protocolType": "HTTP" }))?;
    let id = text(&made, "apiId")?;
    if let Some(server) = server {
        let proxy = json!({
            "integrationType": "HTTP_PROXY", "integrationMethod": "GET", "integrationUri": server,
            "payloadFormatVersion": "1.0",
        });
        let made = json(caller, "POST", &format!("/v2/apis/{id}/integrations"), &proxy)?;
        let target = format!("integrations/{}", text(&made, "integrationId")?);
        for (path, authorization) in [("signed", "AWS_IAM"), ("open", "NONE")] {
            let route = json!({
                "routeKey": format!("GET /{path}"), "authorizationType": authorization, "target": target,
            });
            json(caller, "POST", &format!("/v2/apis/{id}/routes"), &route)?;
        }
    }
    let settings = json!({ "throttlingRateLimit": 10_000.0, "throttlingBurstLimit": 5_000 });
    let stage = json!({ "stageName": "$default", "autoDeploy": true, "defaultRouteSettings": settings });
    json(caller, "POST", &format!("/v2/apis/{id}/stages"), &stage)?;
    Ok(id)
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
