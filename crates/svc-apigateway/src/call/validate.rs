//! Parameters and bodies, as a method's request validator wants them.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>

use super::{Aimed, Refusal};
use crate::quota;
use serde_json::Value;

pub(super) fn validated(aimed: &Aimed<'_>) -> Result<(), Refusal> {
    if aimed.request.http.body.len() > quota::BODY_BYTES {
        return Err(Refusal::too_large());
    }
    let method = aimed.matched.method;
    let validators = &aimed.deployed.compiled.deployment.parts.validators;
    let Some(validator) = method.request_validator.as_ref().and_then(|id| validators.get(id)) else {
        return Ok(());
    };
    if validator.validates_parameters {
        parameters(aimed)?;
    }
    if validator.validates_body { body(aimed) } else { Ok(()) }
}

fn parameters(aimed: &Aimed<'_>) -> Result<(), Refusal> {
    let query = super::payload::query(aimed.request.http);
    let wanted = aimed.matched.method.request_parameters.iter().filter(|(_, required)| **required);
    let missing: Vec<&str> = wanted
        .filter_map(|(name, _)| {
            let (part, name) = name.strip_prefix("method.request.")?.split_once('.')?;
            let is_there = match part {
                "header" => aimed.request.http.header(name).is_some_and(|value| !value.is_empty()),
                "querystring" => query.iter().any(|(n, value)| n == name && !value.is_empty()),
                "path" => aimed.matched.parameters.contains_key(name),
                _ => true,
            };
            (!is_there).then_some(name)
        })
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::missing_parameters(&missing)) }
}

/// The body against the model of its content type; where there is none, the body is as it is.
fn body(aimed: &Aimed<'_>) -> Result<(), Refusal> {
    let http = aimed.request.http;
    let kind = super::payload::content_type(http.header("content-type"));
    let Some(model) = aimed.matched.method.request_models.get(kind) else { return Ok(()) };
    let schema = match aimed.deployed.compiled.schema(model) {
        Some(Ok(schema)) => schema,
        Some(Err(error)) => return Err(Refusal::integration_failure(format!("the model {model}: {error}"))),
        // `Empty` and `Error` have no schema that a body could miss.
        None => return Ok(()),
    };
    let body: Value = serde_json::from_slice(&http.body)
        .map_err(|error| Refusal::invalid_body(format!("[the body is not JSON: {error}]")))?;
    schema.violation(&body).map_or(Ok(()), |violation| Err(Refusal::invalid_body(violation)))
}
