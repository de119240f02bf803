//! What has become known of a request on its way.

use super::authorizer::Authorized;
use super::trace::Trace;
use crate::state::ApiKey;
use service::Caller;
use std::sync::Arc;

#[derive(Default)]
pub(crate) struct Known {
    /// Who signed, where the method asks.
    pub(crate) caller: Option<Caller>,
    /// What the authorizer said.
    pub(crate) authorized: Option<Authorized>,
    pub(crate) key: Option<Arc<ApiKey>>,
    /// What the integration answered, for the access log.
    pub(crate) integration_status: Option<u16>,
    pub(crate) integration_latency_ms: Option<i64>,
    pub(crate) integration_error: Option<String>,
    /// What a mapping template set in `$context`.
    pub(crate) request_override: Option<vtl::Json>,
    /// What is written down, where the stage logs the method.
    pub(crate) trace: Option<Trace>,
}
