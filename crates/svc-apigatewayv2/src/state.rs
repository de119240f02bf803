//! The tables of HTTP and WebSocket APIs.
//!
//! What makes an API stands in one row: it is changed as one, and a deployment is a copy of it.

use base::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use store::Table;
pub use throttle::Throttle;
pub use vpc_link::{LinkStage, VpcLink};

mod vpc_link;

/// Name to value.
pub type Texts = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    Http,
    WebSocket,
}

impl Protocol {
    pub fn text(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::WebSocket => "WEBSOCKET",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Api {
    pub scope: Scope,
    pub id: String,
    pub protocol: Protocol,
    pub name: String,
    pub description: Option<String>,
    pub version: Option<String>,
    pub created: Timestamp,
    pub route_selection_expression: String,
    pub api_key_selection_expression: String,
    pub disable_execute_api_endpoint: bool,
    pub ip_address_type: String,
    pub tags: Texts,
    pub content: Content,
}

impl Table for Api {
    const NAME: &'static str = "apigatewayv2_api";
    fn key(&self) -> String {
        self.scope.key(&self.id)
    }
}

/// Whose an API is: a request names only its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiOwner {
    pub id: String,
    pub scope: Scope,
}

impl Table for ApiOwner {
    const NAME: &'static str = "apigatewayv2_api_owner";
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// What a deployment is a copy of. Each by its id.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub cors: Option<Cors>,
    pub routes: BTreeMap<String, Route>,
    pub integrations: BTreeMap<String, Integration>,
    pub authorizers: BTreeMap<String, Authorizer>,
}

/// What browsers are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    pub allow_credentials: Option<bool>,
    pub allow_headers: Option<Vec<String>>,
    pub allow_methods: Option<Vec<String>>,
    pub allow_origins: Option<Vec<String>>,
    pub expose_headers: Option<Vec<String>>,
    pub max_age_s: Option<i32>,
}

/// How a route finds out who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorizationType {
    None,
    Iam,
    Jwt,
    /// A function decides.
    Custom,
}

impl AuthorizationType {
    pub fn text(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Iam => "AWS_IAM",
            Self::Jwt => "JWT",
            Self::Custom => "CUSTOM",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Route {
    pub id: String,
    /// `GET /pets/{id}`, `$default`, `$connect`, or what a message's selection expression gives.
    pub key: String,
    pub authorization: AuthorizationType,
    pub authorizer: Option<String>,
    pub scopes: Vec<String>,
    pub operation_name: Option<String>,
    /// The integration's id.
    pub target: Option<String>,
    /// Of a WebSocket API; `$default` where the function's answer goes back to the client.
    pub response_selection_expression: Option<String>,
    /// Made with the API, by its target.
    pub managed: bool,
    /// By id.
    pub responses: BTreeMap<String, RouteResponse>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteResponse {
    pub id: String,
    pub key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IntegrationType {
    /// A function that gets the request as it came.
    AwsProxy,
    /// A server that gets the request as it came.
    HttpProxy,
}

impl IntegrationType {
    pub fn text(self) -> &'static str {
        match self {
            Self::AwsProxy => "AWS_PROXY",
            Self::HttpProxy => "HTTP_PROXY",
        }
    }
}

/// What is behind a route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Integration {
    pub id: String,
    pub kind: IntegrationType,
    pub uri: String,
    pub method: Option<String>,
    pub payload_format: PayloadFormat,
    pub description: Option<String>,
    pub timeout_ms: i32,
    /// The VPC link that it goes over; stage variables not yet put in.
    #[serde(default)]
    pub connection: Option<String>,
    /// Of a WebSocket API.
    pub passthrough_behavior: Option<String>,
    /// `append:header.x` to what is appended.
    pub request_parameters: Texts,
    /// The same by status code.
    pub response_parameters: BTreeMap<String, Texts>,
    pub managed: bool,
}

impl Integration {
    /// How long it may take.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.timeout_ms).unwrap_or(0))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayloadFormat {
    One,
    Two,
}

impl PayloadFormat {
    pub fn text(self) -> &'static str {
        match self {
            Self::One => "1.0",
            Self::Two => "2.0",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Authorizer {
    pub id: String,
    pub name: String,
    /// `$request.header.Authorization` and its like.
    pub identity_sources: Vec<String>,
    pub kind: AuthorizerKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AuthorizerKind {
    Jwt {
        issuer: String,
        audience: Vec<String>,
    },
    Request {
        uri: String,
        /// None for a WebSocket API's.
        payload_format: Option<PayloadFormat>,
        simple_responses: bool,
        /// How long an answer is kept; 0 asks for each request.
        ttl_s: i32,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    pub scope: Scope,
    pub api: String,
    pub id: String,
    pub description: Option<String>,
    pub created: Timestamp,
    pub auto: bool,
    pub route_selection_expression: String,
    pub content: Content,
}

impl Table for Deployment {
    const NAME: &'static str = "apigatewayv2_deployment";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.api, self.id))
    }
}

/// Settings of one route of a stage, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RouteSettings {
    pub rate: Option<f64>,
    pub burst: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub scope: Scope,
    pub api: String,
    pub name: String,
    pub deployment: Option<String>,
    pub auto_deploy: bool,
    pub last_deployment_status: Option<String>,
    pub description: Option<String>,
    pub variables: Texts,
    pub default_route_settings: RouteSettings,
    /// By route key.
    pub route_settings: BTreeMap<String, RouteSettings>,
    pub access_log: Option<AccessLog>,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub managed: bool,
    pub tags: Texts,
}

impl Table for Stage {
    const NAME: &'static str = "apigatewayv2_stage";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.api, self.name))
    }
}

/// Where a stage's requests are noted, and what of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLog {
    /// The log group's ARN.
    pub destination: String,
    pub format: String,
}
