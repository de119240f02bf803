//! AWS's errors of API Gateway.

use base::Scope;
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

pub fn limit_exceeded(message: impl Into<String>) -> ServiceError {
    ServiceError::client("LimitExceededException", message).status(429)
}

pub fn no_api(scope: &Scope, id: &str) -> ServiceError {
    not_found(format!("Invalid API identifier specified {}:{id}", scope.account))
}

pub fn no_resource() -> ServiceError {
    not_found("Invalid Resource identifier specified")
}

pub fn no_method() -> ServiceError {
    not_found("Invalid Method identifier specified")
}

pub fn no_integration() -> ServiceError {
    not_found("Invalid Integration identifier specified")
}

pub fn no_response() -> ServiceError {
    not_found("Invalid Response status code specified")
}

pub fn no_deployment() -> ServiceError {
    not_found("Invalid Deployment identifier specified")
}

pub fn no_stage() -> ServiceError {
    not_found("Invalid stage identifier specified")
}

pub fn no_api_key() -> ServiceError {
    not_found("Invalid API Key identifier specified")
}

pub fn no_usage_plan() -> ServiceError {
    not_found("Invalid Usage Plan ID specified")
}
