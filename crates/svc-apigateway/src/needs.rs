//! What API Gateway needs of others.

use crate::Cipher;
use base::{Clock, Ids, Scope, Timestamp};
use service::{Access, Call, ServiceError, Verdict};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use wire::http::{Request, Response};

pub struct Needs {
    pub functions: Arc<dyn Functions>,
    pub services: Arc<dyn Services>,
    pub servers: Arc<dyn Servers>,
    pub links: Arc<dyn VpcLinks>,
    pub policies: Arc<dyn Policies>,
    pub logs: Arc<dyn AccessLogs>,
    pub cipher: Arc<dyn Cipher>,
    /// Shared with the other interface of the gateway.
    pub domains: Arc<domains::Domains>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Shared with all that counts the requests of an account.
    pub throttles: Arc<throttle::Throttles>,
}

pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One call of a function on behalf of an API.
#[derive(Debug, Clone)]
pub struct Invoking {
    /// The API's account and region.
    pub scope: Scope,
    /// With its qualifier, if any.
    pub function: String,
    /// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/VERB/PATH`, the condition key `aws:SourceArn`.
    pub source_arn: String,
    /// The role that the gateway takes on; without one it calls as itself.
    pub credentials: Option<String>,
    /// Whether nobody waits for the answer.
    pub is_event: bool,
    pub payload: Vec<u8>,
}

pub type Invoked<'a> = Pending<'a, Result<FunctionAnswer, ServiceError>>;

/// What a function answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionAnswer {
    pub payload: Vec<u8>,
    /// Whether the payload is the function's error.
    pub is_error: bool,
}

pub trait Functions: Send + Sync {
    /// Invokes the function as `apigateway.amazonaws.com`, whom its resource policy must allow, or in a
    /// role.
    fn invoke(&self, invoking: Invoking) -> Invoked<'_>;
}

/// A request to a service of AWS, in a role.
#[derive(Debug, Clone)]
pub struct ServiceCall {
    pub scope: Scope,
    pub region: String,
    /// As signatures name it.
    pub service: String,
    /// The operation, when the URI named one; else the request is as the service wants it.
    pub action: Option<String>,
    pub request: Request,
    pub credentials: String,
    pub source_arn: String,
}

pub trait Services: Send + Sync {
    /// # Errors
    /// When the role cannot be taken on, or moat has no such service.
    fn call(&self, call: ServiceCall) -> Pending<'_, Result<Response, ServiceError>>;
}

/// Why a server behind an API did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// moat does not lead there.
    #[error("{0}")]
    NotReachable(String),
    #[error("the server failed: {0}")]
    Failed(String),
}

pub trait Servers: Send + Sync {
    /// Asks a server outside, at an `http` or `https` URL without path and query, which the request has.
    fn ask(&self, origin: String, request: Request) -> Pending<'_, Result<Response, ServerError>>;
}

/// How the load balancer behind a VPC link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BalancerStatus {
    Active,
    Provisioning,
    Failed(String),
    Missing,
}

/// A way over a VPC link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    pub scope: Scope,
    /// The network load balancer's ARN.
    pub balancer: String,
    /// Without path and query.
    pub origin: String,
    /// How long all of it may take.
    pub patience: Duration,
}

/// Network load balancers inside VPCs.
pub trait VpcLinks: Send + Sync {
    fn balancer(&self, scope: &Scope, arn: &str) -> Result<BalancerStatus, store::Fault>;

    /// Asks what is behind a load balancer, at the port of the origin.
    fn ask(&self, over: Over, request: Request) -> Pending<'_, Result<Response, ServerError>>;
}

pub trait Policies: Send + Sync {
    /// Evaluates the caller's policies, the API's and those of the endpoint that the call came through.
    fn decide(&self, call: &Call, access: &Access) -> Result<Verdict, store::Fault>;
}

/// Where lines go, and in which role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPlace {
    pub role: String,
    pub group_arn: String,
    pub stream: String,
    /// Whether the group is made when it is not there.
    pub makes_group: bool,
}

pub trait AccessLogs: Send + Sync {
    /// Adds lines to a stream of the log group whose ARN is given, in the account's role.
    fn append(&self, place: LogPlace, lines: Vec<(Timestamp, String)>) -> Pending<'_, Result<(), String>>;

    /// Whether the gateway may take on the role.
    fn may_use(&self, role: &str) -> bool;
}
