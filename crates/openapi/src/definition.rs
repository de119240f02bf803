//! What a document says of an API, without the document's form.

use serde_json::Value as Json;
use std::collections::BTreeMap;

pub type Texts = BTreeMap<String, String>;

/// The verb of methods that answer every verb that has none of its own.
pub const ANY: &str = "ANY";
/// The key of an integration's response that has no selection pattern.
pub const DEFAULT_RESPONSE: &str = "default";

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definition {
    pub title: Option<String>,
    pub description: Option<String>,
    pub version: Option<String>,
    /// Of the first server, with its first slash.
    pub base_path: Option<String>,
    pub api_key_source: Option<String>,
    pub binary_media_types: Option<Vec<String>>,
    pub minimum_compression_size: Option<i64>,
    /// A resource policy.
    pub policy: Option<Json>,
    pub endpoint: Endpoint,
    /// Schemas by name; they refer to each other as `#/models/NAME`.
    pub models: BTreeMap<String, Json>,
    pub validators: BTreeMap<String, Validator>,
    /// By type.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
    pub authorizers: BTreeMap<String, Authorizer>,
    /// Those that methods name.
    pub integrations: BTreeMap<String, Integration>,
    pub cors: Option<Cors>,
    pub tags: Texts,
    /// Whether the document has parts of documentation, which are not read.
    pub has_documentation: bool,
    /// By path, then by verb in capitals or [`ANY`].
    pub paths: BTreeMap<String, BTreeMap<String, Method>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoint {
    pub vpc_endpoint_ids: Option<Vec<String>>,
    pub disable_execute_api_endpoint: Option<bool>,
    pub ip_address_type: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validator {
    pub body: bool,
    pub parameters: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GatewayResponse {
    pub status_code: Option<String>,
    pub parameters: Texts,
    pub templates: Texts,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorizer {
    /// `token`, `request`, `jwt`.
    pub kind: String,
    pub auth_type: Option<String>,
    pub uri: Option<String>,
    pub credentials: Option<String>,
    pub identity_source: Option<String>,
    pub validation_expression: Option<String>,
    pub ttl_s: Option<i64>,
    /// Of user pools.
    pub provider_arns: Vec<String>,
    pub payload_format: Option<String>,
    pub simple_responses: Option<bool>,
    pub issuer: Option<String>,
    pub audience: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    pub allow_credentials: Option<bool>,
    pub allow_headers: Option<Vec<String>>,
    pub allow_methods: Option<Vec<String>>,
    pub allow_origins: Option<Vec<String>>,
    pub expose_headers: Option<Vec<String>>,
    pub max_age_s: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Authorization {
    #[default]
    None,
    Iam,
    /// An authorizer's name, and the scopes that a token must have one of.
    Authorizer(String, Vec<String>),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Method {
    pub operation_name: Option<String>,
    pub authorization: Authorization,
    pub api_key_required: bool,
    /// `method.request.header.x`, and whether it must be there.
    pub request_parameters: BTreeMap<String, bool>,
    /// Names of models by content type.
    pub request_models: Texts,
    /// A validator's name.
    pub request_validator: Option<String>,
    /// By status code.
    pub responses: BTreeMap<String, Response>,
    pub integration: Option<Integration>,
    /// The name of one of the definition's integrations, in place of one of its own.
    pub shared_integration: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// Names of headers, and whether they are always there.
    pub headers: BTreeMap<String, bool>,
    /// Names of models by content type.
    pub models: Texts,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Integration {
    /// `AWS_PROXY`.
    pub kind: String,
    pub uri: Option<String>,
    pub http_method: Option<String>,
    pub credentials: Option<String>,
    /// `WHEN_NO_MATCH`.
    pub passthrough: Option<String>,
    pub content_handling: Option<String>,
    pub timeout_ms: Option<i64>,
    pub cache_namespace: Option<String>,
    pub cache_key_parameters: Vec<String>,
    pub connection_id: Option<String>,
    pub connection_type: Option<String>,
    pub subtype: Option<String>,
    pub payload_format: Option<String>,
    pub description: Option<String>,
    pub response_transfer_mode: Option<String>,
    pub target: Option<String>,
    /// Whether it says how its TLS is to be.
    pub has_tls_config: bool,
    pub request_parameters: Texts,
    pub request_templates: Texts,
    /// By selection pattern, or [`DEFAULT_RESPONSE`].
    pub responses: BTreeMap<String, IntegrationResponse>,
    /// Of an HTTP API, by status code.
    pub response_parameters: BTreeMap<String, Texts>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrationResponse {
    pub status_code: String,
    pub parameters: Texts,
    pub templates: Texts,
    pub content_handling: Option<String>,
}
