//! The errors that Lambda answers with, with AWS's codes, statuses and texts.
//! <https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html>

use base::Arn;
use service::ServiceError;
use std::fmt::Display;
use wire::Value;

fn user(code: &'static str, status: u16, message: impl Into<String>) -> ServiceError {
    ServiceError::client(code, message).status(status).with("Type", Value::String("User".to_owned()))
}

pub fn invalid_parameter(message: impl Into<String>) -> ServiceError {
    user("InvalidParameterValueException", 400, message)
}

/// The sentence that AWS's request validation gives for one member.
pub fn constraint(value: impl Display, member: &str, demand: &str) -> ServiceError {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {demand}"
    );
    ServiceError::client("ValidationException", message)
}

pub fn not_found(message: impl Into<String>) -> ServiceError {
    user("ResourceNotFoundException", 404, message)
}

pub fn function_not_found(arn: &Arn) -> ServiceError {
    not_found(format!("Function not found: {arn}"))
}

pub fn conflict(message: impl Into<String>) -> ServiceError {
    user("ResourceConflictException", 409, message)
}

pub fn update_in_progress(arn: &Arn) -> ServiceError {
    conflict(format!(
        "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
    ))
}

pub fn in_state(state: &str) -> ServiceError {
    conflict(format!(
        "The operation cannot be performed at this time. The function is currently in the following state: {state}"
    ))
}

pub fn stale_revision(operation: &str) -> ServiceError {
    let message = format!(
        "The Revision Id provided does not match the latest Revision Id. Call the {operation} API to retrieve the latest Revision Id"
    );
    user("PreconditionFailedException", 412, message)
}

pub fn functions_only() -> ServiceError {
    invalid_parameter(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
    )
}

pub fn unzip_failed() -> ServiceError {
    invalid_parameter("Could not unzip uploaded file. Please check your file, then try to upload again.")
}

pub fn role_not_assumable() -> ServiceError {
    invalid_parameter("The role defined for the function cannot be assumed by Lambda.")
}

pub fn role_lacks(ec2_action: &str) -> ServiceError {
    invalid_parameter(format!(
        "The provided execution role does not have permissions to call {ec2_action} on EC2"
    ))
}

pub fn cross_account_role() -> ServiceError {
    ServiceError::client("AccessDeniedException", "Cross-account pass role is not allowed.").status(403)
}

/// Too many concurrent invocations. `reason` is one of the model's `ThrottleReason`s.
pub fn throttled(reason: &'static str) -> ServiceError {
    user("TooManyRequestsException", 429, "Rate Exceeded.").with("Reason", Value::String(reason.to_owned()))
}

pub fn payload_too_large(size: usize, invocation_type: &str, limit: usize) -> ServiceError {
    let message = format!(
        "{size} byte payload is too large for the {invocation_type} invocation type (limit {limit} bytes)"
    );
    user("RequestTooLargeException", 413, message)
}

/// The package as uploaded is over its limit.
pub fn package_too_large(limit: usize) -> ServiceError {
    user("RequestEntityTooLargeException", 413, format!("Zipped size must be smaller than {limit} bytes"))
}

pub fn code_storage_exceeded() -> ServiceError {
    user("CodeStorageExceededException", 400, "Code storage limit exceeded.")
}

pub fn policy_too_long(size: usize, limit: usize) -> ServiceError {
    let message = format!("The final policy size ({size}) is bigger than the limit ({limit}).");
    user("PolicyLengthExceededException", 400, message)
}

/// An environment could not be had for a reason that is moat's, not the function's.
pub fn service_exception() -> ServiceError {
    ServiceError::client("ServiceException", "An error occurred and the request cannot be processed.")
        .status(500)
        .with("Type", Value::String("Service".to_owned()))
}

/// No interpreter of this machine can stand for the function's runtime.
pub fn runtime_missing(runtime: &str) -> ServiceError {
    let message = format!(
        "The runtime {runtime} is not installed on this machine. `moat runtimes` says what would install it."
    );
    ServiceError::client("InvalidRuntimeException", message)
        .status(502)
        .with("Type", Value::String("Service".to_owned()))
}

/// The role could be assumed when the function was made and cannot be now.
pub fn role_no_longer_assumable() -> ServiceError {
    let message = "The role defined for the function cannot be assumed by Lambda.";
    ServiceError::client("AccessDeniedException", message).status(403)
}

pub fn no_such_resource() -> ServiceError {
    not_found("The resource you requested does not exist.")
}

pub fn layer_version_not_found(arn: &Arn) -> ServiceError {
    not_found(format!("Layer version {arn} does not exist."))
}

pub fn layer_version_too_low() -> ServiceError {
    invalid_parameter("Layer Version Cannot be less than 1")
}

pub fn provisioned_concurrency_config_not_found() -> ServiceError {
    let message = "No Provisioned Concurrency Config found for this function";
    user("ProvisionedConcurrencyConfigNotFoundException", 404, message)
}
