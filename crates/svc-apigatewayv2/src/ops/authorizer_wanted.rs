//! What a new or changed authorizer is to be.

use crate::model::integration_uri::function;
use crate::state::{Api, Authorizer, AuthorizerKind, PayloadFormat, Protocol};
use crate::{api, error, quota};
use authorizer::{IdentitySource, Spelling};
use openid::Issuer;
use service::ServiceError;

pub fn new(api: &Api, id: String, input: &api::CreateAuthorizerRequest) -> Result<Authorizer, ServiceError> {
    let kind = match (input.authorizer_type.as_deref().unwrap_or_default(), api.protocol) {
        ("JWT", Protocol::Http) => AuthorizerKind::Jwt { issuer: String::new(), audience: Vec::new() },
        ("REQUEST", protocol) => AuthorizerKind::Request {
            uri: String::new(),
            payload_format: (protocol == Protocol::Http).then_some(PayloadFormat::One),
            simple_responses: false,
            // A WebSocket API asks once, when its client comes.
            ttl_s: if protocol == Protocol::Http { quota::AUTHORIZER_TTL_S } else { 0 },
        },
        _ => {
            return Err(error::bad_request(
                "Invalid authorizer type specified. Must be one of [JWT, REQUEST]",
            ));
        }
    };
    let mut made = Authorizer { id, name: String::new(), identity_sources: Vec::new(), kind };
    apply(api, &mut made, input)?;
    Ok(made)
}

/// Puts what the input says into the authorizer. An update has the same members.
pub fn apply(
    api: &Api,
    made: &mut Authorizer,
    input: &api::CreateAuthorizerRequest,
) -> Result<(), ServiceError> {
    let expression = input.identity_validation_expression.as_deref();
    error::refuse(&[
        ("credentials of authorizers", input.authorizer_credentials_arn.is_some()),
        ("identityValidationExpression", expression.is_some_and(|text| !text.is_empty())),
    ])?;
    if let Some(name) = &input.name {
        made.name.clone_from(name);
    }
    if api.content.authorizers.values().any(|other| other.id != made.id && other.name == made.name) {
        return Err(error::bad_request(format!(
            "Authorizer name must be unique. Authorizer {} already exists in this API.",
            made.name
        )));
    }
    if let Some(sources) = &input.identity_source {
        if let Some(wrong) = sources.iter().find(|text| IdentitySource::parse(text, Spelling::Http).is_none())
        {
            return Err(error::bad_request(format!("Invalid identity source specified: {wrong}")));
        }
        made.identity_sources.clone_from(sources);
    }
    match &mut made.kind {
        AuthorizerKind::Jwt { issuer, audience } => jwt(issuer, audience, input)?,
        AuthorizerKind::Request { .. } => request(&mut made.kind, input)?,
    }
    let is_jwt = matches!(made.kind, AuthorizerKind::Jwt { .. });
    if is_jwt && made.identity_sources.len() != 1 {
        return Err(error::bad_request("JWT authorizers need exactly one identity source"));
    }
    Ok(())
}

fn jwt(
    issuer: &mut String,
    audience: &mut Vec<String>,
    input: &api::CreateAuthorizerRequest,
) -> Result<(), ServiceError> {
    if let Some(wanted) = &input.jwt_configuration {
        if let Some(url) = &wanted.issuer {
            issuer.clone_from(url);
        }
        if let Some(texts) = &wanted.audience {
            audience.clone_from(texts);
        }
    }
    if Issuer::of(issuer).is_none() {
        return Err(error::bad_request(format!(
            "Invalid issuer: {issuer}. Issuer must be a valid https:// URL."
        )));
    }
    if audience.len() > quota::AUDIENCES {
        return Err(error::bad_request(format!("An authorizer has {} audiences at most", quota::AUDIENCES)));
    }
    Ok(())
}

fn request(kind: &mut AuthorizerKind, input: &api::CreateAuthorizerRequest) -> Result<(), ServiceError> {
    let AuthorizerKind::Request { uri, payload_format, simple_responses, ttl_s } = kind else {
        return Ok(());
    };
    if let Some(wanted) = &input.authorizer_uri {
        uri.clone_from(wanted);
    }
    if !uri.starts_with("arn:aws:apigateway:") || function(uri).is_none() {
        return Err(error::bad_request(
            "Authorizer Uri must be of the form arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function-arn}/invocations",
        ));
    }
    if payload_format.is_none() {
        let of_http = input.authorizer_payload_format_version.is_some()
            || input.enable_simple_responses.is_some()
            || input.authorizer_result_ttl_in_seconds.is_some_and(|seconds| seconds != 0);
        return if of_http {
            Err(error::bad_request(
                "authorizerPayloadFormatVersion, enableSimpleResponses and authorizerResultTtlInSeconds are only supported for HTTP APIs",
            ))
        } else {
            Ok(())
        };
    }
    match input.authorizer_payload_format_version.as_deref() {
        None => {}
        Some("1.0") => *payload_format = Some(PayloadFormat::One),
        Some("2.0") => *payload_format = Some(PayloadFormat::Two),
        Some(_) => {
            return Err(error::bad_request(
                "Invalid AuthorizerPayloadFormatVersion specified. Must be one of [1.0, 2.0]",
            ));
        }
    }
    if let Some(simple) = input.enable_simple_responses {
        *simple_responses = simple;
    }
    if *simple_responses && *payload_format == Some(PayloadFormat::One) {
        return Err(error::bad_request(
            "EnableSimpleResponses is only supported for AuthorizerPayloadFormatVersion 2.0",
        ));
    }
    if let Some(seconds) = input.authorizer_result_ttl_in_seconds {
        *ttl_s = seconds;
    }
    Ok(())
}
