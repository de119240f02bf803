//! What an integration is to be.

use crate::model::integration_uri::{self, ServiceUri, UriError};
use crate::model::mapping::{Reads, Source, Target};
use crate::state::{ContentHandling, Integration, IntegrationType, Method, Passthrough};
use crate::{api, error, quota, read};
use base::Scope;
use service::ServiceError;
use std::collections::BTreeMap;
use store::Snapshot;
use vtl::{Template, TemplateError};

pub fn wanted(input: &api::PutIntegrationRequest) -> Result<Integration, ServiceError> {
    let refused = [
        ("cache keys", input.cache_key_parameters.as_ref().is_some_and(|keys| !keys.is_empty())),
        ("response streaming", input.response_transfer_mode.as_deref() == Some("STREAM")),
        ("integrationTarget", input.integration_target.is_some()),
        ("TLS of integrations", input.tls_config.is_some()),
    ];
    if let Some((what, _)) = refused.iter().find(|(_, asked)| *asked) {
        return Err(ServiceError::not_implemented(what));
    }
    let kind = input.r#type.as_deref().and_then(IntegrationType::parse);
    let kind = kind.ok_or_else(|| error::bad_request("Invalid integration type specified"))?;
    Ok(Integration {
        kind,
        uri: input.uri.clone().unwrap_or_default(),
        http_method: input.integration_http_method.clone().unwrap_or_default(),
        timeout_ms: timeout(input.timeout_in_millis.unwrap_or(*quota::INTEGRATION_TIMEOUT_MS.end()))?,
        passthrough: passthrough(input.passthrough_behavior.as_deref())?,
        cache_namespace: String::new(),
        credentials: input.credentials.clone().filter(|role| !role.is_empty()),
        request_parameters: input.request_parameters.clone().unwrap_or_default(),
        request_templates: input.request_templates.clone().unwrap_or_default(),
        content_handling: handling(input.content_handling.as_deref())?,
        connection: connection(input.connection_type.as_deref(), input.connection_id.clone())?,
        responses: BTreeMap::new(),
    })
}

/// What holds for every integration, new or changed.
pub fn check(
    rows: &Snapshot,
    integration: &Integration,
    method: &Method,
    scope: &Scope,
) -> Result<(), ServiceError> {
    let Integration { kind, uri, .. } = integration;
    if *kind != IntegrationType::Mock && integration.http_method.is_empty() {
        return Err(error::bad_request("Enumeration value for HttpMethod must be non-empty"));
    }
    match kind {
        IntegrationType::AwsProxy => function(uri)?,
        IntegrationType::Aws => action(integration)?,
        IntegrationType::Http | IntegrationType::HttpProxy => endpoint(uri)?,
        IntegrationType::Mock => {}
    }
    link(rows, integration, scope)?;
    check_role(integration.credentials.as_deref(), scope)?;
    for (target, source) in &integration.request_parameters {
        parameter(target, source, method)?;
    }
    integration.request_templates.values().try_for_each(|template| check_template(template))
}

/// The VPC link that an integration is to go over.
pub fn connection(kind: Option<&str>, id: Option<String>) -> Result<Option<String>, ServiceError> {
    let id = id.filter(|id| !id.is_empty());
    match (kind, id) {
        (None | Some("INTERNET"), None) => Ok(None),
        (None | Some("INTERNET"), Some(_)) => Err(error::bad_request(
            "Connection ID may be specified when the connection type is VPC_LINK only",
        )),
        (Some("VPC_LINK"), Some(id)) => Ok(Some(id)),
        (Some("VPC_LINK"), None) => {
            Err(error::bad_request("Connection ID must be specified when the connection type is VPC_LINK"))
        }
        _ => {
            Err(error::bad_request("Invalid connection type specified. Must be one of [INTERNET, VPC_LINK]"))
        }
    }
}

/// A link is for servers, and must be there; one that a stage's variable names is looked up when it is used.
fn link(rows: &Snapshot, integration: &Integration, scope: &Scope) -> Result<(), ServiceError> {
    let Some(connection) = &integration.connection else { return Ok(()) };
    if !matches!(integration.kind, IntegrationType::Http | IntegrationType::HttpProxy) {
        return Err(error::bad_request(
            "Invalid connection type. Integrations of type HTTP and HTTP_PROXY only may use VPC_LINK",
        ));
    }
    if connection.contains("${stageVariables.") {
        return Ok(());
    }
    read::vpc_link(rows, scope, connection).map(drop)
}

