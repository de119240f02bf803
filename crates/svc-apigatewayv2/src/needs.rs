//! What HTTP and WebSocket APIs need of others.

use base::{Clock, Ids, NetworkInterfaceId, Scope, SecurityGroupId, SubnetId};
use openid::Fetch;
use service::{Access, Call, ServiceError, Verdict};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use wire::http::{Request, Response};

pub struct Needs {
    pub functions: Arc<dyn Functions>,
    pub servers: Arc<dyn Servers>,
    pub links: Arc<dyn VpcLinks>,
    pub policies: Arc<dyn Policies>,
    pub logs: Arc<dyn AccessLogs>,
    /// Reads what issuers of tokens publish.
    pub issuers: Arc<dyn Fetch>,
    /// Shared with the other interface of the gateway.
    pub domains: Arc<domains::Domains>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    /// Shared with all that counts the requests of an account.
    pub throttles: Arc<throttle::Throttles>,
}

/// One call of a function on behalf of an API.
#[derive(Debug, Clone)]
pub struct Invoking {
    /// The API's account and region.
    pub scope: Scope,
    /// With its qualifier, if any.
    pub function: String,
    /// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/VERB/PATH`, the condition key `aws:SourceArn`.
    pub source_arn: String,
    pub payload: Vec<u8>,
}

pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a function answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionAnswer {
    pub payload: Vec<u8>,
    /// Whether the payload is the function's error.
    pub is_error: bool,
}

pub trait Functions: Send + Sync {
    /// Invokes the function as `apigateway.amazonaws.com`, whom its resource policy must allow.
    fn invoke(&self, invoking: Invoking) -> Pending<'_, Result<FunctionAnswer, ServiceError>>;
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

/// Where a VPC link is to have interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPlace {
    pub scope: Scope,
    pub link: String,
    /// As whom it uses its interfaces.
    pub user: String,
    pub subnets: Vec<SubnetId>,
    pub groups: Vec<SecurityGroupId>,
}

/// A way over a VPC link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    pub scope: Scope,
    /// The link's interfaces.
    pub from: Vec<NetworkInterfaceId>,
    /// The ARN of a load balancer's listener.
    pub listener: String,
    /// How long all of it may take.
    pub patience: Duration,
}

/// Interfaces in VPCs, and the load balancers that are reached from there.
pub trait VpcLinks: Send + Sync {
    /// Whether subnets and groups exist and are in one VPC; why not.
    fn check(&self, scope: &Scope, subnets: &[SubnetId], groups: &[SecurityGroupId]) -> Result<(), String>;

    /// Creates, or finds again, an interface in each subnet. Returns when they forward packets.
    fn attach<'a>(&'a self, place: &'a LinkPlace) -> Pending<'a, Result<Vec<NetworkInterfaceId>, String>>;

    /// Gives back all interfaces of a user.
    fn release<'a>(&'a self, scope: &'a Scope, user: &'a str) -> Pending<'a, Result<(), String>>;

    fn ask(&self, over: Over, request: Request) -> Pending<'_, Result<Response, ServerError>>;
}

pub trait Policies: Send + Sync {
    /// Evaluates the caller's policies, the API's and those of the endpoint that the call came through.
    fn decide(&self, call: &Call, access: &Access) -> Result<Verdict, store::Fault>;
}

pub trait AccessLogs: Send + Sync {
    /// Adds a line to a log group, whose ARN the stage names.
    fn append(&self, group: String, stream: String, line: String) -> Pending<'_, Result<(), String>>;
}
