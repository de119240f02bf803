//! An API as it was deployed, as a definition to be exported.

use crate::model::resource_policy;
use crate::quota;
use crate::state::{
    ApiKeySource, AuthorizationType, Authorizer, DeployedResource, Deployment, GatewayResponse, Integration,
    IntegrationType, Method, Model, Parts, RestApi,
};
use openapi::{
    Authorization, DEFAULT_RESPONSE, Definition, Endpoint, IntegrationResponse, Response, Validator,
    with_references,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

pub fn definition(api: &RestApi, deployment: &Deployment) -> Definition {
    let parts = &deployment.parts;
    let names = validator_names(parts);
    let models = parts.models.values();
    let validators = parts.validators.values().filter_map(|one| {
        let validator = Validator { body: one.validates_body, parameters: one.validates_parameters };
        Some((names.get(one.id.as_str())?.clone(), validator))
    });
    let worded = parts.gateway_responses.values();
    Definition {
        title: Some(api.name.clone()),
        description: api.description.clone(),
        version: Some(api.version.clone().unwrap_or_else(|| api.created.iso8601())),
        api_key_source: (api.api_key_source == ApiKeySource::Authorizer)
            .then(|| api.api_key_source.text().to_owned()),
        binary_media_types: Some(api.binary_media_types.clone()).filter(|types| !types.is_empty()),
        policy: policy(api),
        endpoint: Endpoint {
            vpc_endpoint_ids: Some(api.vpc_endpoint_ids.clone()).filter(|ids| !ids.is_empty()),
            disable_execute_api_endpoint: api.disable_execute_api_endpoint.then_some(true),
            ip_address_type: None,
        },
        models: models.map(|model| (model.name.clone(), schema(model, parts))).collect(),
        validators: validators.collect(),
        gateway_responses: worded.map(|one| (one.kind.clone(), gateway_response(one))).collect(),
        authorizers: parts.authorizers.values().map(|one| (one.name.clone(), authorizer(one))).collect(),
        paths: paths(deployment, &names),
        ..Definition::default()
    }
}

/// Names by id. A validator without one, or with another's, gets one by what it does.
fn validator_names(parts: &Parts) -> BTreeMap<&str, String> {
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for validator in parts.validators.values() {
        let does = match (validator.validates_body, validator.validates_parameters) {
            (true, true) => "Validate body, query string parameters, and headers",
            (true, false) => "Validate body",
            (false, true) => "Validate query string parameters and headers",
            (false, false) => "Validate nothing",
        };
        let first = validator.name.clone().unwrap_or_else(|| does.to_owned());
        let mut name = first.clone();
        let mut number = 1;
        while names.values().any(|other| *other == name) {
            number += 1;
            name = format!("{first} {number}");
        }
        names.insert(&validator.id, name);
    }
    names
}

/// The policy, with resources of this API in their short form: the document is for any API.
fn policy(api: &RestApi) -> Option<Json> {
    let own = resource_policy::arn(&api.scope, &api.id, "");
    let text = api.policy.as_ref()?.text().replace(&format!("\"{own}"), "\"execute-api:/");
    serde_json::from_str(&text).ok()
}

/// A model's schema, which says of others where they are in the document.
fn schema(model: &Model, parts: &Parts) -> Json {
    let read = model.schema.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let mut schema: Json = read.unwrap_or_else(|| json!({}));
    with_references(&mut schema, &|reference| {
        let (_, name) = reference.rsplit_once("/models/")?;
        parts.models.contains_key(name).then(|| format!("#/models/{name}"))
    });
    if let (Some(members), Some(description)) = (schema.as_object_mut(), &model.description) {
        members.entry("description").or_insert_with(|| json!(description));
    }
    schema
}

fn gateway_response(response: &GatewayResponse) -> openapi::GatewayResponse {
    openapi::GatewayResponse {
        status_code: response.status.clone(),
        parameters: response.parameters.clone(),
        templates: response.templates.clone(),
    }
}

fn authorizer(authorizer: &Authorizer) -> openapi::Authorizer {
    openapi::Authorizer {
        kind: authorizer.kind.text().to_ascii_lowercase(),
        auth_type: authorizer.auth_type.clone(),
        uri: Some(authorizer.uri.clone()),
        credentials: authorizer.credentials.clone(),
        identity_source: authorizer.identity_source.clone(),
        validation_expression: authorizer.validation_expression.clone(),
        ttl_s: Some(i64::from(authorizer.ttl_s)),
        ..openapi::Authorizer::default()
    }
}

/// Resources with methods, and those that nothing else would bring back.
fn paths(
    deployment: &Deployment,
    validators: &BTreeMap<&str, String>,
) -> BTreeMap<String, BTreeMap<String, openapi::Method>> {
    let leads_on = |path: &str| {
        let under = format!("{path}/");
        deployment.resources.iter().any(|other| other.path.starts_with(&under))
    };
    let told = |r: &&DeployedResource| !r.methods.is_empty() || (r.path != "/" && !leads_on(&r.path));
    let exported = |r: &DeployedResource| {
        let methods = r.methods.iter();
        let methods = methods
            .map(|(verb, m)| (verb.clone(), method(m, &r.id, &deployment.parts, validators)))
            .collect();
        (r.path.clone(), methods)
    };
    deployment.resources.iter().filter(told).map(exported).collect()
}

fn method(
    method: &Method,
    resource: &str,
    parts: &Parts,
    validators: &BTreeMap<&str, String>,
) -> openapi::Method {
    let named = method.authorizer.as_ref().and_then(|id| parts.authorizers.get(id));
    let authorization = match (method.authorization, named) {
        (AuthorizationType::Iam, _) => Authorization::Iam,
        (AuthorizationType::Custom, Some(one)) => Authorization::Authorizer(one.name.clone(), Vec::new()),
        (AuthorizationType::Custom, None) => {
            Authorization::Authorizer(method.authorizer.clone().unwrap_or_default(), Vec::new())
        }
        (AuthorizationType::None, _) => Authorization::None,
    };
    let responses = method.responses.iter().map(|(code, response)| {
        let headers = response.parameters.iter().filter_map(|(name, is_there)| {
            Some((name.strip_prefix("method.response.header.")?.to_owned(), *is_there))
        });
        (code.clone(), Response { headers: headers.collect(), models: response.models.clone() })
    });
    let validator = method.request_validator.as_deref().and_then(|id| validators.get(id));
    openapi::Method {
        operation_name: method.operation_name.clone(),
        authorization,
        api_key_required: method.api_key_required,
        request_parameters: method.request_parameters.clone(),
        request_models: method.request_models.clone(),
        request_validator: validator.cloned(),
        responses: responses.collect(),
        integration: method.integration.as_ref().map(|one| integration(one, resource)),
        shared_integration: None,
    }
}

fn integration(integration: &Integration, resource: &str) -> openapi::Integration {
    let is_mock = integration.kind == IntegrationType::Mock;
    let mut responses = BTreeMap::new();
    for (code, response) in &integration.responses {
        let pattern = response.selection_pattern.clone().filter(|pattern| !pattern.is_empty());
        // Of two for the same answer, the first is the one that is used.
        responses.entry(pattern.unwrap_or_else(|| DEFAULT_RESPONSE.to_owned())).or_insert_with(|| {
            IntegrationResponse {
                status_code: code.clone(),
                parameters: response.parameters.clone(),
                templates: response.templates.clone(),
                content_handling: response.content_handling.map(|handling| handling.text().to_owned()),
            }
        });
    }
    openapi::Integration {
        kind: integration.kind.text().to_owned(),
        uri: (!is_mock).then(|| integration.uri.clone()),
        http_method: (!integration.http_method.is_empty()).then(|| integration.http_method.clone()),
        credentials: integration.credentials.clone(),
        passthrough: Some(integration.passthrough.text().to_owned()),
        content_handling: integration.content_handling.map(|handling| handling.text().to_owned()),
        timeout_ms: (integration.timeout_ms != *quota::INTEGRATION_TIMEOUT_MS.end())
            .then_some(i64::from(integration.timeout_ms)),
        cache_namespace: Some(integration.cache_namespace.clone()).filter(|name| name != resource),
        connection_type: integration.connection.as_ref().map(|_| "VPC_LINK".to_owned()),
        connection_id: integration.connection.clone(),
        request_parameters: integration.request_parameters.clone(),
        request_templates: integration.request_templates.clone(),
        responses,
        ..openapi::Integration::default()
    }
}
