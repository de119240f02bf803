//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>

/// Most REST APIs of an account in a region, of each kind of endpoint.
pub const REST_APIS: usize = 600;
/// Most resources of an API.
pub const RESOURCES: usize = 300;
/// Most stages of an API.
pub const STAGES: usize = 10;
/// Most models of an API.
pub const MODELS: usize = 400;
/// Most request validators of an API. AWS names no quota; moat keeps all in memory.
pub const VALIDATORS: usize = 100;
/// Most authorizers of an API.
pub const AUTHORIZERS: usize = 10;
/// Most API keys of an account in a region.
pub const API_KEYS: usize = 10_000;
/// Most usage plans of an account in a region.
pub const USAGE_PLANS: usize = 300;
/// Bytes of a resource policy.
pub const POLICY_BYTES: usize = 8192;
/// Bytes of a request's body.
pub const BODY_BYTES: usize = 10 * 1024 * 1024;
/// Milliseconds that an integration may take, at least and at most.
pub const INTEGRATION_TIMEOUT_MS: std::ops::RangeInclusive<i32> = 50..=29_000;
/// Most VPC links of an account in a region.
pub const VPC_LINKS: usize = 20;
/// Tags of a resource.
pub const TAGS: usize = 50;
/// Items of a page when the request does not say.
pub const PAGE: usize = 25;
pub const PAGE_MAX: usize = 500;
