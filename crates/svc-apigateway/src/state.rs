//! API Gateway's tables.

use base::{Scope, Timestamp};
use policy::Document;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::Table;

mod canary;
mod integration;
mod logging;
mod parts;
mod vpc_link;

pub use canary::Canary;
pub use integration::{ContentHandling, Integration, IntegrationResponse, IntegrationType, Passthrough};
pub use logging::{LogLevel, Logging};
pub use parts::{Account, Authorizer, AuthorizerType, GatewayResponse, Model, Parts, RequestValidator};
pub use throttle::Throttle;
pub use vpc_link::VpcLink;

/// Key to value.
pub type Tags = BTreeMap<String, String>;

/// Where an API may be called from. An edge-optimised API is served as a regional one.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointType {
    Edge,
    Regional,
    Private,
}

impl EndpointType {
    pub fn text(self) -> &'static str {
        match self {
            Self::Edge => "EDGE",
            Self::Regional => "REGIONAL",
            Self::Private => "PRIVATE",
        }
    }
}

/// Where a request's API key is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiKeySource {
    /// The `x-api-key` header.
    Header,
    /// What the authorizer answers.
    Authorizer,
}

impl ApiKeySource {
    pub fn text(self) -> &'static str {
        match self {
            Self::Header => "HEADER",
            Self::Authorizer => "AUTHORIZER",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestApi {
    pub scope: Scope,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub version: Option<String>,
    pub created: Timestamp,
    /// Its root resource, `/`.
    pub root: String,
    pub endpoint: EndpointType,
    pub ip_address_type: String,
    /// Endpoints that a private API is associated with.
    pub vpc_endpoint_ids: Vec<String>,
    /// The resource policy, its resources as full ARNs; compiled once for each stored row.
    pub policy: Option<Arc<Document>>,
    pub api_key_source: ApiKeySource,
    pub binary_media_types: Vec<String>,
    pub disable_execute_api_endpoint: bool,
    pub tags: Tags,
}

impl Table for RestApi {
    const NAME: &'static str = "apigateway_rest_api";
    fn key(&self) -> String {
        self.scope.key(&self.id)
    }
}

/// Whose an API is: a request names only its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestApiOwner {
    pub id: String,
    pub scope: Scope,
}

impl Table for RestApiOwner {
    const NAME: &'static str = "apigateway_rest_api_owner";
    fn key(&self) -> String {
        self.id.clone()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    pub scope: Scope,
    pub api: String,
    pub id: String,
    /// Absent for the root.
    pub parent: Option<String>,
    /// `orders`, `{order}`, `{proxy+}`; empty for the root.
    pub path_part: String,
    /// By verb, or `ANY`.
    pub methods: BTreeMap<String, Method>,
}

impl Table for Resource {
    const NAME: &'static str = "apigateway_resource";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.api, self.id))
    }
}

/// How a method finds out who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorizationType {
    None,
    Iam,
    /// A function says who calls and what they may do.
    Custom,
}

impl AuthorizationType {
    pub fn text(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Iam => "AWS_IAM",
            Self::Custom => "CUSTOM",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Method {
    pub authorization: AuthorizationType,
    /// Of a custom authorization.
    #[serde(default)]
    pub authorizer: Option<String>,
    pub api_key_required: bool,
    pub operation_name: Option<String>,
    /// Names such as `method.request.header.x`, and whether a validator wants them.
    pub request_parameters: BTreeMap<String, bool>,
    /// Names of models by content type, for a validator.
    pub request_models: BTreeMap<String, String>,
    #[serde(default)]
    pub request_validator: Option<String>,
    /// By status code.
    pub responses: BTreeMap<String, MethodResponse>,
    pub integration: Option<Integration>,
}

/// What a method says of its answers; only what an integration's response sets, it must have named.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MethodResponse {
    pub parameters: BTreeMap<String, bool>,
    pub models: BTreeMap<String, String>,
}

/// The resources and methods of an API as they were when it was deployed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    pub scope: Scope,
    pub api: String,
    pub id: String,
    pub description: Option<String>,
    pub created: Timestamp,
    pub resources: Vec<DeployedResource>,
    /// What the methods use, as it was then.
    #[serde(default)]
    pub parts: Parts,
}

impl Table for Deployment {
    const NAME: &'static str = "apigateway_deployment";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.api, self.id))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeployedResource {
    pub id: String,
    /// `/orders/{order}`.
    pub path: String,
    pub methods: BTreeMap<String, Method>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub scope: Scope,
    pub api: String,
    pub name: String,
    pub deployment: String,
    pub description: Option<String>,
    pub variables: BTreeMap<String, String>,
    /// By method as it was spelled: `*/*`, `orders/GET`, `~1orders~1{order}/GET`.
    pub throttles: BTreeMap<String, Throttle>,
    #[serde(default)]
    pub access_log: Option<AccessLog>,
    #[serde(default)]
    pub canary: Option<Canary>,
    /// What is logged of executions, by method as it was spelled.
    #[serde(default)]
    pub logging: BTreeMap<String, Logging>,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub tags: Tags,
}

/// Where a stage tells who called it.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccessLog {
    /// A log group's ARN.
    pub destination: Option<String>,
    pub format: Option<String>,
}

impl Table for Stage {
    const NAME: &'static str = "apigateway_stage";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}", self.api, self.name))
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    pub scope: Scope,
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub customer_id: Option<String>,
    /// Sealed.
    pub value: Vec<u8>,
    /// Of the value.
    pub digest: String,
    pub enabled: bool,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub tags: Tags,
}

impl Table for ApiKey {
    const NAME: &'static str = "apigateway_api_key";
    fn key(&self) -> String {
        self.scope.key(&self.id)
    }
}

/// Which key has a value, without the value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyDigest {
    pub scope: Scope,
    pub digest: String,
    pub id: String,
}

impl Table for ApiKeyDigest {
    const NAME: &'static str = "apigateway_api_key_digest";
    fn key(&self) -> String {
        self.scope.key(&self.digest)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Period {
    Day,
    Week,
    Month,
}

impl Period {
    pub fn text(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
        }
    }
}

/// How many requests a key may make in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    pub limit: i32,
    /// Days into a week or month at which the count begins anew.
    pub offset: i32,
    pub period: Period,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanStage {
    pub api: String,
    pub stage: String,
    /// By `/orders/{order}/GET`.
    pub throttles: BTreeMap<String, Throttle>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsagePlan {
    pub scope: Scope,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub stages: Vec<PlanStage>,
    pub throttle: Option<Throttle>,
    pub quota: Option<Quota>,
    /// Ids of the API keys.
    pub keys: BTreeSet<String>,
    pub created: Timestamp,
    pub tags: Tags,
}

impl Table for UsagePlan {
    const NAME: &'static str = "apigateway_usage_plan";
    fn key(&self) -> String {
        self.scope.key(&self.id)
    }
}

/// How many requests a key of a plan made on a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayUse {
    pub scope: Scope,
    pub plan: String,
    pub api_key: String,
    /// Days since 1970-01-01, UTC.
    pub day: i64,
    pub requests: u64,
}

impl Table for DayUse {
    const NAME: &'static str = "apigateway_day_use";
    fn key(&self) -> String {
        self.scope.key(&format!("{}/{}/{:08}", self.plan, self.api_key, self.day))
    }
}
