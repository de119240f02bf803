//! What an integration is to be.

use crate::model::integration_uri::{self, UriError};
use crate::state::Integration;
use crate::{api, error, quota};
use service::ServiceError;

pub fn wanted(input: &api::PutIntegrationRequest) -> Result<Integration, ServiceError> {
    let kind = input.r#type.as_deref().unwrap_or_default();
    if kind != "AWS_PROXY" {
        return Err(ServiceError::not_implemented(&format!("integration type {kind}")));
    }
    let has = |map: &Option<std::collections::BTreeMap<String, String>>| {
        map.as_ref().is_some_and(|m| !m.is_empty())
    };
    let refused = [
        (
            "connections of integrations",
            input.connection_id.is_some() || input.connection_type.as_deref() == Some("VPC_LINK"),
        ),
        ("credentials of integrations", input.credentials.is_some()),
        ("content handling", input.content_handling.is_some()),
        ("request parameters of integrations", has(&input.request_parameters)),
        ("request templates", has(&input.request_templates)),
        ("cache keys", input.cache_key_parameters.as_ref().is_some_and(|keys| !keys.is_empty())),
        ("response streaming", input.response_transfer_mode.as_deref() == Some("STREAM")),
        ("integrationTarget", input.integration_target.is_some()),
        ("TLS of integrations", input.tls_config.is_some()),
    ];
    if let Some((what, _)) = refused.iter().find(|(_, asked)| *asked) {
        return Err(ServiceError::not_implemented(what));
    }
    let uri = input.uri.clone().unwrap_or_default();
    let http_method = input.integration_http_method.clone();
    Ok(Integration {
        function: function(&uri)?,
        uri,
        http_method: http_method
            .ok_or_else(|| error::bad_request("Enumeration value for HttpMethod must be non-empty"))?,
        timeout_ms: timeout(input.timeout_in_millis.unwrap_or(*quota::INTEGRATION_TIMEOUT_MS.end()))?,
        passthrough_behavior: input
            .passthrough_behavior
            .clone()
            .unwrap_or_else(|| "WHEN_NO_MATCH".to_owned()),
        cache_namespace: String::new(),
    })
}

/// The ARN of the function that the URI names.
pub fn function(uri: &str) -> Result<String, ServiceError> {
    match integration_uri::function(uri) {
        Ok(function) => Ok(function.to_owned()),
        Err(UriError::NotAnArn) => Err(error::bad_request("Invalid ARN specified in the request")),
        Err(UriError::NoPathOrAction) => {
            Err(error::bad_request("AWS ARN for integration must contain path or action"))
        }
        Err(UriError::NotAFunction) => Err(error::bad_request(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        )),
    }
}

pub fn timeout(ms: i32) -> Result<i32, ServiceError> {
    let allowed = quota::INTEGRATION_TIMEOUT_MS;
    if allowed.contains(&ms) {
        return Ok(ms);
    }
    Err(error::bad_request(format!(
        "Timeout should be between {} ms and {} ms",
        allowed.start(),
        allowed.end()
    )))
}
