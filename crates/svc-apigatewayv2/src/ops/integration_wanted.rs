//! What a new or changed integration is to be.

use crate::model::integration_uri::function;
use crate::model::mapping::{self, KeyError, Side};
use crate::state::{Api, Integration, IntegrationType, PayloadFormat, Protocol, Texts};
use crate::{api, error, quota};
use service::ServiceError;
use std::collections::BTreeMap;

/// The integration that quick create makes of a target.
pub fn quick(id: String, target: &str) -> Result<Integration, ServiceError> {
    let is_function = function(target).is_some();
    let made = Integration {
        id,
        kind: if is_function { IntegrationType::AwsProxy } else { IntegrationType::HttpProxy },
        uri: target.to_owned(),
        method: Some(if is_function { "POST" } else { "ANY" }.to_owned()),
        payload_format: if is_function { PayloadFormat::Two } else { PayloadFormat::One },
        description: None,
        timeout_ms: quota::HTTP_TIMEOUT_MS,
        connection: None,
        passthrough_behavior: None,
        request_parameters: Texts::new(),
        response_parameters: BTreeMap::new(),
        managed: true,
    };
    check_uri(&made)?;
    Ok(made)
}

pub fn new(
    api: &Api,
    id: String,
    input: &api::CreateIntegrationRequest,
) -> Result<Integration, ServiceError> {
    let of_websocket = api.protocol == Protocol::WebSocket;
    let kind = kind(api.protocol, input.integration_type.as_deref().unwrap_or_default())?;
    let mut made = Integration {
        id,
        kind,
        uri: String::new(),
        method: None,
        payload_format: PayloadFormat::One,
        description: None,
        timeout_ms: most_timeout_ms(api.protocol),
        connection: None,
        passthrough_behavior: of_websocket.then(|| "WHEN_NO_MATCH".to_owned()),
        request_parameters: Texts::new(),
        response_parameters: BTreeMap::new(),
        managed: false,
    };
    apply(api, &mut made, input)?;
    Ok(made)
}

/// Puts what the input says into the integration. An update has the same members.
pub fn apply(
    api: &Api,
    made: &mut Integration,
    input: &api::CreateIntegrationRequest,
) -> Result<(), ServiceError> {
    refuse_missing_parts(input)?;
    if let Some(text) = &input.integration_type {
        made.kind = kind(api.protocol, text)?;
    }
    if let Some(uri) = &input.integration_uri {
        made.uri.clone_from(uri);
    }
    connect(api.protocol, made, input)?;
    check_uri(made)?;
    let usual = if made.kind == IntegrationType::AwsProxy { "POST" } else { "ANY" };
    let method = input.integration_method.clone().or(made.method.take());
    made.method = Some(method.unwrap_or_else(|| usual.to_owned()));
    made.description = input.description.clone().or(made.description.take());
    if let Some(version) = &input.payload_format_version {
        made.payload_format = payload_format(version)?;
    }
    let needs_one = made.kind == IntegrationType::HttpProxy || api.protocol == Protocol::WebSocket;
    if needs_one && made.payload_format != PayloadFormat::One {
        return Err(error::bad_request("Invalid PayloadFormatVersion specified. Only 1.0 is supported here"));
    }
    if let Some(ms) = input.timeout_in_millis {
        made.timeout_ms = timeout_ms(api.protocol, ms)?;
    }
    if let Some(behavior) =
        input.passthrough_behavior.as_ref().filter(|_| api.protocol == Protocol::WebSocket)
    {
        made.passthrough_behavior = Some(behavior.clone());
    }
    mappings(api.protocol, made, input)
}

fn refuse_missing_parts(input: &api::CreateIntegrationRequest) -> Result<(), ServiceError> {
    let has = |map: &Option<Texts>| map.as_ref().is_some_and(|m| !m.is_empty());
    error::refuse(&[
        ("credentials of integrations", input.credentials_arn.is_some()),
        ("content handling", input.content_handling_strategy.is_some()),
        ("integrations with AWS services (integrationSubtype)", input.integration_subtype.is_some()),
        ("request templates", has(&input.request_templates)),
        ("templateSelectionExpression", input.template_selection_expression.is_some()),
        ("TLS of integrations", input.tls_config.is_some()),
    ])
}

fn kind(protocol: Protocol, text: &str) -> Result<IntegrationType, ServiceError> {
    match (protocol, text) {
        (_, "AWS_PROXY") => Ok(IntegrationType::AwsProxy),
        (Protocol::Http, "HTTP_PROXY") => Ok(IntegrationType::HttpProxy),
        (Protocol::WebSocket, "HTTP_PROXY" | "HTTP" | "AWS" | "MOCK") => {
            Err(ServiceError::not_implemented(&format!("integration type {text} of WebSocket APIs")))
        }
        _ => Err(error::bad_request(
            "Invalid integration type specified. HTTP APIs only support AWS_PROXY and HTTP_PROXY.",
        )),
    }
}