fn function(uri: &str) -> Result<(), ServiceError> {
    match integration_uri::function(uri) {
        Ok(_) => Ok(()),
        Err(UriError::NotAFunction) => Err(error::bad_request(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        )),
        Err(other) => Err(bad_uri(other)),
    }
}

fn bad_uri(reason: UriError) -> ServiceError {
    match reason {
        UriError::NoPathOrAction => error::bad_request("AWS ARN for integration must contain path or action"),
        UriError::NotAnArn | UriError::NotAFunction => {
            error::bad_request("Invalid ARN specified in the request")
        }
    }
}

/// A function may permit API Gateway itself; everything else needs a role.
fn action(integration: &Integration) -> Result<(), ServiceError> {
    let ServiceUri { .. } = integration_uri::service(&integration.uri).map_err(bad_uri)?;
    if integration_uri::function(&integration.uri).is_err() && integration.credentials.is_none() {
        return Err(error::bad_request("Role ARN must be specified for AWS integrations"));
    }
    Ok(())
}

fn endpoint(uri: &str) -> Result<(), ServiceError> {
    let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"));
    // Where a stage variable names the host, it cannot be looked at yet.
    let is_variable = uri.starts_with("${stageVariables.");
    let host = rest.map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    let is_host = host.is_some_and(|host| {
        host.contains("${stageVariables.")
            || (!host.is_empty() && !host.contains(['@', ' ']) && host.contains(['.', ':']))
            || host == "localhost"
    });
    if is_host || is_variable {
        Ok(())
    } else {
        Err(error::bad_request("Invalid HTTP endpoint specified for URI"))
    }
}

/// A role that API Gateway is to take on, of the API's account.
pub fn check_role(role: Option<&str>, scope: &Scope) -> Result<(), ServiceError> {
    let Some(role) = role else { return Ok(()) };
    if role == "arn:aws:iam::*:user/*" {
        return Err(ServiceError::not_implemented("the caller's own credentials for integrations"));
    }
    let arn = role.parse::<base::Arn>().ok();
    let arn = arn.filter(|arn| arn.service == "iam" && arn.resource.starts_with("role/"));
    let arn = arn.ok_or_else(|| error::bad_request("Invalid ARN specified in the request"))?;
    if arn.account != scope.account.as_str() {
        return Err(ServiceError::client("AccessDeniedException", "Cross-account pass role is not allowed.")
            .status(403));
    }
    Ok(())
}

/// A mapping from what the method has named.
pub fn parameter(target: &str, source: &str, method: &Method) -> Result<(), ServiceError> {
    if Target::parse(target).is_none() {
        return Err(error::bad_mapping(target));
    }
    let Some(read) = Source::parse(source, Reads::MethodRequest) else {
        return Err(error::bad_mapping(source));
    };
    let needs_name = matches!(read, Source::Path(_) | Source::Query { .. } | Source::Header { .. });
    let named =
        source.replace("multivalueheader.", "header.").replace("multivaluequerystring.", "querystring.");
    if needs_name && !method.request_parameters.contains_key(&named) {
        return Err(error::bad_mapping_parameter(source));
    }
    Ok(())
}

/// AWS takes a template as it is and fails when it is used. One with a directive that moat lacks is
/// refused at once.
pub fn check_template(template: &str) -> Result<(), ServiceError> {
    match Template::parse(template) {
        Err(TemplateError::Directive(name)) => {
            Err(ServiceError::not_implemented(&format!("#{name} in mapping templates")))
        }
        Err(TemplateError::TooLong) => Err(error::bad_request(format!(
            "Mapping template exceeds maximum size of {} bytes",
            vtl::TEMPLATE_BYTES
        ))),
        _ => Ok(()),
    }
}

pub fn passthrough(text: Option<&str>) -> Result<Passthrough, ServiceError> {
    let Some(text) = text else { return Ok(Passthrough::default()) };
    Passthrough::parse(&text.to_ascii_uppercase()).ok_or_else(|| {
        error::bad_request(
            "Invalid passthrough behavior specified. Valid options are WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER",
        )
    })
}

pub fn handling(text: Option<&str>) -> Result<Option<ContentHandling>, ServiceError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = ContentHandling::parse(text);
    read.map(Some).ok_or_else(|| error::bad_request("Invalid content handling specified"))
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
