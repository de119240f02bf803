//! What a new or changed API is to be.

use crate::model::selection;
use crate::state::{Api, Cors, Protocol};
use crate::{api, error, render};
use service::ServiceError;

/// How HTTP APIs choose a route.
const HTTP_SELECTION: &str = "$request.method $request.path";
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "*"];

pub fn protocol(text: &str) -> Result<Protocol, ServiceError> {
    match text {
        "HTTP" => Ok(Protocol::Http),
        "WEBSOCKET" => Ok(Protocol::WebSocket),
        _ => Err(error::bad_request("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")),
    }
}

/// Puts what the input says into the API. An update has the same members.
pub fn apply(made: &mut Api, input: &api::CreateApiRequest) -> Result<(), ServiceError> {
    let of_http = made.protocol == Protocol::Http;
    error::refuse(&[
        ("credentials of quick-created integrations", input.credentials_arn.is_some()),
        ("disableSchemaValidation", input.disable_schema_validation == Some(true)),
    ])?;
    if let Some(name) = &input.name {
        made.name.clone_from(name);
    }
    made.description = input.description.clone().or(made.description.take());
    made.version = input.version.clone().or(made.version.take());
    if let Some(disabled) = input.disable_execute_api_endpoint {
        made.disable_execute_api_endpoint = disabled;
    }
    if let Some(kind) = &input.ip_address_type {
        if !["ipv4", "dualstack"].contains(&kind.as_str()) {
            return Err(error::bad_request("ipAddressType must be either ipv4 or dualstack."));
        }
        made.ip_address_type.clone_from(kind);
    }
    if let Some(expression) = &input.route_selection_expression {
        made.route_selection_expression = selection_expression(expression, of_http)?;
    }
    if let Some(expression) = &input.api_key_selection_expression {
        if expression != render::API_KEY_SELECTION {
            return Err(ServiceError::not_implemented("another apiKeySelectionExpression"));
        }
        made.api_key_selection_expression.clone_from(expression);
    }
    if let Some(wanted) = &input.cors_configuration {
        if !of_http {
            return Err(error::bad_request("CORS configuration is only supported for HTTP APIs"));
        }
        made.content.cors = Some(cors(made.content.cors.take(), wanted)?);
    }
    Ok(())
}

/// The expression of an API that says none.
pub fn default_selection(protocol: Protocol) -> Option<String> {
    (protocol == Protocol::Http).then(|| HTTP_SELECTION.to_owned())
}

fn selection_expression(text: &str, of_http: bool) -> Result<String, ServiceError> {
    let compact = text.replace(['{', '}'], "");
    if of_http && compact != HTTP_SELECTION {
        return Err(error::bad_request(
            "Route selection expression must be \"${request.method} ${request.path}\" for HTTP APIs",
        ));
    }
    // The documented example has quotes that its shell does not take off.
    let bare = text.trim_matches('\'');
    if !of_http && !selection::is_known(bare) {
        return Err(ServiceError::not_implemented("a route selection expression outside of $request.body"));
    }
    Ok(if of_http { HTTP_SELECTION.to_owned() } else { text.to_owned() })
}

/// What is not said stays as it was.
fn cors(before: Option<Cors>, wanted: &api::Cors) -> Result<Cors, ServiceError> {
    let before = before.unwrap_or_default();
    let made = Cors {
        allow_credentials: wanted.allow_credentials.or(before.allow_credentials),
        allow_headers: wanted.allow_headers.clone().or(before.allow_headers),
        allow_methods: wanted.allow_methods.clone().or(before.allow_methods),
        allow_origins: wanted.allow_origins.clone().or(before.allow_origins),
        expose_headers: wanted.expose_headers.clone().or(before.expose_headers),
        max_age_s: wanted.max_age.or(before.max_age_s),
    };
    let all = |texts: &Option<Vec<String>>| texts.iter().flatten().any(|text| text == "*");
    if made.allow_credentials == Some(true) && all(&made.allow_origins) {
        return Err(error::bad_request(
            "CORS configuration cannot have allowCredentials set to true when allowOrigins has the value *",
        ));
    }
    for origin in made.allow_origins.iter().flatten() {
        let is_right = origin == "*" || origin.starts_with("http://") || origin.starts_with("https://");
        if !is_right {
            return Err(error::bad_request(format!(
                "Invalid format for origin {origin}. Origin must start with http:// or https://"
            )));
        }
    }
    for method in made.allow_methods.iter().flatten() {
        if !METHODS.contains(&method.as_str()) {
            return Err(error::bad_request(format!("Invalid method {method} in allowMethods")));
        }
    }
    Ok(made)
}