/// Puts it on a VPC link, or takes it off one.
fn connect(
    protocol: Protocol,
    made: &mut Integration,
    input: &api::CreateIntegrationRequest,
) -> Result<(), ServiceError> {
    let id = input.connection_id.clone().filter(|id| !id.is_empty());
    match input.connection_type.as_deref() {
        None if id.is_some() && made.connection.is_some() => made.connection = id,
        None | Some("INTERNET") if id.is_some() => {
            return Err(error::bad_request(
                "ConnectionId may only be specified when ConnectionType is VPC_LINK",
            ));
        }
        None => {}
        Some("INTERNET") => made.connection = None,
        Some("VPC_LINK") if protocol == Protocol::WebSocket => {
            return Err(ServiceError::not_implemented("VPC links of WebSocket APIs"));
        }
        Some("VPC_LINK") => {
            let id = id.or(made.connection.take());
            let missing =
                || error::bad_request("ConnectionId must be specified when ConnectionType is VPC_LINK");
            made.connection = Some(id.ok_or_else(missing)?);
        }
        Some(_) => {
            return Err(error::bad_request(
                "Invalid ConnectionType specified. Must be one of [INTERNET, VPC_LINK]",
            ));
        }
    }
    Ok(())
}

fn check_uri(made: &Integration) -> Result<(), ServiceError> {
    match made.kind {
        IntegrationType::AwsProxy if function(&made.uri).is_none() => {
            Err(error::bad_request("Invalid function ARN or invalid uri"))
        }
        IntegrationType::AwsProxy if made.connection.is_some() => {
            Err(error::bad_request("ConnectionType VPC_LINK is only supported for HTTP_PROXY integrations"))
        }
        IntegrationType::HttpProxy if made.connection.is_some() => private_target(&made.uri),
        IntegrationType::HttpProxy if !is_http(&made.uri) => {
            Err(error::bad_request("Invalid HTTP endpoint specified for URI"))
        }
        _ => Ok(()),
    }
}

/// What is behind a VPC link: a load balancer's listener.
fn private_target(uri: &str) -> Result<(), ServiceError> {
    let arn: Option<base::Arn> = uri.parse().ok();
    match arn.as_ref().map(|arn| (arn.service.as_str(), arn.resource.as_str())) {
        Some(("elasticloadbalancing", resource))
            if resource.starts_with("listener/app/") || resource.starts_with("listener/net/") =>
        {
            Ok(())
        }
        Some(("servicediscovery", _)) => {
            Err(ServiceError::not_implemented("private integrations with services of AWS Cloud Map"))
        }
        _ => Err(error::bad_request(
            "For VpcLink V2, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN.",
        )),
    }
}

fn is_http(uri: &str) -> bool {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace))
}

fn payload_format(version: &str) -> Result<PayloadFormat, ServiceError> {
    match version {
        "1.0" => Ok(PayloadFormat::One),
        "2.0" => Ok(PayloadFormat::Two),
        _ => Err(error::bad_request("Invalid PayloadFormatVersion specified. Must be one of [1.0, 2.0]")),
    }
}

fn most_timeout_ms(protocol: Protocol) -> i32 {
    match protocol {
        Protocol::Http => quota::HTTP_TIMEOUT_MS,
        Protocol::WebSocket => quota::WEBSOCKET_TIMEOUT_MS,
    }
}

fn timeout_ms(protocol: Protocol, ms: i32) -> Result<i32, ServiceError> {
    let (least, most) = (quota::LEAST_TIMEOUT_MS, most_timeout_ms(protocol));
    if (least..=most).contains(&ms) {
        return Ok(ms);
    }
    Err(error::bad_request(format!("Timeout should be between {least} ms and {most} ms")))
}

/// A mapping with an empty value is taken away.
fn mappings(
    protocol: Protocol,
    made: &mut Integration,
    input: &api::CreateIntegrationRequest,
) -> Result<(), ServiceError> {
    let is_asked = |asked: bool| asked && protocol == Protocol::WebSocket;
    error::refuse(&[(
        "parameter mappings of WebSocket APIs",
        is_asked(input.request_parameters.as_ref().is_some_and(|m| !m.is_empty())),
    )])?;
    for (key, value) in input.request_parameters.iter().flatten() {
        check_mapping(key, Side::Request)?;
        if value.is_empty() {
            made.request_parameters.remove(key);
        } else {
            made.request_parameters.insert(key.clone(), value.clone());
        }
    }
    for (status, mapping) in input.response_parameters.iter().flatten() {
        if !status.parse::<u16>().is_ok_and(|code| (200..600).contains(&code)) {
            return Err(error::bad_request("Invalid status code specified in responseParameters"));
        }
        mapping.keys().try_for_each(|key| check_mapping(key, Side::Response))?;
        if mapping.is_empty() {
            made.response_parameters.remove(status);
        } else {
            made.response_parameters.insert(status.clone(), mapping.clone());
        }
    }
    Ok(())
}

fn check_mapping(key: &str, side: Side) -> Result<(), ServiceError> {
    mapping::key(key, side).map(drop).map_err(|refused| match refused {
        KeyError::Form => error::bad_request(format!("Invalid mapping expression specified: {key}")),
        KeyError::Reserved => {
            let header = key.split_once("header.").map_or(key, |(_, name)| name);
            error::bad_request(format!("Operations on header {header} are restricted"))
        }
    })
}
