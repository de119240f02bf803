//! The routes of an API, and what is behind them.

use super::Found;
use crate::model::route_key::DEFAULT;
use crate::ops::{integration_wanted, route_wanted};
use crate::state::{Api, Content, Integration, Route};
use crate::{ApiGatewayV2, api, error, quota, vpc_links};
use openapi::{Authorization, Definition, Method};
use service::ServiceError;
use std::collections::BTreeMap;
use store::Snapshot;

/// The path under which a document has the route for all that has no other.
const DEFAULT_PATH: &str = "/$default";

pub fn put(
    gateway: &ApiGatewayV2,
    rows: &Snapshot,
    made: &mut Api,
    before: &Content,
    definition: &Definition,
    base_path: &str,
    found: &mut Found,
) -> Result<(), ServiceError> {
    let mut shared = BTreeMap::new();
    for (name, wanted) in &definition.integrations {
        let one = add_integration(gateway, rows, made, wanted);
        if let Some(id) = found.note(|| format!("Unable to create integration '{name}'"), one)? {
            shared.insert(name, id);
        }
    }
    for (path, methods) in &definition.paths {
        for (verb, method) in methods {
            let key =
                if path == DEFAULT_PATH { DEFAULT.to_owned() } else { format!("{verb} {base_path}{path}") };
            let known = before.routes.values().find(|route| route.key == key);
            let mut route =
                route_wanted::blank(known.map_or_else(|| gateway.id(7), |route| route.id.clone()));
            if let Some(wanted) = &method.integration {
                let one = add_integration(gateway, rows, made, wanted);
                let said = || format!("Unable to put integration on '{verb}' for resource at path '{path}'");
                route.target = found.note(said, one)?;
            }
            if let Some(name) = &method.shared_integration {
                route.target = shared.get(name).cloned();
            }
            let added = add_route(made, route, key, method);
            found.note(|| format!("Unable to create route '{verb} {path}'"), added)?;
        }
    }
    Ok(())
}

fn add_route(made: &mut Api, mut route: Route, key: String, method: &Method) -> Result<(), ServiceError> {
    if made.content.routes.len() >= quota::ROUTES {
        return Err(error::too_many("Maximum number of routes for this API has been reached."));
    }
    let (authorization, authorizer, scopes) = match &method.authorization {
        Authorization::None => ("NONE", None, Vec::new()),
        Authorization::Iam => ("AWS_IAM", None, Vec::new()),
        Authorization::Authorizer(name, scopes) => {
            let known = made.content.authorizers.values().find(|one| one.name == *name);
            let is_jwt =
                known.is_some_and(|one| matches!(one.kind, crate::state::AuthorizerKind::Jwt { .. }));
            (if is_jwt { "JWT" } else { "CUSTOM" }, known.map(|one| one.id.clone()), scopes.clone())
        }
    };
    let input = api::CreateRouteRequest {
        route_key: Some(key),
        authorization_type: Some(authorization.to_owned()),
        authorizer_id: authorizer,
        authorization_scopes: Some(scopes).filter(|scopes| !scopes.is_empty()),
        operation_name: method.operation_name.clone(),
        ..api::CreateRouteRequest::default()
    };
    route_wanted::apply(made, &mut route, &input)?;
    made.content.routes.insert(route.id.clone(), route);
    Ok(())
}

/// The id of the new integration.
fn add_integration(
    gateway: &ApiGatewayV2,
    rows: &Snapshot,
    made: &mut Api,
    wanted: &openapi::Integration,
) -> Result<String, ServiceError> {
    if made.content.integrations.len() >= quota::INTEGRATIONS {
        return Err(error::too_many("Maximum number of integrations for this API has been reached."));
    }
    vpc_links::check(rows, &made.scope, wanted.connection_id.as_deref())?;
    let one: Integration = integration_wanted::new(made, gateway.id(7), &input(wanted))?;
    let id = one.id.clone();
    made.content.integrations.insert(id.clone(), one);
    Ok(id)
}

fn input(wanted: &openapi::Integration) -> api::CreateIntegrationRequest {
    api::CreateIntegrationRequest {
        integration_type: Some(wanted.kind.clone()),
        integration_uri: wanted.uri.clone(),
        integration_method: wanted.http_method.clone(),
        connection_id: wanted.connection_id.clone(),
        connection_type: wanted.connection_type.clone(),
        credentials_arn: wanted.credentials.clone(),
        content_handling_strategy: wanted.content_handling.clone(),
        description: wanted.description.clone(),
        integration_subtype: wanted.subtype.clone(),
        passthrough_behavior: wanted.passthrough.clone(),
        payload_format_version: wanted.payload_format.clone(),
        request_parameters: Some(wanted.request_parameters.clone()),
        request_templates: Some(wanted.request_templates.clone()).filter(|all| !all.is_empty()),
        response_parameters: Some(wanted.response_parameters.clone()),
        timeout_in_millis: wanted.timeout_ms.map(|ms| i32::try_from(ms).unwrap_or(i32::MAX)),
        tls_config: wanted.has_tls_config.then(api::TlsConfigInput::default),
        ..api::CreateIntegrationRequest::default()
    }
}
