//! What an API's methods use beside their integrations, and the account's settings.

use base::Scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Table;

/// <https://docs.aws.amazon.com/apigateway/latest/api/API_Model.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub scope: Scope,
    pub api: String,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    /// JSON schema, draft 4.
    pub schema: Option<String>,
    pub content_type: String,
}

impl Table for Model {
    const NAME: &'static str = "apigateway_model";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.api, self.name))
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/api/API_RequestValidator.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestValidator {
    pub scope: Scope,
    pub api: String,
    pub id: String,
    pub name: Option<String>,
    pub validates_body: bool,
    pub validates_parameters: bool,
}

impl Table for RequestValidator {
    const NAME: &'static str = "apigateway_request_validator";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.api, self.id))
    }
}

/// Which part of a request an authorizer's function is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorizerType {
    Token,
    Request,
}

impl AuthorizerType {
    pub fn text(self) -> &'static str {
        match self {
            Self::Token => "TOKEN",
            Self::Request => "REQUEST",
        }
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Authorizer {
    pub scope: Scope,
    pub api: String,
    pub id: String,
    pub name: String,
    pub kind: AuthorizerType,
    pub auth_type: Option<String>,
    /// Names the function; stage variables not yet put in.
    pub uri: String,
    /// The role that the gateway takes on to invoke it.
    pub credentials: Option<String>,
    /// `method.request.header.x`, between commas.
    pub identity_source: Option<String>,
    pub validation_expression: Option<String>,
    /// Seconds.
    pub ttl_s: u32,
}

impl Table for Authorizer {
    const NAME: &'static str = "apigateway_authorizer";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.api, self.id))
    }
}

/// What clients are told that are not let in, in the owner's words.
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_GatewayResponse.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GatewayResponse {
    pub scope: Scope,
    pub api: String,
    /// `THROTTLED`, `DEFAULT_4XX`.
    pub kind: String,
    pub status: Option<String>,
    pub parameters: BTreeMap<String, String>,
    pub templates: BTreeMap<String, String>,
}

impl Table for GatewayResponse {
    const NAME: &'static str = "apigateway_gateway_response";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.api, self.kind))
    }
}

/// A deployment's copy of all of these.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// By name.
    pub models: BTreeMap<String, Model>,
    /// By id.
    pub validators: BTreeMap<String, RequestValidator>,
    /// By id.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// By type.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
}

/// The settings of an account in a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub scope: Scope,
    pub cloudwatch_role: Option<String>,
}

impl Table for Account {
    const NAME: &'static str = "apigateway_account";
    fn key(&self) -> String {
        self.scope.key("account")
    }
}
