//! What a method is to be.

use crate::error;
use crate::state::AuthorizationType;
use service::ServiceError;
use std::collections::BTreeMap;

const VERBS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"];

pub fn verb(text: Option<&str>) -> Result<String, ServiceError> {
    let text = text.unwrap_or_default();
    if VERBS.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(error::bad_request(format!("Invalid HttpMethod specified. Valid options are {}", VERBS.join(","))))
}

pub fn authorization(text: &str) -> Result<AuthorizationType, ServiceError> {
    match text {
        "NONE" => Ok(AuthorizationType::None),
        "AWS_IAM" => Ok(AuthorizationType::Iam),
        "CUSTOM" | "COGNITO_USER_POOLS" => {
            Err(ServiceError::not_implemented(&format!("authorization type {text}")))
        }
        _ => Err(error::bad_request(
            "Invalid authorization type specified. Must be one of: [NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS]",
        )),
    }
}

/// Models that every API has. There is no way yet to make others.
const MODELS: [&str; 2] = ["Empty", "Error"];

/// Models by content type.
pub fn models(named: Option<BTreeMap<String, String>>) -> Result<BTreeMap<String, String>, ServiceError> {
    let named = named.unwrap_or_default();
    match named.values().find(|name| !MODELS.contains(&name.as_str())) {
        Some(unknown) => Err(error::bad_request(format!("Invalid model identifier specified: {unknown}"))),
        None => Ok(named),
    }
}

/// Names of parameters, which begin so.
pub fn parameters(
    named: Option<BTreeMap<String, bool>>,
    prefix: &str,
) -> Result<BTreeMap<String, bool>, ServiceError> {
    let named = named.unwrap_or_default();
    match named.keys().find(|name| !name.starts_with(prefix)) {
        Some(other) => Err(error::bad_request(format!(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: {other}]"
        ))),
        None => Ok(named),
    }
}
