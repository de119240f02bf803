//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>

use std::time::Duration;

/// Most HTTP and WebSocket APIs of an account in a region.
pub const APIS: usize = 600;
/// Most routes of an API.
pub const ROUTES: usize = 300;
/// Most integrations of an API.
pub const INTEGRATIONS: usize = 300;
/// Most stages of an API.
pub const STAGES: usize = 10;
/// Most authorizers of an API.
pub const AUTHORIZERS: usize = 10;
/// Most deployments of an API that nobody takes away; AWS names no number.
pub const DEPLOYMENTS: usize = 500;
/// Most scopes of a route, and audiences of an authorizer.
pub const SCOPES: usize = 10;
pub const AUDIENCES: usize = 50;
/// Bytes of a request's body.
pub const BODY_BYTES: usize = 10 * 1024 * 1024;
/// Milliseconds that an integration may take, of an HTTP API and of a WebSocket API.
pub const HTTP_TIMEOUT_MS: i32 = 30_000;
pub const WEBSOCKET_TIMEOUT_MS: i32 = 29_000;
pub const LEAST_TIMEOUT_MS: i32 = 50;
/// Seconds that an authorizer's answer is kept, unless it says so.
pub const AUTHORIZER_TTL_S: i32 = 300;
/// Most VPC links of an account in a region, and subnets of one.
pub const VPC_LINKS: usize = 10;
pub const SUBNETS_OF_A_LINK: usize = 10;
/// Tags of a resource.
pub const TAGS: usize = 50;
/// Items of a page.
pub const PAGE: usize = 500;
/// Bytes of one message of a WebSocket API, and of one frame of it.
pub const MESSAGE_BYTES: usize = 128 * 1024;
pub const FRAME_BYTES: usize = 32 * 1024;
/// How long a connection may be silent, and how long it may last.
pub const IDLE: Duration = Duration::from_secs(10 * 60);
pub const LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);
/// Connections that are open at a time; AWS allows 500 new ones a second.
pub const CONNECTIONS: usize = 3_000;
