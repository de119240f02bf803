//! A signed call to a running moat, over HTTP.

use crate::dirs::DataDir;
use crate::failure::Failure;
use base::{Clock, SystemClock};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;

type Headers = Vec<(String, String)>;

/// What shows which places there are, and what they are called.
pub const PLACES: &str = "moat map";
/// What shows which functions there are.
pub const FUNCTIONS: &str = "aws lambda list-functions --query 'Functions[].FunctionName'";

/// What a call was answered.
pub struct Answer {
    pub status: u16,
    headers: Headers,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header by its name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The answer in JSON, or what the refusal says.
    pub fn successful(&self) -> Result<Value, Failure> {
        let answer: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        if (200..300).contains(&self.status) {
            return Ok(answer);
        }
        let said = ["message", "Message"].iter().find_map(|name| answer.get(*name)?.as_str());
        let failure = Failure::new(match said {
            Some(text) => text.to_owned(),
            None => {
                format!("moat answered with status {}: {}", self.status, String::from_utf8_lossy(&self.body))
            }
        });
        // Without a key in the environment a command asks as the owner of the data directory.
        Err(match self.status {
            403 => failure.hint("unset AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN"),
            _ => failure,
        })
    }
}

/// Where a moat listens, and the key that calls are signed with.
pub struct Client {
    to: SocketAddr,
    credentials: sigv4::Credentials,
}

impl Client {
    /// Calls as the environment's key; without one, as the owner of the data directory.
    pub fn of(data: &DataDir) -> Result<Self, Failure> {
        let to = data.address()?;
        let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (Some(id), Some(secret)) = (var("AWS_ACCESS_KEY_ID"), var("AWS_SECRET_ACCESS_KEY")) else {
            return Self::owner(data);
        };
        let mut credentials = sigv4::Credentials::new(id, secret);
        credentials.session_token = var("AWS_SESSION_TOKEN");
        Ok(Self { to, credentials })
    }

    /// Calls as the owner of the data directory: whoever can read it is root of the default account.
    pub fn owner(data: &DataDir) -> Result<Self, Failure> {
        let to = data.address()?;
        let file = data.console_file()?;
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::new(format!("cannot read `{}`: {error}", file.display())))?;
        let (id, secret) = text.trim().split_once(' ').unwrap_or_default();
        Ok(Self { to, credentials: sigv4::Credentials::new(id, secret) })
    }

    /// Calls moat's own interface; status and body.
    pub fn call(&self, method: &str, path: &str, body: &[u8]) -> Result<(u16, Vec<u8>), Failure> {
        let answer = self.own(method, path, body)?;
        Ok((answer.status, answer.body))
    }

    fn own(&self, method: &str, path: &str, body: &[u8]) -> Result<Answer, Failure> {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        self.send("moat", method, path, headers, body)
    }

    /// Calls an operation of a service that speaks AWS's REST protocol in JSON.
    pub fn rest(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, Failure> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.send(service, method, path, headers.collect(), body)
    }

    /// Asks moat's own interface with a query.
    pub fn ask(&self, path: &str, query: &str) -> Result<Value, Failure> {
        self.own("GET", &format!("{path}?{query}"), b"")?.successful()
    }

    /// [`Client::call`], for an answer that is a JSON value; another status than 2xx is a failure.
    pub fn json(&self, method: &str, path: &str, body: &[u8]) -> Result<Value, Failure> {
        self.own(method, path, body)?.successful()
    }

    /// Calls an operation of a service that speaks AWS's JSON protocol 1.1.
    pub fn operation(&self, service: &str, target: &str, input: &Value) -> Result<Value, Failure> {
        let headers = vec![
            ("Content-Type".to_owned(), "application/x-amz-json-1.1".to_owned()),
            ("X-Amz-Target".to_owned(), target.to_owned()),
        ];
        self.send(service, "POST", "/", headers, input.to_string().as_bytes())?.successful()
    }

    /// Calls an operation of a service that speaks AWS's query protocol; its answer in XML.
    pub fn query(
        &self,
        service: &str,
        version: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<String, Failure> {
        let form = "application/x-www-form-urlencoded; charset=utf-8".to_owned();
        let given = fields.iter().map(|(name, value)| format!("&{name}={}", escaped(value)));
        let body = format!("Action={action}&Version={version}{}", given.collect::<String>());
        let headers = vec![("Content-Type".to_owned(), form)];
        let answer = self.send(service, "POST", "/", headers, body.as_bytes())?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if (200..300).contains(&answer.status) {
            return Ok(text);
        }
        let message = text.split_once("<Message>").and_then(|(_, rest)| rest.split_once("</Message>"));
        Err(Failure::new(message.map_or_else(|| text.clone(), |(message, _)| message.to_owned())))
    }

    fn send(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: Headers,
        body: &[u8],
    ) -> Result<Answer, Failure> {
        let headers = self.signed(service, method, path, headers, body);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(exchange(self.to, method, path, headers, body))
    }

    fn signed(&self, service: &str, method: &str, path: &str, mut headers: Headers, body: &[u8]) -> Headers {
        let region = std::env::var("AWS_DEFAULT_REGION").unwrap_or_else(|_| "us-east-1".to_owned());
        headers.push(("Host".to_owned(), self.to.to_string()));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = sigv4::Request { method, path, query, headers: &headers, body };
        let added = sigv4::Signer::new(&self.credentials, &region, service).sign(&request, SystemClock.now());
        headers.extend(added);
        headers
    }
}

/// Percent-encoded, as a part of a path, a query or a form.
pub fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(one).collect()
}

async fn exchange(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: Headers,
    body: &[u8],
) -> Result<Answer, Failure> {
    let stream = tokio::net::TcpStream::connect(to)
        .await
        .map_err(|error| Failure::new(format!("moat does not answer at {to}: {error}")).hint("moat up -d"))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut request = hyper::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = sender.send_request(request.body(Full::new(Bytes::copy_from_slice(body)))?).await?;
    let status = response.status().as_u16();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let body = response.into_body().collect().await?.to_bytes().to_vec();
    Ok(Answer { status, headers, body })
}
