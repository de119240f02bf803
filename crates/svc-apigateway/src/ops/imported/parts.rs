//! What an API's methods use: models, validators, authorizers, gateway responses.

use super::{Draft, Found};
use crate::api;
use crate::ops::{authorizer_wanted, create_request_validator, gateway_response_wanted, model_wanted};
use crate::state::{Authorizer, GatewayResponse, Model, RequestValidator};
use openapi::{Definition, with_references};
use serde_json::Value as Json;
use service::ServiceError;

/// How models refer to models.
const MODELS: &str = "#/models/";
/// What a model is of, unless somebody says so.
const JSON_TYPE: &str = "application/json";

pub fn put(draft: &mut Draft<'_>, definition: &Definition, found: &mut Found) -> Result<(), ServiceError> {
    for (name, schema) in &definition.models {
        let made = model(draft, name, schema);
        if let Some(made) = found.note(|| format!("Unable to create model for '{name}'"), made)? {
            draft.parts.models.insert(made.name.clone(), made);
        }
    }
    for (name, wanted) in &definition.validators {
        let made = RequestValidator {
            scope: draft.api.scope.clone(),
            api: draft.api.id.clone(),
            id: draft.validator_id(name),
            name: Some(name.clone()),
            validates_body: wanted.body,
            validates_parameters: wanted.parameters,
        };
        if !draft.parts.validators.contains_key(&made.id) {
            create_request_validator::admit(draft.parts.validators.len())?;
        }
        draft.parts.validators.insert(made.id.clone(), made);
    }
    for (name, wanted) in &definition.authorizers {
        let made = authorizer(draft, name, wanted);
        if let Some(made) = found.note(|| format!("Unable to create authorizer '{name}'"), made)? {
            draft.parts.authorizers.insert(made.id.clone(), made);
        }
    }
    for (kind, wanted) in &definition.gateway_responses {
        let made = gateway_response(draft, kind, wanted);
        if let Some(made) = found.note(|| format!("Unable to put gateway response '{kind}'"), made)? {
            draft.parts.gateway_responses.insert(made.kind.clone(), made);
        }
    }
    Ok(())
}

fn model(draft: &Draft<'_>, name: &str, schema: &Json) -> Result<Model, ServiceError> {
    let name = model_wanted::check_name(name.to_owned())?;
    if !draft.parts.models.contains_key(&name) {
        model_wanted::admit(draft.parts.models.len())?;
    }
    let mut schema = schema.clone();
    with_references(&mut schema, &|reference| {
        let model = reference.strip_prefix(MODELS)?;
        Some(format!("https://apigateway.amazonaws.com/restapis/{}/models/{model}", draft.api.id))
    });
    let text = format!("{schema:#}");
    // Those that it refers to are looked at for themselves.
    model_wanted::check_schema(Some(&text), &[])?;
    Ok(Model {
        scope: draft.api.scope.clone(),
        api: draft.api.id.clone(),
        id: draft.model_id(&name),
        name,
        description: schema.get("description").and_then(Json::as_str).map(str::to_owned),
        schema: Some(text),
        content_type: JSON_TYPE.to_owned(),
    })
}

fn authorizer(
    draft: &Draft<'_>,
    name: &str,
    wanted: &openapi::Authorizer,
) -> Result<Authorizer, ServiceError> {
    let id = draft.authorizer_id(name);
    let input = api::CreateAuthorizerRequest {
        rest_api_id: Some(draft.api.id.clone()),
        name: Some(name.to_owned()),
        r#type: Some(wanted.kind.to_ascii_uppercase()),
        provider_arns: Some(wanted.provider_arns.clone()),
        auth_type: wanted.auth_type.clone(),
        authorizer_uri: wanted.uri.clone(),
        authorizer_credentials: wanted.credentials.clone(),
        identity_source: wanted.identity_source.clone(),
        identity_validation_expression: wanted.validation_expression.clone(),
        authorizer_result_ttl_in_seconds: wanted.ttl_s.map(|ttl| i32::try_from(ttl).unwrap_or(i32::MAX)),
    };
    let made = authorizer_wanted::wanted(&input, &draft.api.scope, id)?;
    authorizer_wanted::check(&made)?;
    let others = draft.parts.authorizers.values().filter(|other| other.id != made.id);
    authorizer_wanted::admit(others, &made)?;
    Ok(made)
}

fn gateway_response(
    draft: &Draft<'_>,
    kind: &str,
    wanted: &openapi::GatewayResponse,
) -> Result<GatewayResponse, ServiceError> {
    let kind = gateway_response_wanted::kind(kind)?;
    Ok(GatewayResponse {
        scope: draft.api.scope.clone(),
        api: draft.api.id.clone(),
        kind: kind.name.to_owned(),
        status: gateway_response_wanted::status(wanted.status_code.clone())?,
        parameters: gateway_response_wanted::parameters(Some(wanted.parameters.clone()))?,
        templates: wanted.templates.clone(),
    })
}
