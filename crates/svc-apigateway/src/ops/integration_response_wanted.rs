//! What the response of an integration is to be.

use super::integration_wanted::{check_template, handling};
use crate::call::pattern;
use crate::model::mapping::{Reads, Source};
use crate::patch::{Op, Patch};
use crate::state::{IntegrationResponse, Method};
use crate::{api, error};
use service::ServiceError;

pub fn wanted(input: &api::PutIntegrationResponseRequest) -> Result<IntegrationResponse, ServiceError> {
    Ok(IntegrationResponse {
        selection_pattern: input.selection_pattern.clone(),
        parameters: input.response_parameters.clone().unwrap_or_default(),
        templates: input.response_templates.clone().unwrap_or_default(),
        content_handling: handling(input.content_handling.as_deref())?,
    })
}

/// What holds for every response: the method has one of this status, and names the headers that this
/// one sets.
pub fn check(method: &Method, code: &str, response: &IntegrationResponse) -> Result<(), ServiceError> {
    if method.integration.is_none() {
        return Err(error::no_integration());
    }
    let Some(of_method) = method.responses.get(code) else { return Err(error::no_response()) };
    for (target, source) in &response.parameters {
        if !target.starts_with("method.response.header.") || !of_method.parameters.contains_key(target) {
            return Err(error::bad_mapping_parameter(target));
        }
        if Source::parse(source, Reads::IntegrationResponse).is_none() {
            return Err(error::bad_mapping(source));
        }
    }
    response.templates.values().try_for_each(|template| check_template(template))?;
    match &response.selection_pattern {
        Some(text) if pattern(text).is_none() => {
            Err(error::bad_request(format!("Invalid selection pattern specified: {text}")))
        }
        _ => Ok(()),
    }
}

pub fn change(response: &mut IntegrationResponse, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["selectionPattern"] => {
            response.selection_pattern = patch.value.clone().filter(|_| patch.op != Op::Remove)
        }
        ["contentHandling"] => response.content_handling = handling(patch.text().as_deref())?,
        ["responseParameters", name] if patch.op == Op::Remove => drop(response.parameters.remove(name)),
        ["responseParameters", name] => {
            response.parameters.insert(name.to_owned(), patch.value()?.to_owned());
        }
        ["responseTemplates", kind] if patch.op == Op::Remove => drop(response.templates.remove(kind)),
        ["responseTemplates", kind] => {
            response.templates.insert(kind.to_owned(), patch.value.clone().unwrap_or_default());
        }
        _ => {
            return Err(patch.unknown(&[
                "/selectionPattern",
                "/contentHandling",
                "/responseParameters/{name}",
                "/responseTemplates/{type}",
            ]));
        }
    }
    Ok(())
}
