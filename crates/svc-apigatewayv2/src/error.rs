//! AWS's errors of API Gateway's second API.

use service::ServiceError;

pub fn bad_request(message: impl Into<String>) -> ServiceError {
    ServiceError::client("BadRequestException", message)
}

pub fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::client("ConflictException", message).status(409)
}

pub fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::client("NotFoundException", message).status(404)
}

pub fn too_many(message: impl Into<String>) -> ServiceError {
    ServiceError::client("TooManyRequestsException", message).status(429)
}

/// What has no such identifier: `API`, `Route`, `Integration`…
pub fn no(what: &str, id: &str) -> ServiceError {
    not_found(format!("Invalid {what} identifier specified {id}"))
}

pub fn no_stage() -> ServiceError {
    not_found("Invalid stage identifier specified")
}

/// The first thing that was asked for and is not there is refused by name.
pub fn refuse(parts: &[(&str, bool)]) -> Result<(), ServiceError> {
    match parts.iter().find(|(_, asked)| *asked) {
        Some((what, _)) => Err(ServiceError::not_implemented(what)),
        None => Ok(()),
    }
}
