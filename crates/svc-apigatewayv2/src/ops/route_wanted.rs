//! What a new or changed route is to be.

use crate::model::route_key::{CONNECT, DEFAULT, KeyError, RouteKey};
use crate::state::{Api, AuthorizationType, AuthorizerKind, Protocol, Route};
use crate::{api, error, quota};
use service::ServiceError;
use std::collections::BTreeMap;

pub fn blank(id: String) -> Route {
    Route {
        id,
        key: String::new(),
        authorization: AuthorizationType::None,
        authorizer: None,
        scopes: Vec::new(),
        operation_name: None,
        target: None,
        response_selection_expression: None,
        managed: false,
        responses: BTreeMap::new(),
    }
}

/// Puts what the input says into the route. An update has the same members.
pub fn apply(api: &Api, route: &mut Route, input: &api::CreateRouteRequest) -> Result<(), ServiceError> {
    error::refuse(&[
        ("API keys of WebSocket APIs", input.api_key_required == Some(true)),
        ("request models of routes", input.request_models.as_ref().is_some_and(|m| !m.is_empty())),
        ("modelSelectionExpression", input.model_selection_expression.is_some()),
        ("request parameters of routes", input.request_parameters.as_ref().is_some_and(|p| !p.is_empty())),
    ])?;
    if let Some(key) = &input.route_key {
        check_key(api, Some(&route.id), key)?;
        route.key.clone_from(key);
    }
    if let Some(target) = &input.target {
        route.target = target_id(api, target)?;
    }
    route.operation_name = input.operation_name.clone().or(route.operation_name.take());
    if let Some(expression) = &input.route_response_selection_expression {
        route.response_selection_expression = response_selection(api, expression)?;
    }
    authorization(api, route, input)
}

/// # Errors
/// For a key of another form, and for one that another route has or is in the way of.
pub fn check_key(api: &Api, own: Option<&str>, key: &str) -> Result<(), ServiceError> {
    let others = || api.content.routes.values().filter(|other| own != Some(other.id.as_str()));
    if others().any(|other| other.key == key) {
        return Err(error::conflict(format!("Route with key {key} already exists for this API")));
    }
    if api.protocol == Protocol::WebSocket || key == DEFAULT {
        return Ok(());
    }
    let parsed = RouteKey::parse(key).map_err(|refused| {
        error::bad_request(match refused {
            KeyError::Form => format!(
                "The provided route key is not formatted properly for HTTP protocol. Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\": {key}"
            ),
            KeyError::Path => format!("Invalid route path specified in route key: {key}"),
        })
    })?;
    let known = others().filter_map(|other| Some((other, RouteKey::parse(&other.key).ok()?)));
    match known.into_iter().find(|(_, other)| parsed.conflicts_with(other)) {
        None => Ok(()),
        Some((other, _)) => Err(error::conflict(format!(
            "The provided route key \"{key}\" has a conflicting variable on the same hierarchical level as \"{}\"",
            other.key
        ))),
    }
}

fn target_id(api: &Api, target: &str) -> Result<Option<String>, ServiceError> {
    if target.is_empty() {
        return Ok(None);
    }
    let id = target.strip_prefix("integrations/").filter(|id| api.content.integrations.contains_key(*id));
    id.map(|id| Some(id.to_owned())).ok_or_else(|| error::no("Integration", target))
}

fn response_selection(api: &Api, expression: &str) -> Result<Option<String>, ServiceError> {
    if expression.is_empty() {
        return Ok(None);
    }
    if api.protocol == Protocol::Http {
        return Err(error::bad_request(
            "routeResponseSelectionExpression is only supported for WEBSOCKET APIs",
        ));
    }
    if expression != DEFAULT {
        return Err(error::bad_request("Route response selection expression must be $default"));
    }
    Ok(Some(expression.to_owned()))
}

fn authorization(api: &Api, route: &mut Route, input: &api::CreateRouteRequest) -> Result<(), ServiceError> {
    if let Some(kind) = &input.authorization_type {
        route.authorization = authorization_type(kind, api.protocol)?;
    }
    if let Some(id) = &input.authorizer_id {
        route.authorizer = (!id.is_empty()).then(|| id.clone());
    }
    if let Some(scopes) = &input.authorization_scopes {
        route.scopes.clone_from(scopes);
    }
    if !matches!(route.authorization, AuthorizationType::Jwt | AuthorizationType::Custom) {
        route.authorizer = None;
    }
    if input.authorization_type.is_some()
        && input.authorization_scopes.is_none()
        && route.authorization != AuthorizationType::Jwt
    {
        route.scopes.clear();
    }
    if !route.scopes.is_empty() && route.authorization != AuthorizationType::Jwt {
        return Err(error::bad_request(
            "Invalid Route authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types",
        ));
    }
    if route.scopes.len() > quota::SCOPES {
        return Err(error::bad_request(format!(
            "A route has {} authorization scopes at most",
            quota::SCOPES
        )));
    }
    if api.protocol == Protocol::WebSocket
        && route.authorization != AuthorizationType::None
        && route.key != CONNECT
    {
        return Err(error::bad_request("Currently, authorization is restricted to the $connect route only"));
    }
    check_authorizer(api, route)
}

fn authorization_type(text: &str, protocol: Protocol) -> Result<AuthorizationType, ServiceError> {
    match (text, protocol) {
        ("NONE", _) => Ok(AuthorizationType::None),
        ("AWS_IAM", _) => Ok(AuthorizationType::Iam),
        ("CUSTOM", _) => Ok(AuthorizationType::Custom),
        ("JWT", Protocol::Http) => Ok(AuthorizationType::Jwt),
        _ => Err(error::bad_request("Invalid Route authorization type specified.")),
    }
}

fn check_authorizer(api: &Api, route: &Route) -> Result<(), ServiceError> {
    let found = route.authorizer.as_ref().and_then(|id| api.content.authorizers.get(id));
    let (is_right, message) = match route.authorization {
        AuthorizationType::None | AuthorizationType::Iam => return Ok(()),
        AuthorizationType::Jwt => (
            found.is_some_and(|a| matches!(a.kind, AuthorizerKind::Jwt { .. })),
            "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.",
        ),
        AuthorizationType::Custom => (
            found.is_some_and(|a| matches!(a.kind, AuthorizerKind::Request { .. })),
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM requires a valid authorizer.",
        ),
    };
    if is_right { Ok(()) } else { Err(error::bad_request(message)) }
}
