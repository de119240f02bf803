//! What a route's answer is to be: the function's, as it is.

use crate::model::route_key::DEFAULT;
use crate::state::{Api, Protocol, Route};
use crate::{api, error};
use service::ServiceError;

pub fn check(input: &api::CreateRouteResponseRequest) -> Result<(), ServiceError> {
    error::refuse(&[
        ("modelSelectionExpression", input.model_selection_expression.is_some()),
        ("response models", input.response_models.as_ref().is_some_and(|m| !m.is_empty())),
        ("response parameters of routes", input.response_parameters.as_ref().is_some_and(|p| !p.is_empty())),
    ])?;
    match input.route_response_key.as_deref() {
        None | Some(DEFAULT) => Ok(()),
        Some(_) => Err(error::bad_request("Route response key must be $default")),
    }
}

/// A route that may have answers.
pub fn route_of<'a>(api: &'a mut Api, id: &str) -> Result<&'a mut Route, ServiceError> {
    if api.protocol == Protocol::Http {
        return Err(error::bad_request("Route responses are only supported for WEBSOCKET APIs"));
    }
    api.content.routes.get_mut(id).ok_or_else(|| error::no("Route", id))
}
