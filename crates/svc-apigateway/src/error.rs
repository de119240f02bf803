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

pub fn no_model() -> ServiceError {
    not_found("Invalid Model Name specified")
}

pub fn no_validator() -> ServiceError {
    not_found("Invalid Request Validator identifier specified")
}

pub fn no_authorizer() -> ServiceError {
    not_found("Invalid Authorizer identifier specified")
}

pub fn no_gateway_response() -> ServiceError {
    not_found("GatewayResponse not found")
}

/// A mapping that cannot be read.
pub fn bad_mapping(expression: &str) -> ServiceError {
    bad_request(format!(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: {expression}]"
    ))
}

/// A mapping of a parameter that the method does not name.
pub fn bad_mapping_parameter(expression: &str) -> ServiceError {
    bad_request(format!(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: {expression}]"
    ))
}

pub fn no_api_key() -> ServiceError {
    not_found("Invalid API Key identifier specified")
}

pub fn no_usage_plan() -> ServiceError {
    not_found("Invalid Usage Plan ID specified")
}
