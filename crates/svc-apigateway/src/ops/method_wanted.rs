//! What a method is to be.

use crate::error;
use crate::state::AuthorizationType;
use service::ServiceError;

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
