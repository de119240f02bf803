//! What a gateway response is to be.

use crate::error;
use crate::model::mapping::{Reads, Source};
use crate::model::response_type::{DEFAULT_TEMPLATE, ResponseType};
use crate::patch::{Op, Patch};
use crate::state::GatewayResponse;
use base::Scope;
use service::ServiceError;
use std::collections::BTreeMap;
use std::sync::Arc;

pub fn kind(name: &str) -> Result<ResponseType, ServiceError> {
    ResponseType::parse(name).ok_or_else(|| error::bad_request("Invalid gateway response type specified"))
}

pub fn status(status: Option<String>) -> Result<Option<String>, ServiceError> {
    let Some(status) = status.filter(|status| !status.is_empty()) else { return Ok(None) };
    match status.parse::<u16>() {
        Ok(code) if (100..600).contains(&code) => Ok(Some(status)),
        _ => Err(error::bad_request("Invalid status code specified")),
    }
}

fn check_parameter(target: &str, source: &str) -> Result<(), ServiceError> {
    let is_target = target.strip_prefix("gatewayresponse.header.").is_some_and(|name| !name.is_empty());
    if is_target && Source::parse(source, Reads::MethodRequest).is_some() {
        return Ok(());
    }
    let wrong = if is_target { source } else { target };
    Err(error::bad_mapping(wrong))
}

pub fn parameters(
    wanted: Option<BTreeMap<String, String>>,
) -> Result<BTreeMap<String, String>, ServiceError> {
    let wanted = wanted.unwrap_or_default();
    wanted.iter().try_for_each(|(target, source)| check_parameter(target, source))?;
    Ok(wanted)
}

/// The response as it is now, be it AWS's own, to be changed.
pub fn shown_as(
    kind: ResponseType,
    all: &BTreeMap<String, Arc<GatewayResponse>>,
    scope: &Scope,
    api: &str,
) -> GatewayResponse {
    match all.get(kind.name) {
        Some(own) => GatewayResponse::clone(own),
        None => GatewayResponse {
            scope: scope.clone(),
            api: api.to_owned(),
            kind: kind.name.to_owned(),
            status: kind.status.map(|status| status.to_string()),
            parameters: BTreeMap::new(),
            templates: BTreeMap::from([("application/json".to_owned(), DEFAULT_TEMPLATE.to_owned())]),
        },
    }
}

pub fn change(response: &mut GatewayResponse, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["statusCode"] => response.status = status(patch.text())?,
        ["responseParameters", name] if patch.op == Op::Remove => drop(response.parameters.remove(name)),
        ["responseParameters", name] => {
            check_parameter(name, patch.value()?)?;
            response.parameters.insert(name.to_owned(), patch.value()?.to_owned());
        }
        ["responseTemplates", kind] if patch.op == Op::Remove => drop(response.templates.remove(kind)),
        ["responseTemplates", kind] => {
            response.templates.insert(kind.to_owned(), patch.value()?.to_owned());
        }
        _ => {
            let known = ["/statusCode", "/responseParameters/{name}", "/responseTemplates/{type}"];
            return Err(patch.unknown(&known));
        }
    }
    Ok(())
}
