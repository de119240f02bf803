//! The resources of an API, their methods, and what is behind those.

use super::{Draft, Found};
use crate::api;
use crate::ops::method_wanted::Known;
use crate::ops::{integration_response_wanted, integration_wanted, method_wanted};
use crate::state::{Integration, IntegrationResponse, Method, MethodResponse};
use openapi::{Authorization, DEFAULT_RESPONSE, Definition};
use service::ServiceError;
use std::collections::BTreeSet;

pub fn put(
    draft: &mut Draft<'_>,
    definition: &Definition,
    base_path: &str,
    found: &mut Found,
) -> Result<(), ServiceError> {
    let known = Known::of(draft.parts.clone());
    let mut placed = BTreeSet::new();
    for (path, methods) in &definition.paths {
        let path = format!("{base_path}{path}");
        let made = draft.resource(&path).map(|resource| resource.id.clone());
        let Some(id) = found.note(|| format!("Unable to create resource at path '{path}'"), made)? else {
            continue;
        };
        for (verb, wanted) in methods {
            let at = Place { path: &path, verb, resource: &id };
            let is_first = placed.insert((id.clone(), verb.clone()));
            let made = if is_first { method(draft, &known, wanted) } else { Err(twice()) };
            let said = || format!("Unable to put method '{verb}' on resource at path '{path}'");
            let Some(mut made) = found.note(said, made)? else { continue };
            if let Some(wanted) = &wanted.integration {
                put_integration(draft, &mut made, wanted, &at, found)?;
            }
            draft.resource(&path)?.methods.insert(verb.clone(), made);
        }
    }
    Ok(())
}

/// `/a` and `/a/` are one resource.
fn twice() -> ServiceError {
    crate::error::conflict("Method already exists for this resource")
}

struct Place<'a> {
    path: &'a str,
    verb: &'a str,
    /// An id.
    resource: &'a str,
}

fn method(draft: &Draft<'_>, known: &Known, wanted: &openapi::Method) -> Result<Method, ServiceError> {
    let (authorization, authorizer, scopes) = match &wanted.authorization {
        Authorization::None => ("NONE", None, None),
        Authorization::Iam => ("AWS_IAM", None, None),
        Authorization::Authorizer(name, scopes) => {
            let authorizer = draft.parts.authorizers.values().find(|one| one.name == *name);
            ("CUSTOM", authorizer.map(|one| one.id.clone()), Some(scopes.clone()))
        }
    };
    let validator = wanted.request_validator.as_ref().map(|name| {
        let known = draft.parts.validators.values().find(|one| one.name.as_ref() == Some(name));
        known.map_or_else(|| name.clone(), |one| one.id.clone())
    });
    let input = api::PutMethodRequest {
        authorization_type: Some(authorization.to_owned()),
        authorizer_id: authorizer,
        authorization_scopes: scopes,
        api_key_required: Some(wanted.api_key_required),
        operation_name: wanted.operation_name.clone(),
        request_parameters: Some(wanted.request_parameters.clone()),
        request_models: Some(wanted.request_models.clone()),
        request_validator_id: validator,
        ..api::PutMethodRequest::default()
    };
    let mut made = method_wanted::wanted(&input, known)?;
    for (code, response) in &wanted.responses {
        let headers = response.headers.iter();
        let headers =
            headers.map(|(name, is_there)| (format!("method.response.header.{name}"), *is_there)).collect();
        let response =
            MethodResponse { parameters: headers, models: known.models(Some(response.models.clone()))? };
        made.responses.insert(code.clone(), response);
    }
    Ok(made)
}

fn put_integration(
    draft: &Draft<'_>,
    method: &mut Method,
    wanted: &openapi::Integration,
    at: &Place<'_>,
    found: &mut Found,
) -> Result<(), ServiceError> {
    let Place { path, verb, .. } = at;
    let made = integration(draft, method, wanted, at.resource);
    let said = || format!("Unable to put integration on '{verb}' for resource at path '{path}'");
    let Some(made) = found.note(said, made)? else { return Ok(()) };
    method.integration = Some(made);
    for (pattern, wanted) in &wanted.responses {
        let made = response(method, pattern, wanted);
        let said = || format!("Unable to put integration response on '{verb}' for resource at path '{path}'");
        if let (Some(made), Some(integration)) = (found.note(said, made)?, &mut method.integration) {
            integration.responses.insert(wanted.status_code.clone(), made);
        }
    }
    Ok(())
}

fn integration(
    draft: &Draft<'_>,
    method: &Method,
    wanted: &openapi::Integration,
    resource: &str,
) -> Result<Integration, ServiceError> {
    let input = api::PutIntegrationRequest {
        r#type: Some(wanted.kind.clone()),
        integration_http_method: wanted.http_method.clone(),
        uri: wanted.uri.clone(),
        connection_type: wanted.connection_type.clone(),
        connection_id: wanted.connection_id.clone(),
        credentials: wanted.credentials.clone(),
        request_parameters: Some(wanted.request_parameters.clone()),
        request_templates: Some(wanted.request_templates.clone()),
        passthrough_behavior: wanted.passthrough.clone(),
        cache_key_parameters: Some(wanted.cache_key_parameters.clone()),
        content_handling: wanted.content_handling.clone(),
        timeout_in_millis: wanted.timeout_ms.map(|ms| i32::try_from(ms).unwrap_or(i32::MAX)),
        tls_config: wanted.has_tls_config.then(api::TlsConfig::default),
        response_transfer_mode: wanted.response_transfer_mode.clone(),
        integration_target: wanted.target.clone(),
        ..api::PutIntegrationRequest::default()
    };
    let cache_namespace = wanted.cache_namespace.clone().unwrap_or_else(|| resource.to_owned());
    let made = Integration { cache_namespace, ..integration_wanted::wanted(&input)? };
    integration_wanted::check(&draft.rows, &made, method, &draft.api.scope)?;
    Ok(made)
}

fn response(
    method: &Method,
    pattern: &str,
    wanted: &openapi::IntegrationResponse,
) -> Result<IntegrationResponse, ServiceError> {
    let input = api::PutIntegrationResponseRequest {
        status_code: Some(wanted.status_code.clone()),
        selection_pattern: Some(pattern.to_owned()).filter(|pattern| pattern != DEFAULT_RESPONSE),
        response_parameters: Some(wanted.parameters.clone()),
        response_templates: Some(wanted.templates.clone()),
        content_handling: wanted.content_handling.clone(),
        ..api::PutIntegrationResponseRequest::default()
    };
    let made = integration_response_wanted::wanted(&input)?;
    integration_response_wanted::check(method, &wanted.status_code, &made)?;
    Ok(made)
}
